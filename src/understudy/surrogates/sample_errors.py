"""Errors of each sample of a test set, whose means over samples are the scores of the set.

field    e_i = |U_i - V_i|_2^2 / (N_i |U_i|_inf^2)       over all nodes, or those of a region
scalar   e_i = (w_i - v_i)^2 / w_i^2
RRMSE    sqrt( mean_i e_i )
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from understudy.data import Sample
from understudy.metrics import resampled
from understudy.surrogates.encoding import Prediction
from understudy.surrogates.evaluation import PLASTIC_STRAIN, RELATIVE
from understudy.surrogates.regions import regions

__all__ = ["REGIONS", "errors_by_region", "interval_of_mean_rrmse", "squared_errors"]

REGIONS = ("notch_root", "edges", "bulk")
Pairs = Sequence[tuple[Sample, Prediction]]


def squared_errors(pairs: Pairs) -> dict[str, Float[np.ndarray, " n"]]:
    """e_i of each output that makes the mean RRMSE, by name, `fields.` or `scalars.` before it."""
    first = pairs[0][1]
    out = {}
    for name in first.fields:
        truth = [s.fields[name] for s, _ in pairs]
        if all(np.any(u) for u in truth):
            guess = [p.fields[name] for _, p in pairs]
            each = [
                np.mean((u - v) ** 2) / np.abs(u).max() ** 2
                for u, v in zip(truth, guess, strict=True)
            ]
            out[f"fields.{name}"] = np.array(each)
    for name in first.scalars:
        w = np.array([s.scalars[name] for s, _ in pairs])
        if name != f"{PLASTIC_STRAIN}_max" and (w != 0).all():
            v = np.array([p.scalars[name] for _, p in pairs])
            out[f"scalars.{name}"] = (w - v) ** 2 / w**2
    known = {f"{kind}.{n}" for kind in ("fields", "scalars") for n in RELATIVE}
    everything = {f"fields.{n}" for n in first.fields} | {f"scalars.{n}" for n in first.scalars}
    chosen = everything & known or everything
    return {key: value for key, value in out.items() if key in chosen}


def interval_of_mean_rrmse(
    errors: Mapping[str, Float[np.ndarray, " n"]], rng: np.random.Generator
) -> tuple[float, float]:
    """Interval of 95 % of the mean over outputs of their RRMSE, had other samples been drawn."""
    table = np.stack(list(errors.values()))
    return resampled(
        lambda rows: float(np.sqrt(table[:, rows].mean(axis=1)).mean()), table.shape[1], rng
    )


def errors_by_region(pairs: Pairs) -> dict[str, dict[str, float]]:
    """RRMSE of each field over the nodes of a region, by region and field.

    The divisor is the greatest value of the whole field, so that regions can be compared; a region
    without nodes is left out.
    """
    masks = [regions(s.mesh) for s, _ in pairs if s.mesh is not None]
    out: dict[str, dict[str, float]] = {}
    for region in REGIONS:
        for name in pairs[0][1].fields:
            each = [
                np.mean((s.fields[name] - p.fields[name])[m[region]] ** 2)
                / np.abs(s.fields[name]).max() ** 2
                for (s, p), m in zip(pairs, masks, strict=True)
                if m[region].any() and np.any(s.fields[name])
            ]
            if each:
                out.setdefault(region, {})[name] = float(np.sqrt(np.mean(each)))
    return out

"""A surrogate on a test set: its predictions with their times, and the scores of many methods."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int

from understudy.data import Sample
from understudy.mesh import Mesh
from understudy.metrics import (
    band_coverage,
    crps_normal,
    f1,
    q2,
    relative_l2,
    rmse_over_deviation,
    rrmse_field,
    rrmse_scalar,
)
from understudy.surrogates.closure import YIELDED
from understudy.surrogates.encoding import Prediction
from understudy.surrogates.regions import regions

__all__ = [
    "KIND",
    "VERSION",
    "Predictions",
    "Surrogate",
    "evaluate",
    "relative_errors",
    "score",
    "score_trust",
]


KIND, VERSION = "understudy-predictions", 3

RELATIVE = frozenset(
    "u_x u_y sigma_xx sigma_yy sigma_xy von_mises_max u_y_top sigma_yy_top".split()
)
"""Outputs whose relative errors make the mean of a notched plate; of another set, all do."""
PLASTIC_STRAIN = "p"
"""Never judged relatively: it is zero where nothing yields."""


@runtime_checkable
class Surrogate(Protocol):
    """Anything that predicts fields and scalars on a mesh."""

    def predict(self, mesh: Mesh, inputs: dict[str, float]) -> Prediction:
        """Predict on a raw mesh."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """Predictions of one method on a set of samples.

    Attributes:
        index: numbers of the samples, shape (k,).
        seconds: wall time of each, raw mesh to fields and deviations, shape (k,).
        samples: prediction by number, as text.
        unmapped: reason by number, as text, of samples whose mesh could not be mapped.
        constant_deviations: root mean square leave-one-out error by field, where known.
    """

    index: Int[np.ndarray, " k"]
    seconds: Float[np.ndarray, " k"]
    samples: dict[str, Prediction]
    unmapped: dict[str, str] = field(default_factory=dict)
    constant_deviations: dict[str, float] = field(default_factory=dict)


def evaluate(
    surrogate: Surrogate,
    samples: Iterable[Sample],
    input_names: Sequence[str],
    progress: Callable[[int], None] | None = None,
) -> Predictions:
    """Predict every sample that succeeded, from its raw mesh and its known inputs alone."""
    index, seconds, predictions, unmapped = [], [], {}, {}
    for sample in samples:
        if sample.error or sample.mesh is None:
            continue
        start = perf_counter()
        try:
            found = surrogate.predict(sample.mesh, {n: sample.inputs[n] for n in input_names})
        except ValueError as error:
            unmapped[str(sample.index)] = str(error)
            continue
        seconds.append(perf_counter() - start)
        index.append(sample.index)
        predictions[str(sample.index)] = found
        if progress is not None:
            progress(len(index))
    fields = getattr(surrogate, "fields", {})
    return Predictions(
        index=np.array(index, dtype=int),
        seconds=np.array(seconds, dtype=float),
        samples=predictions,
        unmapped=unmapped,
        constant_deviations={name: f.constant_deviation for name, f in fields.items()},
    )


def score(
    samples: Sequence[Sample], methods: Mapping[str, Predictions], mean_field: str
) -> dict[str, float]:
    """Scores of all methods as `<method>.<fields|scalars>.<name>.<metric>`.

    Args:
        samples: the truth, samples that succeeded.
        methods: predictions by method.
        mean_field: the method that `q2_about_mean_field` takes as zero: Q2 about the global mean
            gives credit for what no input decides, the mean field.
    """
    truth = {s.index: s for s in samples if not s.error}
    base = methods[mean_field]
    out: dict[str, float] = {}
    for method, found in methods.items():
        seen = sorted([*found.index.tolist(), *map(int, found.unmapped)])
        if seen != sorted(truth):
            raise ValueError(f"{method}: expected predictions of {len(truth)} samples of the set")
        pairs = [(truth[int(i)], found.samples[str(i)]) for i in found.index]
        zero = [base.samples[str(s.index)] for s, _ in pairs]
        fields, scalars = sorted(pairs[0][1].fields), sorted(pairs[0][1].scalars)
        for name in fields:
            deviation = found.constant_deviations.get(name)
            part = _score_field(name, pairs, zero, deviation)
            out |= {f"{method}.fields.{name}.{metric}": value for metric, value in part.items()}
        for name in scalars:
            part = _score_scalar(name, pairs)
            out |= {f"{method}.scalars.{name}.{metric}": value for metric, value in part.items()}
        kinds = [("fields", n) for n in fields] + [("scalars", n) for n in scalars]
        chosen = [pair for pair in kinds if pair[1] in RELATIVE] or kinds
        # What is zero in some sample has no relative error.
        keys = [f"{method}.{kind}.{n}.rrmse" for kind, n in chosen]
        errors = [out[key] for key in keys if key in out]
        if errors:
            out[f"{method}.mean_rrmse"] = float(np.mean(errors))
        out[f"{method}.unmapped_share"] = len(found.unmapped) / len(truth)
    return out


def relative_errors(pairs: Sequence[tuple[Sample, Prediction]]) -> dict[str, float]:
    """RRMSE of each output that is judged relatively, and `mean_rrmse`, as `score` has them.

    Raises:
        ValueError: no pair of truth and prediction.
    """
    if not pairs:
        raise ValueError("errors: expected at least one prediction, got none")
    first = pairs[0][1]
    known = RELATIVE & {*first.fields, *first.scalars}
    out = {}
    for name in sorted(first.fields):
        if name in known or not known:
            out[name] = rrmse_field(
                [s.fields[name] for s, _ in pairs], [p.fields[name] for _, p in pairs]
            )
    for name in sorted(first.scalars):
        if name in known or not known:
            w = np.array([s.scalars[name] for s, _ in pairs])
            out[name] = rrmse_scalar(w, np.array([p.scalars[name] for _, p in pairs]))
    return out | {"mean_rrmse": float(np.mean(list(out.values())))}


def _score_field(
    name: str,
    pairs: Sequence[tuple[Sample, Prediction]],
    zero: Sequence[Prediction],
    constant_deviation: float | None,
) -> dict[str, float]:
    u = [s.fields[name] for s, _ in pairs]
    v = [p.fields[name] for _, p in pairs]
    found = {
        "q2": q2(u, v),
        "q2_about_mean_field": q2(u, v, [z.fields[name] for z in zero]),
        "error_over_deviation": rmse_over_deviation(u, v),
    }
    if all(np.any(a) for a in u):
        found |= {"rrmse": rrmse_field(u, v), "relative_l2": relative_l2(u, v)}
    if pairs[0][1].field_bands:
        bands = [p.field_bands[name] for _, p in pairs]
        sd = [p.field_deviations[name] for _, p in pairs]
        counted = [np.ones(len(a), dtype=bool) for a in u]
        if name == PLASTIC_STRAIN:
            counted = [(a > YIELDED) | (b > YIELDED) for a, b in zip(u, v, strict=True)]
            found["coverage_95_all"] = band_coverage(u, bands)
        if any(mask.any() for mask in counted):
            found["coverage_95"] = band_coverage(u, bands, counted)
            found |= _coverage_by_region([s for s, _ in pairs], u, bands, counted)
        if name != PLASTIC_STRAIN:
            found["crps"] = crps_normal(u, v, sd)
            if constant_deviation is not None:
                flat = [np.full(len(a), constant_deviation) for a in u]
                found["crps_of_constant_deviation"] = crps_normal(u, v, flat)
    return found


def _coverage_by_region(
    samples: Sequence[Sample],
    truth: Sequence[Float[np.ndarray, " _"]],
    bands: Sequence[Float[np.ndarray, "2 _"]],
    counted: Sequence[Bool[np.ndarray, " _"]],
) -> dict[str, float]:
    masks = [regions(s.mesh) for s in samples if s.mesh is not None]
    out = {}
    for region in ("notch_root", "edges", "bulk"):
        where = [m[region] & c for m, c in zip(masks, counted, strict=True)]
        if any(mask.any() for mask in where):
            out[f"coverage_95_{region}"] = band_coverage(truth, bands, where)
    return out


def _score_scalar(name: str, pairs: Sequence[tuple[Sample, Prediction]]) -> dict[str, float]:
    w = np.array([s.scalars[name] for s, _ in pairs])
    y = np.array([p.scalars[name] for _, p in pairs])
    found = {"q2": q2([w], [y])}
    peak = name == f"{PLASTIC_STRAIN}_max"
    if not peak and (w != 0).all():
        found["rrmse"] = rrmse_scalar(w, y)
    if peak:
        said = [p.yield_probability.get(name, float(p.scalars[name] > YIELDED)) for _, p in pairs]
        found["yield_f1"] = f1(w > YIELDED, np.array(said) > 0.5)
    if pairs[0][1].scalar_bands:
        bands = [p.scalar_bands[name][:, None] for _, p in pairs]
        found["coverage_95"] = band_coverage(list(w[:, None]), bands)
    return found


def score_trust(
    test: tuple[Sequence[Sample], Predictions],
    shifted: Mapping[str, tuple[Sequence[Sample], Predictions]],
) -> dict[str, float]:
    """How well strange samples are told from test samples, as `<kind>.<quantity>`.

    A silent failure is a sample that was accepted although its mean relative L2 error is above
    three times the median of the test set.

    Args:
        test: samples of the family and their predictions.
        shifted: likewise by kind of samples that the family does not have.
    """
    own, errors = _strangeness(test[1]), _errors(*test)
    limit = 3 * float(np.median(errors))
    out = {f"test.{k}_share": v for k, v in _decisions(test[1]).items()}
    out["test.silent_failure_share"] = _silent(test[1], errors, limit)
    pooled: list[float] = []
    silent: list[float] = []
    count = 0
    for kind, (samples, found) in shifted.items():
        theirs = _strangeness(found)
        share = _silent(found, _errors(samples, found), limit)
        silent.append(share * len(theirs))
        count += len(theirs)
        pooled += theirs
        out[f"{kind}.auroc"] = _auroc(own, theirs)
        out[f"{kind}.silent_failure_share"] = share
        out |= {f"{kind}.{k}_share": v for k, v in _decisions(found).items()}
    if shifted:
        out["pooled.auroc"] = _auroc(own, pooled)
        out["pooled.silent_failure_share"] = sum(silent) / count
    return out


def _strangeness(found: Predictions) -> list[float]:
    """Scores of all samples; what could not be mapped is stranger than all that could."""
    known = [p.trust.score for p in found.samples.values() if p.trust is not None]
    return known + [float("inf")] * len(found.unmapped)


def _decisions(found: Predictions) -> dict[str, float]:
    said = [p.trust.decision for p in found.samples.values() if p.trust is not None]
    said += ["refuse"] * len(found.unmapped)
    return {kind: said.count(kind) / max(len(said), 1) for kind in ("accept", "warn", "refuse")}


def _errors(samples: Sequence[Sample], found: Predictions) -> list[float]:
    """Mean relative L2 error over the fields that have one, of each mapped sample."""
    truth = {str(s.index): s for s in samples}
    out = []
    for key, p in found.samples.items():
        fields = truth[key].fields
        out.append(
            float(
                np.mean(
                    [
                        relative_l2([fields[n]], [v])
                        for n, v in p.fields.items()
                        if n in RELATIVE or not RELATIVE & set(p.fields)
                    ]
                )
            )
        )
    return out


def _silent(found: Predictions, errors: Sequence[float], limit: float) -> float:
    trusts = [p.trust for p in found.samples.values()]
    failed = [
        error > limit and trust is not None and trust.decision == "accept"
        for error, trust in zip(errors, trusts, strict=True)
    ]
    return sum(failed) / max(len(failed) + len(found.unmapped), 1)


def _auroc(usual: Sequence[float], strange: Sequence[float]) -> float:
    """Probability that a strange sample scores above a usual one; ties count half."""
    a, b = np.array(usual)[:, None], np.array(strange)[None, :]
    return float(np.mean((b > a) + 0.5 * (b == a)))

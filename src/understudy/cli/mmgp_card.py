"""The model card of an MMGP, from the numbers of its stages and its test set."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.score import read_predictions
from understudy.cli.training_data import SetOfFile
from understudy.data import read_header
from understudy.surrogates.sample_errors import (
    errors_by_region,
    interval_of_mean_rrmse,
    squared_errors,
)

__all__ = ["mmgp_card"]

_OWN = "mmgp"
_STATED = 0.95
_CONTROL = "baseline_shuffled_targets"


def mmgp_card(
    data: Path,
    predictions: Path,
    scores: Mapping[str, float],
    judged: Mapping[str, float],
    times: Mapping[str, float],
    nodes: Sequence[int],
) -> dict[str, Any]:
    """Fields of `understudy.studies.cards.Card`.

    Args:
        data: HDF5 data set.
        predictions: HDF5 file of the evaluate stage for MMGP.
        scores: of the score stage, without the start of their names.
        judged: of the mmgp-trust stage, likewise.
        times: of the section, in s, and the speed-up.
        nodes: of each mesh.
    """
    header, found = read_header(data), read_predictions(predictions)
    truth = {s.index: s for s in SetOfFile(path=data, name="test") if not s.error}
    pairs = [(truth[int(i)], found.samples[str(i)]) for i in found.index]
    errors = squared_errors(pairs)
    low, high = interval_of_mean_rrmse(errors, np.random.default_rng(0))
    inputs = ", ".join(v.name for v in header.variables if v.known)
    return {
        "surrogate": "MMGP",
        "methods": [_OWN],
        "made_for": f"Fields {_names(scores, 'fields')} and scalars {_names(scores, 'scalars')} "
        f"of {header.name}, on meshes that were never seen, from the mesh and {inputs}.",
        "trained_on": f"{len(header.sets['train'])} simulations with a mesh each, {min(nodes)} to "
        f"{max(nodes)} nodes; judged on {len(pairs)} others, which decided nothing.",
        "answers": [
            {
                "name": f"mean RRMSE over {len(errors)} outputs",
                "value": scores[f"{_OWN}.mean_rrmse"], "unit": "", "low": low, "high": high,
                "interval": f"95 % of resampled test sets of {len(pairs)}",
            },
            {
                "name": "times faster than the simulation", "value": times["speed_up"], "unit": "",
                "low": None, "high": None, "interval": "ratio of medians on this machine",
            },
        ],
        "error_by_region": _regions(errors_by_region(pairs), scores),
        "coverage": _coverage(scores, len(pairs)),
        "refuses_when": _refusals(judged),
        "silent": max(
            (judged[key] for kind in ("test", "pooled")
             if (key := f"trust.{kind}.silent_failure_share") in judged), default=None,
        ),
        "rivals": _rivals(scores),
        "certificate": "none: it states bands, and proves nothing",
    }  # fmt: skip


def _names(scores: Mapping[str, float], kind: str) -> str:
    found = {key.split(".")[2] for key in scores if key.startswith(f"{_OWN}.{kind}.")}
    return ", ".join(sorted(found)) or "none"


def _regions(
    found: Mapping[str, Mapping[str, float]], scores: Mapping[str, float]
) -> dict[str, Any]:
    names = sorted({name for own in found.values() for name in own})
    rows = [[region.replace("_", " "), *(own.get(n) for n in names)] for region, own in
            found.items()]  # fmt: skip
    rows.append(["all", *(scores.get(f"{_OWN}.fields.{n}.rrmse") for n in names)])
    return {
        "caption": "RRMSE of the fields by region, over the greatest value of the field",
        "columns": ["region", *names],
        "rows": rows,
    }


def _coverage(scores: Mapping[str, float], cases: int) -> list[dict[str, Any]]:
    end = ".coverage_95"
    own = {key: value for key, value in scores.items() if key.startswith(f"{_OWN}.")}
    return [
        {"name": key.split(".")[2], "stated": _STATED, "found": value, "cases": cases}
        for key, value in own.items()
        if key.endswith(end)
    ]


def _refusals(judged: Mapping[str, float]) -> str:
    end = ".refuse_share"
    shares = {k.split(".")[1]: v for k, v in judged.items() if k.endswith(end)}
    start = "The mesh cannot be mapped, or shape and inputs are unlike those of training"
    if not shares:
        return f"{start}; not measured in this study."
    words = ", ".join(
        f"{share:.0%} of the {'test set' if kind == 'test' else kind}"
        for kind, share in shares.items()
    )
    return (
        f"{start}. It refused {words}. An accepted sample counts as wrong where its error is "
        "above three times the median of the test set."
    )


def _rivals(scores: Mapping[str, float]) -> list[dict[str, Any]]:
    """Mean RRMSE of all methods, and RRMSE of each output; the negative control is no rival."""
    rows = []
    for key, value in scores.items():
        method, _, rest = key.partition(".")
        main = rest == "mean_rrmse"
        own = scores.get(f"{_OWN}.{rest}")
        if method in (_OWN, _CONTROL) or own is None or not (main or rest.endswith(".rrmse")):
            continue
        where = "" if main else rest.split(".")[1]
        rows.append({"name": method, "where": where, "own": own, "theirs": value})
    return rows

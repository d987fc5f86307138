"""What the stages of a study of boundary histories left, as its pictures and tables take it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from jaxtyping import Float

from understudy.cli.boundary_score import read_evaluated
from understudy.surrogates.boundary_evaluation import Evaluated

__all__ = [
    "NETWORK",
    "REPLAY",
    "intervals",
    "methods",
    "over_seeds",
    "read_laws",
    "read_metrics",
    "rivals",
    "without_seeds",
]

NETWORK, REPLAY = "wgan_gp", "baseline_replay"
_FAMILIES = ("baseline_gaussian", "baseline_kde", "baseline_mixture")


def read_metrics(path: Path | None, prefix: str) -> dict[str, float]:
    """Flat numbers of a stage whose names start with `prefix` and a point, without that."""
    table = {} if path is None else json.loads(path.read_text())
    start = f"{prefix}."
    return {k.removeprefix(start): v for k, v in table.items() if k.startswith(start)}


def read_laws(paths: Sequence[Path]) -> dict[str, Evaluated]:
    """What laws drew, by the name that metrics give them: <method> or <method>_seed<k>."""
    return {path.stem.replace("-", "_seed"): read_evaluated(path) for path in paths}


def methods(short: Mapping[str, float]) -> list[str]:
    """Names of all scored laws, the least W1 first; seeds each and as their median."""
    end = ".qoi.w1"
    scored = [key.removesuffix(end) for key in short if key.endswith(end)]
    return sorted(scored, key=lambda name: short[name + end])


def without_seeds(names: Iterable[str]) -> list[str]:
    """The names but those of single seeds, which their median stands for."""
    return [name for name in names if "_seed" not in name]


def over_seeds(values: Mapping[str, float]) -> dict[str, float]:
    """The values with the median over seeds of each method that has some."""
    groups: dict[str, list[float]] = {}
    for name, value in values.items():
        method, _, seed = name.partition("_seed")
        if seed:
            groups.setdefault(method, []).append(value)
    return {**values, **{name: median(own) for name, own in groups.items()}}


def rivals(short: Mapping[str, float]) -> list[str]:
    """Of each family without a network, the one in the coordinates that suit it better."""
    ranked = methods(short)
    ends = ("", "_plain", "_mixed")
    best = [next((n for n in ranked if n in {f + e for e in ends}), "") for f in _FAMILIES]
    return [name for name in best if name]


def intervals(
    sets: Sequence[Path],
) -> dict[str, dict[str, Float[np.ndarray, "k 2"]]]:
    """Lower and upper ends by method and statistic, a row a small study.

    Args:
        sets: JSON files of boundary-coverage.
    """
    rows = [row for path in sets for row in json.loads(path.read_text())["sets"]]
    rows.sort(key=lambda row: row["set"])
    names = [name for name in (rows[0] if rows else {}) if name != "set"]
    return {
        method: {
            statistic: np.array(
                [[float(r[method][statistic][end]) for end in ("low", "high")] for r in rows]
            )
            for statistic in rows[0][method]
        }
        for method in names
    }

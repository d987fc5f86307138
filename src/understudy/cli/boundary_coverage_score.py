"""Stage: how many intervals of small studies hold the truth, and how wide they are."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.boundary_data import read_stresses
from understudy.cli.boundary_results import NETWORK, intervals
from understudy.files import write_json
from understudy.metrics import coverage_of, moments
from understudy.surrogates.stochastic_boundary import greatest

__all__ = ["main", "run"]

_JUDGED = ("mean", "std", "q95")
_OF_INTEREST = ("mean", "q95")


def run(reference: tuple[Path, ...], prefix: str, out: Path, sets: tuple[Path, ...] = ()) -> None:
    """Count the intervals that hold what all full runs together say.

    Args:
        reference: full runs.
        prefix: start of every name.
        out: JSON file to write.
        sets: JSON files of boundary-coverage; none: no numbers.
    """
    found = intervals(sets)
    truth = moments(greatest(read_stresses(reference).peak).astype(float)) if sets else {}
    metrics: dict[str, float] = {}
    for method, own in found.items():
        held = {name: coverage_of(own[name].T, truth[name]) for name in _JUDGED}
        metrics |= {f"{method}.coverage.{name}": value for name, value in held.items()}
        metrics[f"{method}.qoi.coverage"] = min(held[name] for name in _OF_INTEREST)
        for name in _JUDGED:
            width, plain = (
                float(np.diff(ends[name], axis=1).mean())
                for ends in (own, found["baseline_direct"])
            )
            metrics[f"{method}.mean_width_ratio_direct.{name}"] = width / plain
    if found:
        metrics["coverage.sets"] = len(found[NETWORK]["mean"])
    write_json(out, {f"{prefix}.{key}": value for key, value in metrics.items()})


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-coverage-score")

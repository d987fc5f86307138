"""Check the certificate of a network by code that shares nothing with its solver."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.convex import check, probe
from understudy.surrogates.quantity_of_interest import as_problem, load_quantity

__all__ = ["main", "run"]

_PROVED = 4
"""Columns up to which boxes prove something in minutes."""


def run(
    model: Positional[Path], /, delta: float = 5e-3, boxes: int = 500_000, starts: int = 20_000
) -> None:
    """Prove or probe the gap; fails where the claim is not confirmed.

    Args:
        model: HDF5 file of convex-fit.
        delta: share of beta to which the bound is sought.
        boxes: most boxes of a proof.
        starts: fresh starts of a probe, where dimensions are too many for a proof.
    """
    own = load_quantity(model)
    problem, network, dual = as_problem(own)
    columns, claimed = problem.x.shape[1], own.certificate["gap"]
    if own.proved and columns <= _PROVED:
        told = check(problem, network, dual, delta=delta, boxes=boxes)
        allowed, word = claimed + 2 * delta, "proved"
    else:
        told = probe(problem, network, dual, starts=starts)
        allowed, word = claimed + 1e-9, "not refuted"
    sys.stdout.write(f"{model}: claimed gap {claimed:.2e}, found {told.gap:.2e} ({word})\n")
    if told.gap > allowed:
        raise ValueError(
            f"{model}: expected a gap of {allowed:.2e} at most, found {told.gap:.2e}; more boxes "
            "make the bound sharper"
        )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "convex-prove")

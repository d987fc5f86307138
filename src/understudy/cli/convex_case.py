"""Stage: one training problem by several solvers of ReLU networks."""

import sys
from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin
from understudy.data.tree import plain
from understudy.files import versions, write_json
from understudy.surrogates.convex_cases import ConvexCase, run_case

__all__ = ["main", "run"]


def run(case: ConvexCase, out: Path) -> None:
    """Solve, certify, and check by other code.

    Args:
        case: problem, strengths of the decay and solvers.
        out: JSON file to write.
    """
    found = run_case(case)
    write_json(
        out,
        {"case": plain(case)} | found
        | {
            "units": "objectives of standardised data, seconds of CPU time",
            "origin": origin("understudy.cli.convex_case", seed=case.seed),
            "software": versions(),
        },
    )  # fmt: skip
    for name, rows in found["betas"].items():
        told = ", ".join(f"{k} {v['value']:.6g}" for k, v in rows.items())
        sys.stdout.write(f"{out} {name}: {told}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "convex-case")

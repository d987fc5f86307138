"""A data set as a folder of PLAID."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.data.plaid import write_plaid

__all__ = ["main", "run"]


def run(
    data: Positional[Path],
    /,
    out: Path,
    owner: str = "unknown",
    licence: str = "unknown",
    backend: Literal["cgns", "zarr"] = "cgns",
) -> None:
    """Write a data set for PLAID: CGNS trees, splits, problem definitions, legal facts.

    Args:
        data: HDF5 data set.
        out: folder to make.
        owner: who holds the rights in the data.
        licence: licence of the data, say CC-BY-4.0.
        backend: a CGNS file a sample, or arrays of Zarr a split.
    """
    for line in write_plaid(data, out, owner=owner, licence=licence, backend=backend):
        sys.stdout.write(f"warning: {line}\n")
    sys.stdout.write(f"{out}: written; `plaid-check {out}` looks it over\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "plaid-export")

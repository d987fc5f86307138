"""Draw histories of a zone's edge from a learned law."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.data.histories import save_histories
from understudy.data.history_folder import write_history_folder
from understudy.surrogates.boundary_model import load_boundary

__all__ = ["main", "run"]


def run(law: Positional[Path], /, count: int, out: Path, seed: int = 0) -> None:
    """Write new histories, with the inputs that go with them.

    Args:
        law: HDF5 file of boundary-fit.
        count: histories.
        out: HDF5 file to write (suffix .h5), or folder of CSV files.
        seed: of the draws.
    """
    if count < 1:
        raise ValueError(f"count: expected at least 1, got {count}")
    drawn = load_boundary(law).histories(count, seed)
    if out.suffix == ".h5":
        save_histories(out, drawn, origin("understudy.cli.boundary_sample", seed=seed))
    else:
        write_history_folder(out, drawn)
    sys.stdout.write(f"{out}: {count} histories\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-sample")

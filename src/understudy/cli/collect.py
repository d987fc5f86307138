"""Stage: all batches of a design as one data set."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from understudy.cli.arguments import call
from understudy.data import (
    Outcome,
    failure_notes,
    join_samples,
    read_header,
    read_samples,
)

__all__ = ["main", "run"]


def run(design: Path, batches: Path, out: Path, tolerated_failures: float) -> None:
    """Read and verify every sample, one at a time, and join the files of the batches.

    Args:
        design: JSON file of the design stage.
        batches: folder with the HDF5 files of the simulate stage.
        out: HDF5 file to write, beside or above the folder; samples stay where they are.
        tolerated_failures: share of samples that may fail.
    """
    files = sorted(path for path in batches.glob("*.h5") if not path.name.startswith("."))
    plan = json.loads(design.read_text())
    expected = [entry["index"] for entry in plan["samples"]]
    told = [Outcome.of(sample) for file in files for sample in read_samples(file)]
    told.sort(key=lambda outcome: outcome.index)
    if [outcome.index for outcome in told] != sorted(expected):
        raise ValueError(
            f"{batches}: expected {len(expected)} samples of the design, got {len(told)}"
        )
    failed = [outcome for outcome in told if outcome.error]
    if len(failed) > tolerated_failures * len(told):
        raise RuntimeError(
            f"{len(failed)} of {len(told)} simulations failed, more than the tolerated share "
            f"of {tolerated_failures}; first: sample {failed[0].index}: {failed[0].error}"
        )
    join_samples(out, replace(read_header(files[0]), sets=plan["sets"]), files)
    for note in failure_notes(told):
        sys.stderr.write(f"collect: {note}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "collect")

"""Stage: all batches of a design as one data set."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from understudy.cli.arguments import call
from understudy.data import join_samples, read_header, read_samples

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
    found, failed = [], []
    for file in files:
        for sample in read_samples(file):
            found.append(sample.index)
            if sample.error:
                failed.append((sample.index, sample.error))
    if sorted(found) != sorted(expected):
        raise ValueError(
            f"{batches}: expected {len(expected)} samples of the design, got {len(found)}"
        )
    if len(failed) > tolerated_failures * len(found):
        index, reason = min(failed)
        raise RuntimeError(
            f"{len(failed)} of {len(found)} simulations failed, more than the tolerated share "
            f"of {tolerated_failures}; first: sample {index}: {reason}"
        )
    join_samples(out, replace(read_header(files[0]), sets=plan["sets"]), files)


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "collect")

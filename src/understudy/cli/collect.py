"""Stage: all batches of a design as one data set."""

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.data import failure_notes, read_header, read_samples, write_samples

__all__ = ["main", "run"]


def run(batches: Positional[tuple[Path, ...]], /, out: Path, tolerated_failures: float) -> None:
    """Join batches in the order of the samples' numbers, whatever the order of the files.

    Args:
        batches: HDF5 files of the simulate stage.
        out: HDF5 file to write.
        tolerated_failures: share of samples that may fail.
    """
    samples = sorted(chain.from_iterable(map(read_samples, batches)), key=lambda s: s.index)
    header = read_header(batches[0])
    expected = sorted({i for numbers in header.sets.values() for i in numbers})
    if [s.index for s in samples] != expected:
        raise ValueError(f"expected {len(expected)} samples of the design, got {len(samples)}")
    failed = [s for s in samples if s.error]
    if len(failed) > tolerated_failures * len(samples):
        raise RuntimeError(
            f"{len(failed)} of {len(samples)} simulations failed, more than the tolerated share "
            f"of {tolerated_failures}; first: sample {failed[0].index}: {failed[0].error}"
        )
    write_samples(out, header, samples)
    for note in failure_notes(samples):
        sys.stderr.write(f"collect: {note}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "collect")

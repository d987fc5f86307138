"""Stage: a training set on one reference mesh."""

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin, progress
from understudy.cli.training_data import SetOfFile, known_inputs, source
from understudy.data import tree
from understudy.surrogates.alignment import KIND, VERSION, align
from understudy.surrogates.morpher import Morpher

__all__ = ["main", "run"]


def run(
    data: Path,
    out: Path,
    set: str = "train",
    morphing: Morpher = Morpher(),  # noqa: B008
    refinements: int = 0,
    fields: tuple[str, ...] = (),
) -> None:
    """Map every mesh of a set to a common domain and carry its fields to the reference.

    Args:
        data: HDF5 data set.
        out: HDF5 file to write.
        set: name of the set.
        morphing: how meshes are mapped.
        refinements: how often the triangles of the reference are cut into four.
        fields: fields to carry; none named: all.
    """
    aligned = align(
        SetOfFile(path=data, name=set), morphing, *known_inputs(data),
        refinements=refinements, fields=fields, progress=progress("morph"),
    )  # fmt: skip
    tree.save(out, KIND, VERSION, aligned, origin("understudy.cli.morph", **source(data)))
    chosen = [f.name for f in dataclasses.fields(Morpher) if getattr(aligned.morphing, f.name)]
    sys.stdout.write(f"{out}: {len(aligned.index)} samples by {' '.join(chosen)}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "morph")

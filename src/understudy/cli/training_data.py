"""Training data in whatever form it comes: a data set, an aligned set, a table of meshes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from understudy.cli.arguments import progress
from understudy.data import Sample, read_header, read_samples, tree
from understudy.data.blocks import load_mapped
from understudy.data.table import read_training_table
from understudy.surrogates.alignment import KIND, VERSION, Aligned, align
from understudy.surrogates.morpher import Morpher

__all__ = ["SetOfFile", "known_inputs", "read_aligned", "read_set", "read_training_data", "source"]


@final
@dataclass(frozen=True, kw_only=True)
class SetOfFile:
    """A named set of a data set's samples, read anew in each pass, one sample at a time.

    Attributes:
        path: HDF5 data set.
        name: of the set.
    """

    path: Path
    name: str

    def __iter__(self) -> Iterator[Sample]:
        """The samples, in the order of their numbers."""
        return read_samples(self.path, _sets(self.path, self.name)[self.name])


def _sets(path: Path, name: str) -> Mapping[str, Sequence[int]]:
    sets = read_header(path).sets
    if name not in sets:
        raise ValueError(f"{path}: expected a set of {sorted(sets)}, got {name!r}")
    return sets


def read_set(path: Path, name: str) -> tuple[list, list[str], dict[str, str]]:
    """Samples of a named set, names of the inputs a surrogate may see, and units."""
    return list(SetOfFile(path=path, name=name)), *known_inputs(path)


def known_inputs(path: Path) -> tuple[list[str], dict[str, str]]:
    """Names of the inputs a surrogate may see, and units."""
    header = read_header(path)
    return [v.name for v in header.variables if v.known], dict(header.units)


def source(path: Path) -> dict[str, Any]:
    """Where the samples of a data set come from: name, seed and code."""
    header = read_header(path)
    return {"data_set": header.name, "seed": header.seed, "simulation_code": header.code}


def read_aligned(path: Path) -> tuple[Aligned, dict[str, Any]]:
    """Read what the morph stage wrote: the samples, and where they come from."""
    return load_mapped(path, KIND, VERSION, Aligned)


def read_training_data(
    path: Path,
    morphing: Morpher,
    inputs: Sequence[str],
    fields: Sequence[str],
    outputs: Sequence[str],
) -> tuple[Aligned, dict[str, Any]]:
    """Samples on a reference, and where they come from, from any kind of file.

    Raises:
        ValueError: a file that cannot be used; names it and the cause.
    """
    show = progress("morph")
    try:
        if path.suffix == ".csv":
            if not fields:
                raise ValueError("--fields: name at least one nodal field to learn")
            samples = read_training_table(path, inputs, fields, outputs)
            return align(samples, morphing, inputs, {}, progress=show), {"table": path.name}
        if tree.peek(path) == KIND:
            return read_aligned(path)
        train = SetOfFile(path=path, name="train")
        return align(train, morphing, *known_inputs(path), progress=show), source(path)
    except ValueError as error:
        text = str(error)
        raise ValueError(text if str(path.parent) in text else f"{path}: {text}") from error

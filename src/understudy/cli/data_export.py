"""One sample of a data set as a mesh file, for ParaView and friends."""

from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.data import read_samples
from understudy.mesh.io import write_mesh

__all__ = ["main", "run"]


def run(data: Positional[Path], /, index: int, out: Path) -> None:
    """Write the mesh and the fields of a sample.

    Args:
        data: HDF5 data set.
        index: number of the sample.
        out: mesh file to write: .vtu, .xdmf, .vtk, ...
    """
    (sample,) = read_samples(data, [index])
    if sample.error or sample.mesh is None:
        raise ValueError(f"{data}: sample {index} failed: {sample.error}")
    write_mesh(out, sample.mesh, sample.fields)


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "data-export")

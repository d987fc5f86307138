"""Mesh files: VTU, VTK, XDMF, MSH, ... through meshio, which is imported here alone, and CGNS."""

import contextlib
import io
import resource
from collections.abc import Iterator, Mapping
from pathlib import Path

import meshio
import numpy as np
from jaxtyping import Float

from understudy.files import replacing
from understudy.mesh.cells import Content, triangle_mesh
from understudy.mesh.cgns import read_cgns
from understudy.mesh.mesh import Mesh

__all__ = ["mesh_files", "read_mesh", "write_mesh"]


_ROOM = 2 * 1024**3
"""Bytes that reading may take whatever the size of the file; beyond, a hundred times its size."""


@contextlib.contextmanager
def _memory_of(path: Path) -> Iterator[None]:
    """Damaged counts must not take all memory: a MemoryError comes first, on Linux."""
    used = Path("/proc/self/statm")
    if not used.is_file():
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    now = int(used.read_text().split()[0]) * resource.getpagesize()
    wanted = now + _ROOM + 100 * path.stat().st_size
    most = wanted if before[0] == resource.RLIM_INFINITY else min(wanted, before[0])
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def read_mesh(path: Path) -> tuple[Mesh, dict[str, Float[np.ndarray, " n"]]]:
    """Read the triangles of a file and its nodal fields.

    A vector field `u` comes back as `u_0`, `u_1`, ...; a planar mesh loses a constant third
    coordinate; points and lines that gmsh adds are dropped. A quadrilateral is cut into two
    triangles; cells of second order lose their mid nodes, and fields their values there; values
    of cells are averaged to nodes, weighted by area (`understudy.mesh.cells`).

    Raises:
        ValueError: the file cannot be read or holds other cells; names the file.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        return triangle_mesh(_content(path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _content(path: Path) -> Content:
    said = io.StringIO()
    try:
        if path.suffix == ".cgns":
            return read_cgns(path)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            with _memory_of(path):
                read = meshio.read(path)
    # meshio's readers raise whatever their parsers raise; some print and end the process.
    except (Exception, SystemExit) as error:
        told = said.getvalue() if isinstance(error, SystemExit) else str(error)
        reason = " ".join(told.split()) or type(error).__name__
        raise ValueError(f"cannot be read as a mesh ({reason[:200]})") from error
    return Content(
        points=np.asarray(read.points, dtype=float),
        blocks=[(block.type, block.data) for block in read.cells],
        nodal=read.point_data,
        central=read.cell_data,
    )


def mesh_files(folder: Path) -> list[Path]:
    """Files in a folder and below it whose suffix is that of a mesh, sorted."""
    known = {*meshio.extension_to_filetypes} - {".dat", ".svg", ".xml"}
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in known and p.is_file())


def write_mesh(path: Path, mesh: Mesh, fields: Mapping[str, Float[np.ndarray, " n"]]) -> None:
    """Write a mesh with nodal fields in the format of the suffix; the file is whole or absent.

    XDMF keeps its numbers inside the XML, so that one file is the whole result.

    Raises:
        ValueError: a suffix that meshio cannot write.
    """
    if path.suffix == ".cgns":
        raise ValueError(f"{path}: cannot write this format (CGNS is only read)")
    n, dim = mesh.points.shape
    points = np.zeros((n, 3))
    points[:, :dim] = mesh.points
    content = meshio.Mesh(points, [("triangle", mesh.triangles)], point_data=dict(fields))
    # Without its name meshio takes .msh for a format of Ansys, which holds no fields.
    options = {".xdmf": {"data_format": "XML"}, ".msh": {"file_format": "gmsh"}}
    with replacing(path) as temporary:
        try:
            content.write(temporary, **options.get(path.suffix, {}))
        except (meshio.WriteError, meshio.ReadError, KeyError) as error:
            raise ValueError(f"{path}: cannot write this format ({error})") from error

"""Mesh files (VTU, VTK, XDMF, MSH, ...) through meshio: the only importer of meshio."""

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path

import meshio
import numpy as np
from jaxtyping import Float

from understudy.files import replacing
from understudy.mesh.mesh import Mesh

__all__ = ["read_mesh", "write_mesh"]

_IGNORED = {"vertex", "line"}


def read_mesh(path: Path) -> tuple[Mesh, dict[str, Float[np.ndarray, " n"]]]:
    """Read the triangles of a file and its nodal fields.

    A vector field `u` comes back as `u_0`, `u_1`, ...; a planar mesh loses a constant third
    coordinate; points and lines that gmsh adds are dropped.

    Raises:
        ValueError: the file cannot be read or holds other cells than triangles; names the file.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            content = meshio.read(path)
    # meshio's readers raise whatever their parsers raise; some print and end the process.
    except (Exception, SystemExit) as error:
        told = said.getvalue() if isinstance(error, SystemExit) else str(error)
        reason = " ".join(told.split()) or type(error).__name__
        raise ValueError(f"{path}: cannot be read as a mesh ({reason[:200]})") from error
    kinds = {block.type for block in content.cells} - _IGNORED
    if kinds != {"triangle"}:
        raise ValueError(
            f"{path}: expected a mesh of triangles, got {sorted(kinds) or 'no cells'}"
        )
    triangles = np.concatenate([b.data for b in content.cells if b.type == "triangle"])
    points = np.asarray(content.points, dtype=float)
    if points.shape[1] == 3 and np.ptp(points[:, 2]) == 0.0:
        points = points[:, :2]
    try:
        mesh = Mesh(points=np.ascontiguousarray(points), triangles=triangles.astype(np.int64))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return mesh, _scalar_fields(content.point_data)


def _scalar_fields(data: Mapping[str, np.ndarray]) -> dict[str, Float[np.ndarray, " n"]]:
    fields: dict[str, np.ndarray] = {}
    for name, values in data.items():
        columns = np.asarray(values, dtype=float).reshape(len(values), -1)
        if columns.shape[1] == 1:
            fields[name] = columns[:, 0]
        else:
            fields |= {f"{name}_{i}": column for i, column in enumerate(columns.T)}
    return fields


def write_mesh(path: Path, mesh: Mesh, fields: Mapping[str, Float[np.ndarray, " n"]]) -> None:
    """Write a mesh with nodal fields in the format of the suffix; the file is whole or absent.

    XDMF keeps its numbers inside the XML, so that one file is the whole result.

    Raises:
        ValueError: a suffix that meshio cannot write.
    """
    n, dim = mesh.points.shape
    points = np.zeros((n, 3))
    points[:, :dim] = mesh.points
    content = meshio.Mesh(points, [("triangle", mesh.triangles)], point_data=dict(fields))
    options = {"data_format": "XML"} if path.suffix == ".xdmf" else {}
    with replacing(path) as temporary:
        try:
            content.write(temporary, **options)
        except (meshio.WriteError, meshio.ReadError, KeyError) as error:
            raise ValueError(f"{path}: cannot write this format ({error})") from error

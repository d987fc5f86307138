"""Cells of mesh files, of first or second order, as linear triangles with nodal fields.

A quadrilateral is cut into two triangles along the diagonal that leaves the larger smallest one,
which of a quadrilateral with a re-entrant corner is the diagonal inside it. A cell of second order
loses its mid nodes. A value c of cells becomes nodal by the average that areas weigh,

    c_i = sum_k A_k c_k / sum_k A_k,   k over the triangles around node i.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float, Int

from understudy.mesh.mesh import Mesh, area

__all__ = ["Content", "triangle_mesh"]

_CORNERS = {
    "triangle": 3, "triangle6": 3, "triangle7": 3, "quad": 4, "quad8": 4, "quad9": 4,
}  # fmt: skip
_IGNORED = {"vertex", "line", "line3"}


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Content:
    """What a mesh file holds, before it is made of triangles.

    Attributes:
        points: coordinates of all nodes, shape (n, 2) or (n, 3).
        blocks: kind and node numbers of cells, corners first, each block of shape (m, k).
        nodal: values by name, first axis n.
        central: values of cells by name, an array a block.
    """

    points: Float[np.ndarray, "n dim"]
    blocks: Sequence[tuple[str, np.ndarray]]
    nodal: Mapping[str, np.ndarray] = field(default_factory=dict)
    central: Mapping[str, Sequence[np.ndarray]] = field(default_factory=dict)


def triangle_mesh(content: Content) -> tuple[Mesh, dict[str, Float[np.ndarray, " n"]]]:
    """Triangles and nodal fields of a file.

    A vector `u` becomes `u_0`, `u_1`, ...; a planar mesh loses a constant third coordinate; nodes
    that no triangle uses are dropped, with their values. Nodal data of a name win over cell data
    of that name; whole numbers of cells are labels, not fields, and are left alone, as is what
    gmsh adds.

    Raises:
        ValueError: cells that are neither triangles nor quadrilaterals, values of a wrong shape.
    """
    kinds = {kind for kind, _ in content.blocks} - _IGNORED
    if not kinds or not kinds <= set(_CORNERS):
        raise ValueError(
            f"expected a mesh of triangles or quadrilaterals, got {sorted(kinds) or 'no cells'}"
        )
    points = np.asarray(content.points, dtype=float)
    if points.shape[1] == 3 and np.ptp(points[:, 2]) == 0.0:
        points = points[:, :2]
    flat = [k for k, (kind, _) in enumerate(content.blocks) if kind in _CORNERS]
    parts = [_triangles(points, *content.blocks[k]) for k in flat]
    kept, renumbered = np.unique(np.concatenate([t for t, _ in parts]), return_inverse=True)
    mesh = Mesh(
        points=np.ascontiguousarray(points[kept]),
        triangles=renumbered.reshape(-1, 3).astype(np.int64),
    )
    fields: dict[str, np.ndarray] = {}
    for name, blocks in content.central.items():
        values = [np.asarray(blocks[k]) for k in flat]
        if all(np.issubdtype(v.dtype, np.floating) for v in values):
            counts = [len(content.blocks[k][1]) for k in flat]
            split = [_columns(name, v, n) for v, n in zip(values, counts, strict=True)]
            for key in split[0]:
                own = [s[key][cell] for s, (_, cell) in zip(split, parts, strict=True)]
                fields[key] = _averaged(mesh, np.concatenate(own))
    for name, whole in content.nodal.items():
        columns = _columns(name, np.asarray(whole), len(points))
        fields |= {key: values[kept] for key, values in columns.items()}
    return mesh, {name: v for name, v in fields.items() if not name.startswith("gmsh:")}


def _triangles(
    points: Float[np.ndarray, "n dim"], kind: str, cells: Int[np.ndarray, "m k"]
) -> tuple[Int[np.ndarray, "t 3"], Int[np.ndarray, " t"]]:
    """Triangles of a block, and the number of the cell that each comes from."""
    number = np.arange(len(cells))
    corners = np.asarray(cells)[:, : _CORNERS[kind]].astype(np.int64)
    if len(corners) and (corners.min() < 0 or corners.max() >= len(points)):
        raise ValueError(
            f"cells: expected node numbers in 0..{len(points) - 1}, "
            f"got {corners.min()}..{corners.max()}"
        )
    if _CORNERS[kind] == 3:
        return corners, number
    a, b, c, d = corners.T
    along_ac = np.stack([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)], axis=1)
    along_bd = np.stack([np.stack([a, b, d], axis=1), np.stack([b, c, d], axis=1)], axis=1)
    better = _smallest(points, along_bd) > _smallest(points, along_ac)
    chosen = np.where(better[:, None, None], along_bd, along_ac)
    return chosen.reshape(-1, 3), np.repeat(number, 2)


def _smallest(
    points: Float[np.ndarray, "n dim"], pairs: Int[np.ndarray, "m 2 3"]
) -> Float[np.ndarray, " m"]:
    """Twice the smaller area of two triangles, negative when they lie on top of one another."""
    p = np.zeros((*pairs.shape, 3))
    p[..., : points.shape[1]] = points[pairs]
    normal = np.cross(p[:, :, 1] - p[:, :, 0], p[:, :, 2] - p[:, :, 0])
    size = np.linalg.norm(normal, axis=2).min(axis=1)
    return np.where((normal[:, 0] * normal[:, 1]).sum(axis=1) > 0.0, size, -size)


def _columns(name: str, values: np.ndarray, count: int) -> dict[str, Float[np.ndarray, " n"]]:
    """Components of a field by name."""
    if values.ndim == 0 or len(values) != count:
        raise ValueError(f"field {name}: expected {count} values, got shape {values.shape}")
    columns = np.asarray(values, dtype=float).reshape(count, -1)
    if columns.shape[1] == 1:
        return {name: columns[:, 0]}
    return {f"{name}_{i}": column for i, column in enumerate(columns.T)}


def _averaged(mesh: Mesh, values: Float[np.ndarray, " m"]) -> Float[np.ndarray, " n"]:
    """Nodal averages of values of triangles, weighted by area."""
    weight = np.repeat(np.abs(area(mesh)), 3)
    node, n = mesh.triangles.ravel(), len(mesh.points)
    total = np.bincount(node, weight * np.repeat(values, 3), minlength=n)
    return total / np.bincount(node, weight, minlength=n)

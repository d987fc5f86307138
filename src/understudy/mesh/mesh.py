"""A triangle mesh as two arrays, and the topology that can be read from them.

A mesh of m triangles on n nodes is a disk when it has one connected part, every edge belongs to
one or two triangles, and its boundary edges form a single closed loop (Euler: n - e + m = 1).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["Mesh", "area", "boundary_loop", "edges", "oriented"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Mesh:
    """Nodes and triangles.

    Attributes:
        points: node coordinates, shape (n, dim), dim 2 or 3, in the data's unit of length.
        triangles: node numbers of each triangle, shape (m, 3).

    Raises:
        ValueError: wrong shapes, a coordinate that is not finite, a node number out of range.
    """

    points: Float[np.ndarray, "n dim"]
    triangles: Int[np.ndarray, "m 3"]

    def __post_init__(self) -> None:
        points, triangles = self.points, self.triangles
        if points.ndim != 2 or points.shape[1] not in (2, 3):
            raise ValueError(f"points: expected shape (n, 2) or (n, 3), got {points.shape}")
        if triangles.ndim != 2 or triangles.shape[1] != 3 or len(triangles) == 0:
            raise ValueError(
                f"triangles: expected shape (m, 3) with m >= 1, got {triangles.shape}"
            )
        if not np.isfinite(points).all():
            bad = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
            raise ValueError(f"points: expected finite coordinates, node {bad} is {points[bad]}")
        if triangles.min() < 0 or triangles.max() >= len(points):
            raise ValueError(
                f"triangles: expected node numbers in 0..{len(points) - 1}, "
                f"got {triangles.min()}..{triangles.max()}"
            )


def edges(mesh: Mesh) -> tuple[Int[np.ndarray, "e 2"], Int[np.ndarray, " e"]]:
    """Unique edges (sorted node pairs) and how many triangles share each."""
    pairs = np.sort(mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    return np.unique(pairs, axis=0, return_counts=True)


def area(mesh: Mesh) -> Float[np.ndarray, " m"]:
    """Area of each triangle, signed in the plane (positive: counter-clockwise), shape (m,)."""
    p = mesh.points[mesh.triangles]
    a, b = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    if mesh.points.shape[1] == 2:
        return 0.5 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    return 0.5 * np.linalg.norm(np.cross(a, b), axis=1)


def oriented(mesh: Mesh) -> Mesh:
    """The same planar mesh with every triangle counter-clockwise.

    Raises:
        ValueError: a triangle without area.
    """
    signed = area(mesh)
    if (signed == 0.0).any():
        raise ValueError(f"triangle {int(np.argmax(signed == 0.0))}: expected an area, got none")
    if (signed > 0.0).all():
        return mesh
    triangles = np.where((signed > 0.0)[:, None], mesh.triangles, mesh.triangles[:, ::-1])
    return Mesh(points=mesh.points, triangles=triangles)


def boundary_loop(mesh: Mesh) -> Int[np.ndarray, " b"]:
    """Node numbers along the boundary of a disk, in order, first node not repeated, shape (b,).

    Interior lies to the left when the triangles are counter-clockwise.

    Raises:
        ValueError: the mesh is not a disk (nodes without triangle, several parts, holes, edges
            with more than two triangles, no boundary).
    """
    n = len(mesh.points)
    pairs, shared = edges(mesh)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    parts, label = connected_components(graph, directed=False)
    used = np.zeros(n, dtype=bool)
    used[mesh.triangles] = True
    if not used.all():
        raise ValueError(
            f"expected every node in a triangle, got {n - used.sum()} nodes without one"
        )
    if parts > 1:
        raise ValueError(
            f"expected one connected part, got {parts} parts of {np.bincount(label)} nodes"
        )
    if shared.max() > 2:
        raise ValueError(
            f"expected at most two triangles at an edge, got {shared.max()} at one edge"
        )
    following = _boundary_successor(mesh, pairs[shared == 1])
    start = int(np.argmax(following >= 0))
    loop = [start]
    while (node := int(following[loop[-1]])) != start:
        loop.append(node)
    total = int((following >= 0).sum())
    if len(loop) != total:
        raise ValueError(
            f"expected one boundary loop (no hole), got a loop of {len(loop)} of the "
            f"{total} boundary nodes"
        )
    return np.array(loop)


def _boundary_successor(mesh: Mesh, rim: Int[np.ndarray, "b 2"]) -> Int[np.ndarray, " n"]:
    """Next node along the boundary for every node, -1 off the boundary."""
    n = len(mesh.points)
    if len(rim) == 0:
        raise ValueError("expected a boundary, got a closed surface")
    directed = mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    key = np.sort(directed, axis=1) @ np.array([n, 1])
    border = directed[np.isin(key, rim @ np.array([n, 1]))]
    if len(np.unique(border[:, 0])) != len(border) or len(np.unique(border[:, 1])) != len(border):
        raise ValueError(
            "expected a boundary that meets each of its nodes once and triangles of one "
            "orientation, got a pinched boundary or mixed orientations"
        )
    following = np.full(n, -1)
    following[border[:, 0]] = border[:, 1]
    return following

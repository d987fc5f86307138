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

__all__ = ["Mesh", "area", "boundary_loop", "boundary_loops", "edges", "oriented", "refined"]


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
    # One number for both ends: sorting numbers is many times faster than sorting rows.
    n = len(mesh.points)
    ends = mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    keys, shared = np.unique(ends.min(axis=1) * n + ends.max(axis=1), return_counts=True)
    return np.stack([keys // n, keys % n], axis=1), shared


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


def refined(mesh: Mesh) -> Mesh:
    """Every triangle cut into four at the middles of its edges; old nodes keep their numbers."""
    pairs, _ = edges(mesh)
    n = len(mesh.points)
    keys = pairs @ np.array([n, 1])
    ends = mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    middle = n + np.searchsorted(keys, ends.min(axis=1) * n + ends.max(axis=1)).reshape(-1, 3)
    (a, b, c), (ab, bc, ca) = mesh.triangles.T, middle.T
    corners = [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
    return Mesh(
        points=np.concatenate([mesh.points, mesh.points[pairs].mean(axis=1)]),
        triangles=np.concatenate([np.stack(corner, axis=1) for corner in corners]),
    )


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
    loops = _loops(_boundary_successor(mesh, pairs[shared == 1]))
    if len(loops) > 1:
        raise ValueError(
            f"expected one boundary loop (no hole), got {len(loops)} loops of "
            f"{[len(loop) for loop in loops]} nodes"
        )
    return loops[0]


def boundary_loops(mesh: Mesh) -> list[Int[np.ndarray, " _"]]:
    """Node numbers along each closed boundary of a planar mesh, the longest one first.

    Raises:
        ValueError: no boundary, or one that meets a node twice.
    """
    pairs, shared = edges(mesh)
    loops = _loops(_boundary_successor(mesh, pairs[shared == 1]))
    return sorted(loops, key=lambda loop: -_length(mesh.points[loop]))


def _length(points: Float[np.ndarray, "b dim"]) -> float:
    return float(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1).sum())


def _loops(following: Int[np.ndarray, " n"]) -> list[Int[np.ndarray, " _"]]:
    """Closed walks along the successors."""
    successor = following.tolist()
    left = np.flatnonzero(following >= 0).tolist()
    seen: set[int] = set()
    loops = []
    for start in left:
        if start in seen:
            continue
        loop = [start]
        while (node := successor[loop[-1]]) != start:
            loop.append(node)
        seen.update(loop)
        loops.append(np.array(loop))
    return loops


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

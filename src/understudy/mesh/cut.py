"""A tube or a closed surface cut open along edges, so that a disk map can take it.

Nodes on the path of least length between two ends are doubled: triangles to the left of the path
keep the node, those to the right get its copy. A tube is cut from boundary to boundary and its
ends are doubled too (n - e + m: 0 -> 1); a closed surface is slit between two nodes that stay
single (2 -> 1).
"""

import numpy as np
from jaxtyping import Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from understudy.mesh.mesh import Mesh, boundary_loops, edges

__all__ = ["cut_open"]


def cut_open(
    mesh: Mesh, ends: tuple[int, int] | None = None
) -> tuple[Mesh, Int[np.ndarray, " q"]]:
    """Cut a surface of one orientation that is a tube or closed like a sphere.

    Args:
        mesh: triangles of one orientation.
        ends: nodes between which it is cut, of a tube one on each boundary; None: the shortest way
            between the boundaries, or between the extremes along the longest side of the bounding
            box. Surfaces of one family want ends at the same places.

    Returns:
        The disk, and for each of its nodes the node of the mesh: `field[nodes]` is on the disk.

    Raises:
        ValueError: the surface is neither, or no path joins the ends.
    """
    pairs, shared = edges(mesh)
    loops = boundary_loops(mesh) if (shared == 1).any() else []
    euler = len(mesh.points) - len(pairs) + len(mesh.triangles)
    if (len(loops), euler) not in ((2, 0), (0, 2)):
        raise ValueError(
            "cut: expected a tube (2 boundaries) or a closed surface like a sphere, got "
            f"{len(loops)} boundaries and Euler characteristic {euler}"
        )
    path = _path(mesh, pairs, loops, ends)
    triangles, copies = _doubled(mesh, path, closed=not loops)
    nodes = np.concatenate([np.arange(len(mesh.points)), copies])
    return Mesh(points=mesh.points[nodes], triangles=triangles), nodes


def _path(
    mesh: Mesh,
    pairs: Int[np.ndarray, "e 2"],
    loops: list[Int[np.ndarray, " _"]],
    ends: tuple[int, int] | None,
) -> list[int]:
    """Nodes of the cut; between its ends it touches no boundary."""
    first, last = _ends(mesh, loops) if ends is None else ([ends[0]], [ends[1]])
    for where in [*first, *last] if ends is not None else []:
        if not 0 <= where < len(mesh.points):
            raise ValueError(f"cut: expected ends below {len(mesh.points)}, got {where}")
    if loops and ends is not None:
        sides = [next((k for k, loop in enumerate(loops) if e in loop), None) for e in ends]
        if sorted(sides, key=str) != [0, 1]:
            raise ValueError(f"cut: expected one end on each boundary, got {ends}")
    barred = np.zeros(len(mesh.points), dtype=bool)
    for loop in loops:
        barred[loop] = True
    # Directed edges: into a boundary only at the last ends, out of one only at the first.
    both = np.concatenate([pairs, pairs[:, ::-1]])
    out, into = barred.copy(), barred.copy()
    out[first], into[last] = False, False
    both = both[~out[both[:, 0]] & ~into[both[:, 1]]]
    length = np.linalg.norm(mesh.points[both[:, 0]] - mesh.points[both[:, 1]], axis=1)
    n = len(mesh.points)
    graph = coo_array((length, both.T), shape=(n, n)).tocsr()
    far, before, _ = dijkstra(graph, indices=first, min_only=True, return_predecessors=True)
    goal = last[int(np.argmin(far[last]))]
    if not np.isfinite(far[goal]):
        raise ValueError("cut: expected a path of edges between the ends, found none")
    path = [int(goal)]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _ends(mesh: Mesh, loops: list[Int[np.ndarray, " _"]]) -> tuple[list[int], list[int]]:
    if loops:
        return loops[0].tolist(), loops[1].tolist()
    along = mesh.points[:, int(np.argmax(np.ptp(mesh.points, axis=0)))]
    return [int(np.argmin(along))], [int(np.argmax(along))]


def _doubled(
    mesh: Mesh, path: list[int], *, closed: bool
) -> tuple[Int[np.ndarray, "m 3"], Int[np.ndarray, " c"]]:
    """Triangles with copies on the right of the path, and which nodes the copies are of."""
    triangles = mesh.triangles.copy()
    copied = path[1:-1] if closed else path
    copies: list[int] = []
    for node in copied:
        place = path.index(node)
        ahead = path[place + 1] if place + 1 < len(path) else None
        behind = path[place - 1] if place else None
        for row in _right_of(mesh, node, behind, ahead):
            triangles[row] = np.where(
                mesh.triangles[row] == node, len(mesh.points) + len(copies), triangles[row]
            )
        copies.append(node)
    return triangles, np.array(copies, dtype=np.int64)


def _right_of(mesh: Mesh, node: int, behind: int | None, ahead: int | None) -> list[int]:
    """Triangles at a node on the right of the path behind -> node -> ahead."""
    after, before = {}, {}
    for row in np.flatnonzero((mesh.triangles == node).any(axis=1)).tolist():
        k = mesh.triangles[row].tolist().index(node)
        # Counter-clockwise around the node the triangle spans from its second to its third node.
        second, third = (int(mesh.triangles[row, (k + step) % 3]) for step in (1, 2))
        after[second], before[third] = (row, third), (row, second)
    # Clockwise from the way ahead; at the last node counter-clockwise from the way behind.
    turn, spoke, stop = (after, behind, None) if ahead is None else (before, ahead, behind)
    right = []
    while spoke is not None and spoke != stop and spoke in turn:
        row, spoke = turn[spoke]
        right.append(row)
    return right

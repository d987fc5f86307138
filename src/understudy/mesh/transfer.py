"""P1 interpolation from one mesh to the nodes of another, as a sparse matrix.

A point inside triangle (a, b, c) takes the barycentric weights of its three nodes; a point outside
the mesh is first moved to the nearest point of the boundary, where two weights remain. Candidate
triangles come from a uniform grid over the mesh, so the whole search is a few array operations.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array

from understudy.mesh.mesh import Mesh, edges

__all__ = ["interpolation", "locate"]


def interpolation(mesh: Mesh, points: Float[np.ndarray, "k 2"]) -> csr_array:
    """Matrix that maps nodal values on a planar `mesh` to values at `points`.

    Returns:
        Shape (k, n); rows are non-negative and sum to one.
    """
    triangle, weight = locate(mesh, points)
    columns = mesh.triangles[triangle]
    outside = np.flatnonzero(_over(np.minimum, weight) < -1e-10)
    if len(outside):
        columns[outside, :2], weight[outside, :2] = _clamp(mesh, points[outside])
        weight[outside, 2] = 0.0
    weight = np.clip(weight, 0.0, None)
    weight /= weight.sum(axis=1, keepdims=True)
    k = len(points)
    matrix = csr_array(
        (weight.ravel(), columns.ravel(), np.arange(0, 3 * k + 1, 3)), shape=(k, len(mesh.points))
    )
    matrix.eliminate_zeros()
    return matrix


def _barycentric(
    corners: Float[np.ndarray, "q 3 2"], points: Float[np.ndarray, "q 2"]
) -> Float[np.ndarray, "q 3"]:
    a, b, p = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], points - corners[:, 0]
    det = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    det = np.where(det == 0.0, np.inf, det)
    first = (p[:, 0] * b[:, 1] - p[:, 1] * b[:, 0]) / det
    second = (a[:, 0] * p[:, 1] - a[:, 1] * p[:, 0]) / det
    return np.stack([1.0 - first - second, first, second], axis=1)


def locate(
    mesh: Mesh, points: Float[np.ndarray, "k 2"]
) -> tuple[Int[np.ndarray, " k"], Float[np.ndarray, "k 3"]]:
    """For each point the triangle with the largest least weight; negative weight: outside."""
    corners = mesh.points[mesh.triangles]
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    side = max(1, int(np.sqrt(len(corners))))

    def cell(x: Float[np.ndarray, "q 2"]) -> Int[np.ndarray, "q 2"]:
        return np.clip(((x - low) / (high - low) * side).astype(int), 0, side - 1)

    first, last = cell(_over(np.minimum, corners)), cell(_over(np.maximum, corners))
    spans = last - first + 1
    owner, offset = _ranges(spans[:, 0] * spans[:, 1])
    where = first[owner] + np.stack([offset % spans[owner, 0], offset // spans[owner, 0]], axis=1)
    key = where @ np.array([side, 1])
    order = np.argsort(key, kind="stable")
    start = np.searchsorted(key[order], np.arange(side * side + 1))
    mine = cell(points) @ np.array([side, 1])
    count = start[mine + 1] - start[mine]
    # A cell without candidates lies outside the mesh: any triangle serves, the clamp corrects it.
    candidate = np.maximum(count, 1)
    point, step = _ranges(candidate)
    slot = np.minimum(start[mine][point] + step, len(order) - 1)
    triangle = owner[order[slot]]
    weight = _barycentric(corners[triangle], points[point])
    least = _over(np.minimum, weight)
    begin = np.cumsum(candidate) - candidate
    # Of equal candidates the first one: not less than the largest, and none such before it.
    largest = np.flatnonzero(~(least < np.repeat(np.maximum.reduceat(least, begin), candidate)))
    best = largest[np.searchsorted(largest, begin)]
    found, weight = triangle[best], weight[best]
    weight[count == 0] = -1.0
    return found, weight


def _over(which: np.ufunc, x: Float[np.ndarray, "q 3 *_"]) -> Float[np.ndarray, "q *_"]:
    """Least or greatest of three columns; `x.min(axis=1)` over so short an axis is slow."""
    extreme: np.ndarray = which(which(x[:, 0], x[:, 1]), x[:, 2])
    return extreme


def _ranges(count: Int[np.ndarray, " k"]) -> tuple[Int[np.ndarray, " q"], Int[np.ndarray, " q"]]:
    """Concatenate range(count[0]), range(count[1]), ...: the owner and the step of each entry."""
    owner = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return owner, step


def _clamp(
    mesh: Mesh, points: Float[np.ndarray, "k 2"]
) -> tuple[Int[np.ndarray, "k 2"], Float[np.ndarray, "k 2"]]:
    """Nodes and weights of the nearest point on the boundary of the mesh."""
    pairs, shared = edges(mesh)
    rim = pairs[shared == 1]
    start = mesh.points[rim[:, 0]]
    along = mesh.points[rim[:, 1]] - start
    # A component at a time: a sum over an axis of two is slow.
    (ax, ay), x, y = along.T, points[:, :1] - start[:, 0], points[:, 1:] - start[:, 1]
    t = np.clip((x * ax + y * ay) / (ax**2 + ay**2), 0.0, 1.0)
    edge = ((x - t * ax) ** 2 + (y - t * ay) ** 2).argmin(axis=1)
    t = t[np.arange(len(points)), edge]
    return rim[edge], np.stack([1.0 - t, t], axis=1)

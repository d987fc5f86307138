"""Smooth displacements of a domain that leave its boundary where it is.

The lowest K eigenvectors of the Laplacian of both components,

    int grad v : grad w = lambda int v . w    for all w with w . n = 0 on the boundary:

what the fewest derivatives describe comes first, and points of the boundary slide along it. Where
the boundary has a corner they stay. Signs are such that the mean of v . (1, 1/2) is positive, or
else that of the largest component.
"""

import numpy as np
from jaxtyping import Float
from scipy.sparse import coo_array, csr_array, eye_array, kron
from scipy.sparse.linalg import eigsh

from understudy.mesh import Mesh, area, boundary_loops, mass_matrix, stiffness_matrix

__all__ = ["sliding_modes"]

_CORNER = np.cos(np.radians(30.0))


def sliding_modes(
    mesh: Mesh, count: int
) -> tuple[Float[np.ndarray, "K n 2"], Float[np.ndarray, " K"]]:
    """Displacements and how rough they are.

    Args:
        mesh: a planar domain, triangles counter-clockwise.
        count: K.

    Returns:
        The modes, each with a greatest displacement of sqrt(area / pi), the radius of a disk, and
        their eigenvalues over the least one.

    Raises:
        ValueError: the mesh has too few nodes.
    """
    free = _allowed(mesh)
    if not 0 < count < free.shape[1]:
        raise ValueError(f"modes: expected 1 to {free.shape[1] - 1}, got {count}")
    n, size = len(mesh.points), area(mesh)
    both = [
        (free.T @ kron(matrix, eye_array(2), format="csr") @ free).tocsc()
        for matrix in (stiffness_matrix(mesh), mass_matrix(mesh))
    ]
    # A shift below all eigenvalues; a start of ones makes the answer the same every time.
    scale = np.pi / size.sum()
    value, vector = eigsh(both[0], count, both[1], sigma=-0.1 * scale, v0=np.ones(free.shape[1]))
    order = np.argsort(value)
    modes = (free @ vector[:, order]).T.reshape(count, n, 2)
    for mode in modes:
        mean = float((mode @ [1.0, 0.5]).mean())
        largest = mode.reshape(-1)[np.argmax(np.abs(mode))]
        sign = np.sign(mean if abs(mean) > 1e-3 * abs(largest) else largest)
        mode *= sign / (np.linalg.norm(mode, axis=1).max() * np.sqrt(scale))
    return np.ascontiguousarray(modes), value[order] / value[order[0]]


def _allowed(mesh: Mesh) -> csr_array:
    """Columns of displacements without a part across the boundary, shape (2 n, q)."""
    n = len(mesh.points)
    kept = np.ones(2 * n, dtype=bool)
    nodes, tangents = [], []
    for loop in boundary_loops(mesh):
        kept[2 * loop], kept[2 * loop + 1] = False, False
        p = mesh.points[loop]
        before, after = p - np.roll(p, 1, axis=0), np.roll(p, -1, axis=0) - p
        before /= np.linalg.norm(before, axis=1, keepdims=True)
        after /= np.linalg.norm(after, axis=1, keepdims=True)
        smooth = (before * after).sum(axis=1) > _CORNER
        along = (before + after)[smooth]
        nodes.append(loop[smooth])
        tangents.append(along / np.linalg.norm(along, axis=1, keepdims=True))
    node, tangent = np.concatenate(nodes), np.concatenate(tangents)
    inner = csr_array(eye_array(2 * n, format="csr")[:, np.flatnonzero(kept)]).tocoo()
    column = inner.shape[1] + np.tile(np.arange(len(node)), 2)
    rows = np.concatenate([inner.row, 2 * node, 2 * node + 1])
    data = np.concatenate([inner.data, tangent[:, 0], tangent[:, 1]])
    columns = np.concatenate([inner.col, column])
    shape = (2 * n, inner.shape[1] + len(node))
    return coo_array((data, (rows, columns)), shape=shape).tocsr()

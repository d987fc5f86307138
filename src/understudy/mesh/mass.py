"""The P1 mass matrix: inner products of fields, M_ij = integral of phi_i phi_j.

On a triangle of area A the element matrix is A/12 (1 + delta_ij).
"""

import numpy as np
from scipy.sparse import coo_array, csr_array

from understudy.mesh.mesh import Mesh, area

__all__ = ["mass_matrix"]


def mass_matrix(mesh: Mesh) -> csr_array:
    """Consistent mass matrix of linear triangles, shape (n, n), in the mesh's unit squared."""
    local = np.abs(area(mesh))[:, None, None] / 12.0 * (1.0 + np.eye(3))
    rows = np.repeat(mesh.triangles, 3, axis=1).ravel()
    columns = np.tile(mesh.triangles, (1, 3)).ravel()
    n = len(mesh.points)
    return coo_array((local.ravel(), (rows, columns)), shape=(n, n)).tocsr()

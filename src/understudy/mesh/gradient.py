"""Gradients of nodal fields on a planar mesh: constant on each triangle, or averaged at nodes.

With the edge e_k opposite node k of a triangle of area A, counter-clockwise, the gradient of the
hat function of the node is e_k turned by a right angle over 2 A. The stiffness matrix holds their
inner products, K_ij = int grad phi_i . grad phi_j.
"""

import numpy as np
from jaxtyping import Float
from scipy.sparse import coo_array, csr_array, diags_array

from understudy.mesh.mesh import Mesh, area

__all__ = ["hat_gradients", "nodal_gradients", "stiffness_matrix"]


def hat_gradients(mesh: Mesh) -> Float[np.ndarray, "m 3 2"]:
    """Gradients of the three hat functions of each triangle, in one over the unit of length."""
    corner = mesh.points[mesh.triangles]
    edge = np.roll(corner, -2, axis=1) - np.roll(corner, -1, axis=1)
    turned = np.stack([-edge[:, :, 1], edge[:, :, 0]], axis=2)
    return turned / (2.0 * area(mesh))[:, None, None]


def stiffness_matrix(mesh: Mesh) -> csr_array:
    """Stiffness matrix of linear triangles, shape (n, n), without unit."""
    hats = hat_gradients(mesh)
    local = np.einsum("m,mad,mbd->mab", np.abs(area(mesh)), hats, hats)
    rows = np.repeat(mesh.triangles, 3, axis=1).ravel()
    columns = np.tile(mesh.triangles, (1, 3)).ravel()
    n = len(mesh.points)
    return coo_array((local.ravel(), (rows, columns)), shape=(n, n)).tocsr()


def nodal_gradients(mesh: Mesh) -> tuple[csr_array, csr_array]:
    """Matrices of both derivatives, nodes to nodes: averages of triangles, weighted by area."""
    n, weight = len(mesh.points), np.abs(area(mesh))
    hats = hat_gradients(mesh)
    rows = np.repeat(mesh.triangles, 3, axis=1).ravel()
    columns = np.tile(mesh.triangles, (1, 3)).ravel()
    around = np.bincount(mesh.triangles.ravel(), np.repeat(weight, 3), n)
    share = diags_array(1.0 / np.maximum(around, 1e-300))
    x, y = (
        csr_array(
            share
            @ coo_array(
                (np.tile((weight[:, None] * hats[:, :, d])[:, None, :], (1, 3, 1)).ravel(),
                 (rows, columns)),
                shape=(n, n),
            ).tocsr()
        )
        for d in (0, 1)
    )  # fmt: skip
    return x, y

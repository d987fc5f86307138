"""Modes of the Laplacian on a mesh, without flux through its edges."""

import numpy as np
from jaxtyping import Float
from scipy.sparse import diags_array
from scipy.sparse.linalg import eigsh

from understudy.mesh.gradient import stiffness_matrix
from understudy.mesh.mass import mass_matrix
from understudy.mesh.mesh import Mesh

__all__ = ["laplace_modes"]


def laplace_modes(mesh: Mesh, many: int) -> Float[np.ndarray, "n k"]:
    """Those of the least eigenvalues of K phi = lambda M phi, M lumped, and phi' M phi = 1.

    Raises:
        ValueError: not fewer modes than nodes.
    """
    if not 0 < many < len(mesh.points):
        raise ValueError(f"modes: expected from 1 to {len(mesh.points) - 1}, got {many}")
    mass = np.asarray(mass_matrix(mesh).sum(axis=1)).ravel()
    start = np.random.default_rng(0).standard_normal(len(mass))
    _, vectors = eigsh(
        stiffness_matrix(mesh).tocsc(), k=many, M=diags_array(mass).tocsc(), sigma=-1e-2, v0=start
    )
    return vectors

"""Convex combination maps onto the unit disk: what Tutte's map and the harmonic one share.

With boundary nodes on the circle, each interior node is a weighted mean of its neighbours,

    sum_j w_ij (x_j - x_i) = 0,    w_ij > 0:

one sparse factorisation for both coordinates. For positive weights and a 3-connected triangulation
the image has no folds (W. T. Tutte, "How to draw a graph", 1963, theorem 5; for weights without
symmetry M. S. Floater, "One-to-one piecewise linear mappings over triangulations", 2003).
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array
from scipy.sparse.linalg import splu

from understudy.mesh import Mesh, oriented
from understudy.morphing.boundary import circle
from understudy.morphing.morphing import Morphing

__all__ = ["check_disk", "onto_disk"]


def check_disk(anchor: Sequence[float], landmark_angle: float | None) -> None:
    """Raise a ValueError for settings of a disk map without meaning."""
    if len(anchor) not in (2, 3) or not np.isfinite(anchor).all() or not any(anchor):
        raise ValueError(f"anchor: expected two or three numbers, not all zero, got {anchor}")
    if landmark_angle is not None and not 0 < landmark_angle < 180:
        raise ValueError(f"landmark_angle: expected in (0, 180) degrees, got {landmark_angle}")


def onto_disk(
    mesh: Mesh,
    reference: Mesh | None,
    anchor: Sequence[float],
    landmark_angle: float | None,
    weights: Callable[[Mesh], csr_array],
) -> Morphing:
    """Map a mesh by weights w_ij, a sparse matrix of its nodes.

    Raises:
        ValueError: not a disk, other landmarks than the reference, or another dimension than the
            anchor's.
    """
    if mesh.points.shape[1] != len(anchor):
        raise ValueError(
            f"disk map: expected points of {len(anchor)} coordinates, as the anchor has, "
            f"got {mesh.points.shape[1]}"
        )
    if mesh.points.shape[1] == 2:
        mesh = oriented(mesh)
        reference = reference if reference is None else oriented(reference)
    loop, angle = circle(mesh, reference, anchor, landmark_angle)
    n = len(mesh.points)
    image = np.zeros((n, 2))
    image[loop] = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    free = np.ones(n, dtype=bool)
    free[loop] = False
    inner = np.flatnonzero(free)
    if len(inner):
        rows = weights(mesh)[inner]
        laplacian = -rows[:, inner]
        laplacian.setdiag(np.asarray(rows.sum(axis=1)).ravel())
        # The pattern is symmetric: an ordering of A + A^T fills in least.
        factor = splu(
            laplacian.tocsc(), permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}
        )
        image[inner] = factor.solve(_dense(rows, loop, image))
    return Morphing(mesh=mesh, image=Mesh(points=image, triangles=mesh.triangles))


def _dense(
    rows: csr_array, loop: Int[np.ndarray, " b"], image: Float[np.ndarray, "n 2"]
) -> Float[np.ndarray, "i 2"]:
    """What boundary nodes contribute."""
    only = np.zeros_like(image)
    only[loop] = image[loop]
    return rows @ only

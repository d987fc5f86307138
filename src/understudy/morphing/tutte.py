"""Tutte's embedding: any triangulated disk onto the unit disk.

Boundary nodes go to the unit circle in proportion to arc length s of the boundary of length S,

    theta_k = 2 pi s_k / S,

and each interior node to the mean of its neighbours, x_i = (1 / deg i) sum_{j ~ i} x_j: one sparse
factorisation for both coordinates. The image of a 3-connected planar graph with a convex boundary
has no folds (W. T. Tutte, "How to draw a graph", 1963, theorem 5).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Int
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu

from understudy.mesh import Mesh, boundary_loop, edges, oriented
from understudy.morphing.morphing import Morphing

__all__ = ["Tutte"]


@final
@dataclass(frozen=True, kw_only=True)
class Tutte:
    """Specification of the map onto the unit disk.

    Attributes:
        anchor: direction in the plane; the boundary node farthest along it goes to angle 0. Parts
            of one family need one anchor that meets the same corner of all: (-1, -1) is the lower
            left.
    """

    anchor: tuple[float, float] = (-1.0, -1.0)

    def __post_init__(self) -> None:
        if len(self.anchor) != 2 or not np.isfinite(self.anchor).all() or not any(self.anchor):
            raise ValueError(f"anchor: expected two numbers, not both zero, got {self.anchor}")

    def fit(self, mesh: Mesh) -> Morphing:
        """Map a planar mesh.

        Raises:
            ValueError: the mesh is not planar or not a disk.
        """
        if mesh.points.shape[1] != 2:
            raise ValueError("disk map: expected a planar mesh, got three coordinates a node")
        mesh = oriented(mesh)
        loop = self._from_anchor(mesh, boundary_loop(mesh))
        rim = mesh.points[loop]
        length = np.linalg.norm(np.roll(rim, -1, axis=0) - rim, axis=1)
        angle = 2.0 * np.pi * np.concatenate([[0.0], np.cumsum(length)[:-1]]) / length.sum()
        image = np.zeros_like(mesh.points)
        image[loop] = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        pairs, _ = edges(mesh)
        n = len(image)
        both = np.concatenate([pairs, pairs[:, ::-1]])
        adjacency = coo_array((np.ones(len(both)), both.T), shape=(n, n)).tocsr()
        inner = np.setdiff1d(np.arange(n), loop)
        if len(inner):
            rows = adjacency[inner]
            degree = np.asarray(rows.sum(axis=1)).ravel()
            laplacian = -rows[:, inner]
            laplacian.setdiag(degree)
            image[inner] = splu(laplacian.tocsc()).solve(rows[:, loop] @ image[loop])
        return Morphing(mesh=mesh, image=Mesh(points=image, triangles=mesh.triangles))

    def _from_anchor(self, mesh: Mesh, loop: Int[np.ndarray, " b"]) -> Int[np.ndarray, " b"]:
        """The loop, begun at its node farthest along the anchor."""
        return np.roll(loop, -int(np.argmax(mesh.points[loop] @ np.array(self.anchor))))

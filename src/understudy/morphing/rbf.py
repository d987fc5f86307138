"""Morphing by radial basis functions: the boundary moves to the reference, the inside follows.

With boundary nodes x_j and their displacement d_j, the displacement of a node x is

    u(x) = A x + b + sum_j phi(|x - x_j| / R) c_j,    phi(r) = (1 - r)^4 (4 r + 1) for r < 1,

A and b from least squares on the boundary (`extension`), c from u(x_j) = d_j. The kernel is
positive definite in the plane, so c exists (H. Wendland, "Piecewise polynomial, positive definite
and compactly supported radial functions of minimal degree", 1995, C2). In the motion of meshes: A.
de Boer, M. S. van der Schoot, H. Bijl, "Mesh deformation based on radial basis function
interpolation", 2007, with a polynomial likewise.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import solve
from scipy.spatial.distance import cdist

from understudy.mesh import Mesh, area
from understudy.morphing.extension import check_extension, onto_reference
from understudy.morphing.morphing import Morphing

__all__ = ["RBF"]


@final
@dataclass(frozen=True, kw_only=True)
class RBF:
    """Specification of the morphing onto the reference part.

    Attributes:
        radius: R over the greatest distance of a node from the centroid, in a rectangle half
            its diagonal.
        anchor: direction; boundaries start at what lies farthest along it.
        landmark_angle: least turn in degrees of a boundary corner that is matched with that of
            the reference; None: arc length alone.
        steps: steps in which the boundary moves; more are taken where the image would fold.
    """

    radius: float = 1.0
    anchor: tuple[float, ...] = (-1.0, -1.0)
    landmark_angle: float | None = 60.0
    steps: int = 4

    def __post_init__(self) -> None:
        check_extension(self.anchor, self.landmark_angle, self.steps)
        if not 0.0 < self.radius < np.inf:
            raise ValueError(f"radius: expected a positive number, got {self.radius}")

    def fit(self, mesh: Mesh, reference: Mesh | None = None) -> Morphing:
        """Map a planar mesh onto the reference part (None: onto itself).

        Raises:
            ValueError: other holes or corners than the reference, or an image that folds over.
        """
        return onto_reference(
            mesh, reference, self.anchor, self.landmark_angle, self.steps, self._extend
        )

    def _extend(
        self, mesh: Mesh, nodes: Int[np.ndarray, " b"], displacement: Float[np.ndarray, "b 2"]
    ) -> Float[np.ndarray, "n 2"]:
        centre = np.average(mesh.points[mesh.triangles].mean(axis=1), axis=0, weights=area(mesh))
        reach = self.radius * np.linalg.norm(mesh.points - centre, axis=1).max()
        kernel = _wendland(cdist(mesh.points, mesh.points[nodes]) / reach)
        return kernel @ solve(kernel[nodes], displacement, assume_a="pos")


def _wendland(r: Float[np.ndarray, "p q"]) -> Float[np.ndarray, "p q"]:
    return np.maximum(1.0 - r, 0.0) ** 4 * (4.0 * r + 1.0)

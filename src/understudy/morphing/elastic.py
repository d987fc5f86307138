"""Elastic morphing: the part is a body that is pulled until its boundary fits the reference.

The boundary displacement d is prescribed and the inside is in equilibrium without forces,

    div (lambda tr(e) I + 2 mu e) = 0,  e = sym grad u,  u = d on the boundary,

in plane strain with linear triangles, in a few steps on the moved mesh. A triangle of area a has
the modulus (mean area / a)^stiffening, so that small triangles, where shapes are delicate, move
almost rigidly. Source: A. Kabalan, F. Casenave, F. Bordeu,
V. Ehrlacher, A. Ern, "Elasticity-based morphing technique and application to reduced-order
modeling", arXiv 2407.02433; there traction drives the boundary of the reference until it fits and
no correspondence is needed, here the correspondence of boundaries is known (`landing`). Stiffening
by area: T. E. Tezduyar et al., "Computation of unsteady incompressible flows", 1992.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array, csr_array
from scipy.sparse.linalg import splu

from understudy.mesh import Mesh, area, hat_gradients
from understudy.morphing.extension import check_extension, onto_reference
from understudy.morphing.morphing import Morphing

__all__ = ["Elastic"]


@final
@dataclass(frozen=True, kw_only=True)
class Elastic:
    """Specification of the morphing onto the reference part.

    Attributes:
        poisson_ratio: of the body.
        stiffening: exponent of the mean area over the area of a triangle in its modulus.
        anchor: direction; boundaries start at what lies farthest along it.
        landmark_angle: least turn in degrees of a boundary corner that is matched with that of
            the reference; None: arc length alone.
        steps: steps in which the boundary moves; more are taken where the image would fold.
    """

    poisson_ratio: float = 0.3
    stiffening: float = 1.0
    anchor: tuple[float, ...] = (-1.0, -1.0)
    landmark_angle: float | None = 60.0
    steps: int = 4

    def __post_init__(self) -> None:
        check_extension(self.anchor, self.landmark_angle, self.steps)
        if not -1.0 < self.poisson_ratio < 0.5:
            raise ValueError(f"poisson_ratio: expected in (-1, 0.5), got {self.poisson_ratio}")
        if not 0.0 <= self.stiffening < np.inf:
            raise ValueError(f"stiffening: expected 0 or more, got {self.stiffening}")

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
        n = len(mesh.points)
        u = np.zeros(2 * n)
        held = (2 * nodes[:, None] + np.arange(2)).ravel()
        u[held] = displacement.ravel()
        free = np.setdiff1d(np.arange(2 * n), held)
        if len(free):
            rows = self._stiffness(mesh)[free]
            factor = splu(
                rows[:, free].tocsc(),
                permc_spec="MMD_AT_PLUS_A",
                options={"SymmetricMode": True},
            )
            u[free] = factor.solve(-(rows @ u))
        return u.reshape(n, 2)

    def _stiffness(self, mesh: Mesh) -> csr_array:
        """Matrix of the body; unknown 2 i + d is direction d of node i."""
        size, nu = area(mesh), self.poisson_ratio
        g = hat_gradients(mesh)
        strain = np.zeros((len(size), 3, 6))
        strain[:, 0, 0::2] = strain[:, 2, 1::2] = g[:, :, 0]
        strain[:, 1, 1::2] = strain[:, 2, 0::2] = g[:, :, 1]
        law = np.array([[1 - nu, nu, 0], [nu, 1 - nu, 0], [0, 0, 0.5 - nu]])
        law = law / ((1 + nu) * (1 - 2 * nu))
        weight = size * (size.mean() / size) ** self.stiffening
        local = np.einsum("m,mka,kl,mlb->mab", weight, strain, law, strain, optimize=True)
        dof = (2 * mesh.triangles[:, :, None] + np.arange(2)).reshape(-1, 6)
        rows, columns = np.repeat(dof, 6, axis=1).ravel(), np.tile(dof, (1, 6)).ravel()
        shape = (2 * len(mesh.points),) * 2
        return coo_array((local.ravel(), (rows, columns)), shape=shape).tocsr()

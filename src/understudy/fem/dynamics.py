"""Matrices of small-strain elastodynamics in plane strain, on linear triangles.

    rho u'' = div sigma(u),   sigma = E (2 m eps + l tr(eps) I),
    m = 1 / (2 (1 + nu)),   l = nu / ((1 + nu) (1 - 2 nu))

with a Young's modulus E by triangle, and the mass of a triangle shared evenly by its nodes (row
sums). Waves travel at c_p = sqrt((l + 2 m) E / rho) and c_s = sqrt(m E / rho). Reference: T. J. R.
Hughes, "The Finite Element Method", 1987, sections 7.3 and 9.1.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import ufl
from jaxtyping import Float, Int

from understudy.fem.adapter import (
    BlockAssembler,
    CellValues,
    assembled_vector,
    compiled,
    constant,
    domain_of,
    facet_measure,
    space,
)
from understudy.linalg.explicit import System
from understudy.mesh import Mesh

__all__ = ["Footprint", "Matrices", "Solid"]


@final
@dataclass(frozen=True, kw_only=True)
class Solid:
    """An isotropic material.

    Attributes:
        young: Young's modulus in Pa.
        poisson_ratio: in (-1, 1/2).
        density: in kg/m^3.
    """

    young: float = 2.1e11
    poisson_ratio: float = 0.3
    density: float = 7800.0

    @property
    def shear(self) -> float:
        """Shear modulus in Pa."""
        return self.young / (2 * (1 + self.poisson_ratio))

    @property
    def lame(self) -> float:
        """First Lame modulus in Pa."""
        nu = self.poisson_ratio
        return self.young * nu / ((1 + nu) * (1 - 2 * nu))

    @property
    def speeds(self) -> tuple[float, float]:
        """Of pressure and shear waves, in m/s."""
        pressure = ((self.lame + 2 * self.shear) / self.density) ** 0.5
        return pressure, (self.shear / self.density) ** 0.5


@final
class Matrices:
    """Stiffness and mass of a mesh, assembled again for each field of Young's modulus."""

    def __init__(self, mesh: Mesh, solid: Solid, fixed: Int[np.ndarray, " f"]) -> None:
        self._domain = domain_of(mesh)
        self._vectors = space(self._domain, shape=(2,))
        self._young = CellValues(self._domain, mesh)
        self._uniform = np.full(len(mesh.triangles), solid.young)
        self._fixed = fixed
        u, v = ufl.TrialFunction(self._vectors), ufl.TestFunction(self._vectors)
        strain, virtual = ufl.sym(ufl.grad(u)), ufl.sym(ufl.grad(v))
        shear, lame = solid.shear / solid.young, solid.lame / solid.young
        unit = 2 * shear * strain + lame * ufl.tr(strain) * ufl.Identity(2)
        form = self._young.function * ufl.inner(unit, virtual) * ufl.dx
        self._stiffness = BlockAssembler(form, self._vectors)
        one = constant(self._domain, (solid.density, solid.density))
        self._mass = assembled_vector(ufl.inner(one, v) * ufl.dx, self._vectors)[:, 0]

    def system(self, young: Float[np.ndarray, " m"] | None = None) -> System:
        """Matrices for a Young's modulus in Pa by triangle; None: that of the solid everywhere."""
        self._young.set(self._uniform if young is None else young)
        return System(
            indptr=self._stiffness.indptr,
            indices=self._stiffness.indices,
            blocks=self._stiffness.blocks(),
            mass=self._mass,
            damping=np.zeros((len(self._mass), 2)),
            fixed=self._fixed,
        )


@final
class Footprint:
    """Nodal weights of the traction exp(-(x - x0)^2 / (2 w^2)) on some edges."""

    def __init__(self, mesh: Mesh, edges: Int[np.ndarray, "t 2"], width: float) -> None:
        domain = domain_of(mesh)
        self._vectors = space(domain, shape=(2,))
        self._position = constant(domain, 0.0)
        x = ufl.SpatialCoordinate(domain)[0]
        shape = ufl.exp(-((x - self._position) ** 2) / (2 * width**2))
        test, one = ufl.TestFunction(self._vectors), constant(domain, (1.0, 1.0))
        ds = facet_measure(domain, [edges])(0, metadata={"quadrature_degree": 4})
        self._form = compiled(shape * ufl.inner(one, test) * ds)

    def weights(self, position: float) -> Float[np.ndarray, " n"]:
        """The traction around `position` times each hat function, integrated, in m."""
        self._position.value = position
        return assembled_vector(self._form, self._vectors)[:, 0]

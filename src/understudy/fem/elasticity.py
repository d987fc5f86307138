"""Small-strain isotropic elasticity in the plane.

    - div sigma = f,    sigma = 2 mu eps + lam tr(eps) I,    eps = (grad u + grad u^T) / 2
    mu = E / (2 (1 + nu)),    plane strain: lam = E nu / ((1 + nu)(1 - 2 nu))
                              plane stress: lam = E nu / (1 - nu^2)

with u = g on fixed edges and sigma n = t on flux edges. In plane strain the stress out of the
plane is sigma_zz = nu (sigma_xx + sigma_yy); in plane stress it is zero. Reference: S. Timoshenko,
J. N. Goodier, Theory of Elasticity, 3rd ed., 1970, sections 8, 16, 17.
"""

from dataclasses import dataclass
from typing import final

import ufl

from understudy.fem.adapter import Expression, constant, domain_of, space
from understudy.fem.pde import PDE, Parameters, Solution
from understudy.fem.weak import expect_coefficients, solve_weak
from understudy.mesh import Mesh

__all__ = ["PlaneStrain", "PlaneStress"]


@final
@dataclass(frozen=True, kw_only=True)
class PlaneStrain(PDE):
    """A thick body: no strain out of the plane. Coefficients: {"E", "nu"}, -1 < nu < 1/2.

    Attributes:
        degree: of the Lagrange elements; 1 locks as nu nears 1/2.
        rtol: largest relative residual of the linear solve.
    """

    degree: int = 2
    rtol: float = 1e-9

    def __post_init__(self) -> None:
        _check_degree(self.degree)

    def solve(self, mesh: Mesh, parameters: Parameters) -> Solution:
        """Displacement at the nodes, shape (n, 2).

        Raises:
            ConvergenceError: a rigid motion is free, or the solve is inexact.
            ValueError: other coefficients, or out of range; edges that the mesh does not have.
        """
        return _solve(self, mesh, parameters)

    def stress(self, u: Expression, parameters: Parameters) -> Expression:
        """In-plane stress of a displacement, a 2 x 2 UFL tensor in the unit of E."""
        E, nu = _material(u, parameters, highest=0.5)
        return _hooke(u, E / (2 * (1 + nu)), E * nu / ((1 + nu) * (1 - 2 * nu)))


@final
@dataclass(frozen=True, kw_only=True)
class PlaneStress(PDE):
    """A thin sheet: no stress out of the plane. Coefficients: {"E", "nu"}, -1 < nu < 1.

    Attributes:
        degree: of the Lagrange elements.
        rtol: largest relative residual of the linear solve.
    """

    degree: int = 2
    rtol: float = 1e-9

    def __post_init__(self) -> None:
        _check_degree(self.degree)

    def solve(self, mesh: Mesh, parameters: Parameters) -> Solution:
        """Displacement at the nodes, shape (n, 2).

        Raises:
            ConvergenceError: a rigid motion is free, or the solve is inexact.
            ValueError: other coefficients, or out of range; edges that the mesh does not have.
        """
        return _solve(self, mesh, parameters)

    def stress(self, u: Expression, parameters: Parameters) -> Expression:
        """In-plane stress of a displacement, a 2 x 2 UFL tensor in the unit of E."""
        E, nu = _material(u, parameters, highest=1.0)
        return _hooke(u, E / (2 * (1 + nu)), E * nu / (1 - nu**2))


def _check_degree(degree: int) -> None:
    if degree < 1:
        raise ValueError(f"degree: expected at least 1, got {degree}")


def _material(
    u: Expression, parameters: Parameters, highest: float
) -> tuple[Expression, Expression]:
    """E and nu as run-time constants of the mesh of `u`, checked."""
    expect_coefficients(parameters.coefficients, ("E", "nu"))
    E, nu = parameters.coefficients["E"], parameters.coefficients["nu"]
    if not E > 0:
        raise ValueError(f"E: expected a positive number, got {E}")
    if not -1 < nu < highest:
        raise ValueError(f"nu: expected a number in (-1, {highest:g}), got {nu}")
    domain = u.ufl_function_space().mesh
    return constant(domain, E), constant(domain, nu)


def _strain(u: Expression) -> Expression:
    return ufl.sym(ufl.grad(u))


def _hooke(u: Expression, mu: Expression, lam: Expression) -> Expression:
    return 2 * mu * _strain(u) + lam * ufl.tr(_strain(u)) * ufl.Identity(2)


def _solve(law: PlaneStrain | PlaneStress, mesh: Mesh, parameters: Parameters) -> Solution:
    target = space(domain_of(mesh), degree=law.degree, shape=(2,))

    def a(u: Expression, v: Expression) -> Expression:
        return ufl.inner(law.stress(u, parameters), _strain(v)) * ufl.dx

    return solve_weak(target, a, parameters, law.rtol)

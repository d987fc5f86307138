"""Poisson's equation on triangles with Lagrange elements.

    - div(k grad u) = f,    u = g on fixed edges,    k du/dn = q on flux edges

Weak form: (k grad u, grad v) = (f, v) + <q, v>. For a smooth solution and elements of degree p the
error falls as h**(p+1) in L2 and as h**p in H1 (P. G. Ciarlet, The Finite Element Method for
Elliptic Problems, 1978, theorems 3.2.2 and 3.2.5).
"""

from dataclasses import dataclass
from typing import final

import ufl

from understudy.fem.adapter import Expression, constant, domain_of, space
from understudy.fem.pde import PDE, Parameters, Solution
from understudy.fem.weak import expect_coefficients, solve_weak
from understudy.mesh import Mesh

__all__ = ["Poisson"]


@final
@dataclass(frozen=True, kw_only=True)
class Poisson(PDE):
    """Poisson's equation. Coefficients: {"k"}, the conductivity, > 0.

    Attributes:
        degree: of the Lagrange elements.
        rtol: largest relative residual of the linear solve.
    """

    degree: int = 1
    rtol: float = 1e-9

    def __post_init__(self) -> None:
        if self.degree < 1:
            raise ValueError(f"degree: expected at least 1, got {self.degree}")

    def solve(self, mesh: Mesh, parameters: Parameters) -> Solution:
        """The field at the nodes, shape (n, 1).

        Raises:
            ConvergenceError: no value is fixed anywhere, or the solve is inexact.
            ValueError: other coefficients than {"k"}, k <= 0, edges that the mesh does not have.
        """
        expect_coefficients(parameters.coefficients, ("k",))
        if not parameters.coefficients["k"] > 0:
            raise ValueError(f"k: expected a positive number, got {parameters.coefficients['k']}")
        domain = domain_of(mesh)
        k = constant(domain, parameters.coefficients["k"])

        def a(u: Expression, v: Expression) -> Expression:
            return k * ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx

        return solve_weak(space(domain, degree=self.degree), a, parameters, self.rtol)

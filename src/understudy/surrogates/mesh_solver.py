"""Evolution equations at the nodes of a mesh, many samples at once.

Linear elements: u_xx is the Laplacian without flux through the edges,

    Lap u = -(I + (I - M_L^-1 M) / 2) M_L^-1 K u,

M the mass matrix and M_L the lumped one. On a regular mesh eigenvalues of M_L^-1 K are too small
by as much as those of M^-1 K are too great; this is the mean of both mass matrices, inverted to
first order, and of fourth order there. u_x is the derivative along the first coordinate, averaged
at nodes, and u_x^2 the square of the gradient.

Time goes by the classical Runge-Kutta method, in steps that its region of stability allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array, diags_array

from understudy.equations.equation import Equation
from understudy.equations.rhs import RightHandSide, first_order
from understudy.equations.runge_kutta import RungeKutta
from understudy.equations.terms import Derivative, Monomial, Symbol, Terms
from understudy.mesh import Mesh, mass_matrix, nodal_gradients, stiffness_matrix

__all__ = ["MeshSolver", "on_a_plane"]

_STABLE = 2.5
"""Of the classical method, along the negative and the imaginary axis, somewhat less."""
_SQUARED = -2
"""In the place of an order: the square of the gradient."""
_MOST = 400
"""Steps between two times beyond which nothing is tried: the field becomes infinite."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class MeshSolver:
    """A mesh and its operators.

    Attributes:
        mesh: triangles.
        growth: greatest size of a field over that of its start, for the length of a step.
    """

    mesh: Mesh
    growth: float = 1.5

    @cached_property
    def _laplace(self) -> csr_array:
        mass = mass_matrix(self.mesh)
        inverse = diags_array(1.0 / np.asarray(mass.sum(axis=1)).ravel())
        lumped = -(inverse @ stiffness_matrix(self.mesh))
        return csr_array(1.5 * lumped - 0.5 * (inverse @ mass @ lumped))

    @cached_property
    def _slopes(self) -> tuple[csr_array, csr_array]:
        return nodal_gradients(self.mesh)

    @cached_property
    def _greatest(self) -> float:
        """Magnitude of the greatest eigenvalue of the Laplacian, by Gershgorin's discs."""
        return float(np.abs(self._laplace).sum(axis=1).max())

    def derivative(self, u: Float[np.ndarray, "*b X"], order: int) -> Float[np.ndarray, "*b X"]:
        """Derivatives of fields at the nodes.

        Raises:
            ValueError: an order that is not 1, 2 or 4.
        """
        if order == _SQUARED:
            return self._applied(self._slopes[0], u) ** 2 + self._applied(self._slopes[1], u) ** 2
        if order not in (1, 2, 4):
            raise ValueError(f"derivative: expected of order 1, 2 or 4 on a mesh, got {order}")
        found = self._applied(self._slopes[0] if order == 1 else self._laplace, u)
        return self._applied(self._laplace, found) if order == 4 else found

    @staticmethod
    def _applied(operator: csr_array, u: np.ndarray) -> np.ndarray:
        found = operator @ u.reshape(-1, u.shape[-1]).T
        return np.ascontiguousarray(found.T).reshape(u.shape)

    def solve(
        self,
        equation: Equation,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "D n X"],
        times: Float[np.ndarray, " T"],
    ) -> Float[np.ndarray, "n T D X"]:
        """Fields at times.

        Args:
            equation: of one state.
            values: of its parameters, a column a sample.
            start: the field, and for an equation of second order its rate: D = 1 or 2.
            times: evenly spaced, the first is that of the start.

        Raises:
            ValueError: a derivative of third order.
        """
        step = float(times[1] - times[0])
        speed = self._speed(equation, values, float(np.abs(start[0]).max(initial=0.0)))
        many = int(np.clip(np.ceil(step * speed / _STABLE), 1, _MOST + 1))
        if many > _MOST or not np.isfinite(speed):
            return np.full((start.shape[1], len(times), *start.shape[::2]), np.inf)
        right = RightHandSide(
            first_order(on_a_plane(equation)), derive=self.derivative, x=self.mesh.points[:, 0]
        )
        return RungeKutta(substeps=many, block=64).solve(right, values, start, times)

    def _speed(self, equation: Equation, values: np.ndarray, size: float) -> float:
        """A bound of the rates of the linearised equation."""
        numbers = dict(
            zip(equation.parameters, np.abs(values).max(axis=1, initial=0.0), strict=True)
        )
        total = sum(
            abs(number) * self._rate(monomial, numbers, self.growth * size, equation.states[0])
            for monomial, number in equation.right[0]
        )
        return float(np.sqrt(total) if equation.orders[0] == 2 else total)

    def _rate(
        self, monomial: Monomial, numbers: Mapping[str, float], size: float, state: str
    ) -> float:
        found = 1.0
        for factor, exponent in monomial:
            if isinstance(factor, Derivative):
                # Of a square one slope stays as it is, a wave of half the domain.
                found *= self._greatest ** (factor.order / 2) * (np.pi * size) ** (exponent - 1)
            elif isinstance(factor, Symbol):
                own = size if factor.name == state else numbers.get(factor.name, 1.0)
                found *= float(own) ** exponent
        return found


def on_a_plane(equation: Equation) -> Equation:
    """With the square of the gradient for that of u_x, to be read by `MeshSolver.derivative`."""
    right = []
    for terms in equation.right:
        total = Terms(())
        for monomial, number in terms:
            product = Terms.number(number)
            for factor, exponent in monomial:
                if isinstance(factor, Derivative) and (factor.order, exponent) == (1, 2.0):
                    product = product * Terms.factor(Derivative(factor.name, _SQUARED))
                else:
                    product = product * Terms.factor(factor, exponent)
            total += product
        right.append(total)
    return Equation(states=equation.states, orders=equation.orders, right=tuple(right))

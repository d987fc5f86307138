"""Evolution equations on triangles, from the same list of terms as everywhere else.

A term g(u) u_xx becomes, by parts and without flux through free edges, - (grad u, grad(g v)): on a
plane domain `u_xx` is the Laplacian, `u_x^2` the square of the gradient, and `u_x` alone the
derivative along the first coordinate. For `u_xxxx` the Laplacian w is an unknown of its own, for a
second time derivative the rate is. Time goes by the implicit midpoint rule (Hairer, Lubich &
Wanner 2006, section II.1.1),

    (U_1 - U_0) / h = F((U_0 + U_1) / 2),

of second order, which keeps the energy of waves and the mass that F keeps; each step is solved by
Newton's method, whose matrix is kept for as long as it serves.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
import ufl
from dolfinx import fem
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.terms import Call, Derivative, Factor, Symbol, Terms
from understudy.fem.adapter import (
    Expression,
    chords,
    compiled,
    constant,
    dirichlet,
    domain_of,
    interpolate,
    space,
    vertex_values,
)
from understudy.fem.pde import Fixed
from understudy.mesh import Mesh

__all__ = ["Evolution", "weak_rate"]

Field = Callable[[Float[np.ndarray, "3 n"]], np.ndarray]
"""Values at coordinates."""

_FUNCTIONS = {
    "cos": ufl.cos, "exp": ufl.exp, "inv": lambda v: 1 / v, "sin": ufl.sin, "tanh": ufl.tanh,
}  # fmt: skip


def weak_rate(
    terms: Terms, known: Mapping[str, Expression], name: str, bent: Expression, v: Expression
) -> Expression:
    """The integrand of (f(u), v), derivatives of second and fourth order by parts.

    Args:
        terms: f, of one state.
        known: expressions of the state, the coordinates and the parameters by name.
        name: of the state.
        bent: the Laplacian of the state, for derivatives of fourth order.
        v: test function.

    Raises:
        ValueError: a product of derivatives that has no such form.
    """
    u, total = known[name], 0
    for monomial, number in terms:
        slopes = [(f.order, e) for f, e in monomial if isinstance(f, Derivative)]
        g: Expression = number
        for factor, exponent in monomial:
            if not isinstance(factor, Derivative):
                g = g * _value(factor, known) ** _whole(exponent)
        if not slopes:
            total += g * v
        elif slopes == [(1, 1.0)]:
            total += g * u.dx(0) * v
        elif slopes == [(1, 2.0)]:
            total += g * ufl.inner(ufl.grad(u), ufl.grad(u)) * v
        elif slopes == [(2, 1.0)]:
            total += -ufl.inner(ufl.grad(u), ufl.grad(g * v))
        elif slopes == [(4, 1.0)]:
            total += -ufl.inner(ufl.grad(bent), ufl.grad(g * v))
        else:
            raise ValueError(
                "equation: expected u_x, u_x^2, u_xx or u_xxxx in a product, got derivatives of "
                f"orders {[order for order, _ in slopes]}"
            )
    return total


def _whole(exponent: float) -> float | int:
    return int(exponent) if exponent == int(exponent) else exponent


def _value(factor: Factor, known: Mapping[str, Expression]) -> Expression:
    if isinstance(factor, Symbol):
        return known[factor.name]
    if isinstance(factor, Call):
        total: Expression = 0
        for monomial, number in factor.argument:
            product: Expression = number
            for inner, exponent in monomial:
                product = product * _value(inner, known) ** _whole(exponent)
            total = total + product
        return _FUNCTIONS[factor.name](total)
    raise ValueError(f"function: expected no derivative inside, got one of {factor.name}")


@final
@dataclass(frozen=True, kw_only=True)
class Evolution:
    """An equation of one state on a mesh.

    Attributes:
        equation: with parameters.
        degree: of the Lagrange elements.
        substeps: steps between two times that are asked for.
        rtol: of Newton's method.
    """

    equation: Equation
    degree: int = 1
    substeps: int = 1
    rtol: float = 1e-10

    def __post_init__(self) -> None:
        if len(self.equation.states) != 1:
            raise ValueError(
                f"equation: expected one state, got {', '.join(self.equation.states)}"
            )
        if self.degree < 1 or self.substeps < 1:
            raise ValueError(
                f"degree, substeps: expected at least 1, got {self.degree}, {self.substeps}"
            )

    def solve(
        self,
        mesh: Mesh,
        values: Mapping[str, float],
        start: Field,
        times: Float[np.ndarray, " T"],
        *,
        rate: Field | None = None,
        fixed: Sequence[Fixed] = (),
    ) -> Float[np.ndarray, "T n"]:
        """Nodal values of the state at times.

        Args:
            mesh: of the domain.
            values: of the parameters.
            start: the state at the first time.
            times: rising.
            rate: how fast it changes then, for an equation of second order; None: at rest.
            fixed: Dirichlet conditions of the state; through other edges nothing flows.

        Raises:
            ValueError: other parameters than those of the equation.
            ConvergenceError: Newton's method failed; shorter steps help.
        """
        if set(values) != set(self.equation.parameters):
            raise ValueError(
                f"values: expected those of {', '.join(self.equation.parameters)}, "
                f"got {', '.join(values)}"
            )
        domain = domain_of(mesh)
        twice, fourth = self.equation.orders[0] == 2, _fourth(self.equation)
        count = 1 + twice + fourth
        shape = (count,) if count > 1 else ()
        whole = space(domain, degree=self.degree, shape=shape)
        old, new = fem.Function(whole), fem.Function(whole)
        step, now = (constant(domain, 0.0) for _ in range(2))
        known = {p: constant(domain, v) for p, v in values.items()}
        form = self._residual(domain, whole, old, new, step, now, known)
        equation, jacobian = compiled(form), compiled(ufl.derivative(form, new))

        def first(x: np.ndarray) -> np.ndarray:
            rows = [np.asarray(start(x), dtype=float)]
            rows += [np.zeros(x.shape[1]) if rate is None else rate(x)] if twice else []
            rows += [np.zeros(x.shape[1])] if fourth else []
            return np.stack(rows) if count > 1 else rows[0]

        interpolate(new, first)
        held = [dirichlet(whole, f.at, f.value, 0 if count > 1 else None) for f in fixed]
        found = [vertex_values(new)[:, 0]]
        with chords(equation, new, held, jacobian=jacobian, rtol=self.rtol) as advance:
            for t, later in pairwise(times):
                h = (later - t) / self.substeps
                step.value = h
                for i in range(self.substeps):
                    now.value = t + (i + 0.5) * h
                    old.x.array[:] = new.x.array
                    advance()
                found.append(vertex_values(new)[:, 0])
        return np.stack(found)

    def _residual(
        self,
        domain: Expression,
        whole: fem.FunctionSpace,
        old: fem.Function,
        new: fem.Function,
        step: Expression,
        now: Expression,
        known: Mapping[str, Expression],
    ) -> Expression:
        """The midpoint rule, tested."""
        name, (order,) = self.equation.states[0], self.equation.orders
        test, middle = ufl.TestFunction(whole), (old + new) / 2
        x, count = ufl.SpatialCoordinate(domain), whole.num_sub_spaces
        parts = [(old, new, middle, test)]
        if count:
            parts = [(old[i], new[i], middle[i], test[i]) for i in range(count)]
        u_old, u_new, u, v = parts[0]
        # The Laplacian is that of the middle; it has no past of its own.
        bent = parts[-1][1] if _fourth(self.equation) else 0
        every = {**known, name: u, "t": now, "x": x[0]}
        rate = weak_rate(self.equation.right[0], every, name, bent, parts[order - 1][3])
        if order == 1:
            form = (u_new - u_old) / step * v - rate
        else:
            r_old, r_new, r, q = parts[1]
            form = ((u_new - u_old) / step - r) * v + (r_new - r_old) / step * q - rate
        if _fourth(self.equation):
            form = form + bent * parts[-1][3] + ufl.inner(ufl.grad(u), ufl.grad(parts[-1][3]))
        return form * ufl.dx


def _fourth(equation: Equation) -> bool:
    return any(
        isinstance(f, Derivative) and f.order == 4
        for terms in equation.right
        for f in terms.factors
    )

"""What linear equations share: find u with a(u, v) = (f, v) + <t, v> for all v.

An equation brings a(u, v); loads, boundary conditions, the solve and the way back to the nodes of
the input mesh are the same for all.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh

from understudy.fem.adapter import (
    Expression,
    assemble_scalar,
    constant,
    dirichlet,
    facet_measure,
    solve_linear,
    vertex_values,
)
from understudy.fem.pde import Parameters, Solution

__all__ = ["expect_coefficients", "solve_weak"]


def expect_coefficients(given: Mapping[str, float], names: Sequence[str]) -> None:
    """Raise a ValueError unless `given` has exactly these names."""
    if set(given) != set(names):
        raise ValueError(f"coefficients: expected {sorted(names)}, got {sorted(given)}")


def solve_weak(
    target: fem.FunctionSpace,
    a: Callable[[Expression, Expression], Expression],
    parameters: Parameters,
    rtol: float,
) -> Solution:
    """Solve for the symmetric and, once held, positive definite form `a(u, v)` of UFL arguments.

    Raises:
        ConvergenceError: a singular matrix or a relative residual above `rtol`.
        ValueError: a condition on nodes or edges that the mesh does not have.
    """
    domain = target.mesh
    u, v = ufl.TrialFunction(target), ufl.TestFunction(target)
    held = [dirichlet(target, c.at, c.value, c.component) for c in parameters.fixed]
    solved = solve_linear(
        a(u, v), _load(domain, v, parameters), target, held, definite=True, rtol=rtol
    )
    return Solution(
        values=vertex_values(solved.value),
        energy=0.5 * assemble_scalar(a(solved.value, solved.value)),
        residual=solved.residual,
        function=solved.value,
    )


def _load(domain: dmesh.Mesh, v: Expression, parameters: Parameters) -> ufl.Form:
    x, normal = ufl.SpatialCoordinate(domain), ufl.FacetNormal(domain)
    source = parameters.source
    given: Expression = np.zeros(v.ufl_shape).tolist() if source is None else source
    load = ufl.inner(given(x) if callable(given) else constant(domain, given), v) * ufl.dx
    if parameters.flux:
        ds = facet_measure(domain, [c.at for c in parameters.flux])
        for tag, c in enumerate(parameters.flux):
            enters = c.value(x, normal) if callable(c.value) else constant(domain, c.value)
            load += ufl.inner(enters, v) * ds(tag)
    return load

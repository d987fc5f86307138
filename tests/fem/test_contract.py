"""What every equation promises, whatever its physics."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
import ufl

from understudy import fem
from understudy.fem.adapter import assemble_scalar

YOUNG, POISSON = 3.0, 0.3
MU = YOUNG / (2 * (1 + POISSON))
LAM_STRAIN = YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))
LAM_STRESS = YOUNG * POISSON / (1 - POISSON**2)


def wave(x, lib=ufl):
    return lib.sin(2 * x[0]) * lib.cos(3 * x[1])


def swirl(x, lib=ufl):
    return lib.sin(2 * x[0]) * lib.cos(3 * x[1]), lib.cos(x[0]) * lib.sin(2 * x[1] + 1)


def heat_source(x):
    return -ufl.div(2.0 * ufl.grad(wave(x)))


def body_force(lam: float) -> Callable:
    def force(x):
        u = ufl.as_vector(swirl(x))
        strain = ufl.sym(ufl.grad(u))
        return -ufl.div(2 * MU * strain + lam * ufl.tr(strain) * ufl.Identity(2))

    return force


@dataclass(frozen=True, kw_only=True)
class Case:
    spec: fem.PDE
    coefficients: dict = field(default_factory=dict)
    exact: Callable  # (UFL or NumPy position, library) -> components
    source: Callable
    linear: Callable  # a field that all elements represent
    rigid: Callable  # a field that stores no energy


def heat(degree: int) -> Case:
    return Case(
        spec=fem.Poisson(degree=degree),
        coefficients={"k": 2.0},
        exact=wave,
        source=heat_source,
        linear=lambda x: 1 + 2 * x[0] - 3 * x[1],
        rigid=lambda x: 7 + 0 * x[0],
    )


def elastic(spec: fem.PDE, lam: float) -> Case:
    return Case(
        spec=spec,
        coefficients={"E": YOUNG, "nu": POISSON},
        exact=swirl,
        source=body_force(lam),
        linear=lambda x: np.stack([1 + 2 * x[0] - x[1], x[0] + 3 * x[1] - 2]),
        rigid=lambda x: np.stack([1 - 0.5 * x[1], 2 + 0.5 * x[0]]),
    )


READY = [
    heat(1),
    heat(2),
    elastic(fem.PlaneStrain(degree=1), LAM_STRAIN),
    elastic(fem.PlaneStrain(degree=2), LAM_STRAIN),
    elastic(fem.PlaneStress(degree=1), LAM_STRESS),
    elastic(fem.PlaneStress(degree=2), LAM_STRESS),
]
every = pytest.mark.parametrize("case", READY, ids=lambda case: repr(case.spec))


def solve(case: Case, mesh, boundary: Callable, source=None) -> fem.Solution:
    rim = fem.boundary_edges(mesh, lambda p: np.ones(len(p), dtype=bool))
    fixed = (fem.Fixed(at=rim, value=boundary),)
    parameters = fem.Parameters(coefficients=case.coefficients, source=source, fixed=fixed)
    return case.spec.solve(mesh, parameters)


def errors(case: Case, solution: fem.Solution) -> tuple[float, float]:
    """L2 and H1-seminorm errors; the rule is exact to two degrees above the error's own."""
    domain = solution.function.function_space.mesh
    exact = case.exact(ufl.SpatialCoordinate(domain))
    exact = ufl.as_vector(exact) if isinstance(exact, tuple) else exact
    dx = ufl.dx(metadata={"quadrature_degree": 2 * case.spec.degree + 4})
    gap = solution.function - exact
    steep = ufl.grad(solution.function) - ufl.grad(exact)
    return (
        assemble_scalar(ufl.inner(gap, gap) * dx) ** 0.5,
        assemble_scalar(ufl.inner(steep, steep) * dx) ** 0.5,
    )


def test_every_equation_of_the_family_signs_the_contract():
    public = [getattr(fem, name) for name in fem.__all__]
    methods = {m for m in public if isinstance(m, type) and issubclass(m, fem.PDE)} - {fem.PDE}
    assert {type(case.spec) for case in READY} == methods


@every
def test_the_error_falls_with_the_order_of_the_elements(case, grid):
    """|u - u_h| ~ h^(p+1) in L2 and h^p in H1, for a solution that no element represents."""

    def at_boundary(x):
        return np.array(case.exact(x, np))

    coarse, fine = (errors(case, solve(case, grid(n), at_boundary, case.source)) for n in (12, 24))
    rates = np.log2(np.divide(coarse, fine))
    np.testing.assert_allclose(rates, [case.spec.degree + 1, case.spec.degree], atol=0.1)


@every
def test_a_linear_field_passes_the_patch_test(case, grid):
    """Elements of any shape reproduce a linear field, up to rounding: eps times cond(A)."""
    mesh = grid(6, shake=0.3)
    solution = solve(case, mesh, case.linear)
    truth = np.atleast_2d(case.linear(mesh.points.T)).T
    np.testing.assert_allclose(solution.values, truth, atol=1e-12)


@every
def test_a_rigid_motion_stores_no_energy(case, grid):
    """a(u, u) = 0 for a translation with a small rotation (a constant, for a scalar)."""
    mesh = grid(6, shake=0.3)
    rigid, strained = solve(case, mesh, case.rigid), solve(case, mesh, case.linear)
    assert 0 <= abs(rigid.energy) <= np.finfo(float).eps * strained.energy


@every
def test_the_solve_reports_its_residual(case, grid):
    assert 0 <= solve(case, grid(4), case.linear).residual <= case.spec.rtol


@every
def test_the_same_solve_gives_the_same_bits(case, grid):
    first, second = (solve(case, grid(5), case.linear).values for _ in range(2))
    assert np.array_equal(first, second)


@every
def test_missing_coefficients_are_named(case, grid):
    with pytest.raises(ValueError, match=r"coefficients: expected \[.*\], got \['x'\]"):
        case.spec.solve(grid(2), fem.Parameters(coefficients={"x": 1.0}))


@every
def test_a_degree_below_one_is_refused(case):
    with pytest.raises(ValueError, match="degree: expected at least 1, got 0"):
        type(case.spec)(degree=0)

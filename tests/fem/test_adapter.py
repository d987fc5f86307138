"""The words that hide which DOLFINx is installed."""

import os

import numpy as np
import pytest
import ufl
from petsc4py import PETSc

from understudy import fem
from understudy.fem import adapter
from understudy.mesh import Mesh, area


def rim(mesh):
    return fem.boundary_edges(mesh, lambda p: np.ones(len(p), dtype=bool))


def new(domain, **kind):
    """A zero function, and the space it lives in."""
    from dolfinx.fem import Function

    return Function(adapter.space(domain, **kind))


def test_values_come_back_in_the_order_of_the_input(grid):
    """x + 2 y at the nodes of a mesh with nodes and triangles shuffled, for degrees 1 to 3."""
    plain, rng = grid(6, shake=0.2), np.random.default_rng(1)
    order = rng.permutation(len(plain.points))
    number = np.argsort(order)
    triangles = number[plain.triangles][rng.permutation(len(plain.triangles))]
    mesh = Mesh(points=plain.points[order], triangles=triangles)
    for degree in (1, 2, 3):
        f = new(adapter.domain_of(mesh), degree=degree)
        adapter.interpolate(f, lambda x: x[0] + 2 * x[1])
        np.testing.assert_allclose(
            adapter.vertex_values(f)[:, 0], mesh.points @ [1, 2], atol=1e-14
        )


def test_an_edge_that_is_not_there_is_named(grid):
    mesh = grid(3)
    space = adapter.space(adapter.domain_of(mesh))
    with pytest.raises(ValueError, match=r"expected edges of the mesh, got \[0, 15\]"):
        adapter.dirichlet(space, np.array([[0, 1], [0, 15]]), 0.0)


def test_conditions_hold_nodes_edges_components_and_functions(grid):
    """Each kind of Dirichlet condition shows up in the solution where it was set."""
    mesh = grid(4)
    domain = adapter.domain_of(mesh)
    space = adapter.space(domain, degree=2, shape=(2,))
    west = fem.boundary_edges(mesh, lambda p: p[:, 0] == 0)
    east = fem.boundary_edges(mesh, lambda p: p[:, 0] == 1)
    held = [
        adapter.dirichlet(space, west, (1.0, 2.0)),
        adapter.dirichlet(space, east, lambda x: x[1] ** 2, component=0),
        adapter.dirichlet(space, np.array([4]), -3.0, component=1),
    ]
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    load = ufl.inner(adapter.constant(domain, (0.0, 0.0)), v) * ufl.dx
    a = ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx
    solution = adapter.solve_linear(a, load, space, held).value
    values = adapter.vertex_values(solution)
    np.testing.assert_allclose(values[np.unique(west)], [[1, 2]] * 5, atol=1e-14)
    nodes = np.unique(east)
    np.testing.assert_allclose(values[nodes, 0], mesh.points[nodes, 1] ** 2, atol=1e-14)
    assert values[4, 1] == pytest.approx(-3)
    middle = adapter.evaluate(solution, np.array([[1.0, 0.125]]))  # of an edge
    assert middle[0, 0] == pytest.approx(0.125**2)


def test_a_point_outside_the_mesh_has_no_value(grid):
    f = adapter.interpolate(new(adapter.domain_of(grid(5))), lambda x: x[0] + 2 * x[1])
    inside, outside = adapter.evaluate(f, np.array([[0.25, 0.5], [2.0, 2.0]]))[:, 0]
    assert inside == pytest.approx(1.25)
    assert np.isnan(outside)
    assert np.isnan(adapter.evaluate(f, np.array([[9.0, 9.0]]))).all()


def test_projection_reproduces_linear_fields_and_keeps_integrals(grid):
    """L2 projection is the identity on P1, and its error is orthogonal to constants."""
    mesh = grid(5, shake=0.2)
    domain = adapter.domain_of(mesh)
    x = ufl.SpatialCoordinate(domain)
    linear, cubic = adapter.project(domain, (1 + x[0] - 2 * x[1], x[0] ** 3))
    truth = 1 + mesh.points @ [1, -2]
    np.testing.assert_allclose(adapter.vertex_values(linear)[:, 0], truth, atol=1e-12)
    nodal = adapter.vertex_values(cubic)[:, 0]
    integral = area(mesh) @ nodal[mesh.triangles].mean(axis=1)
    assert integral == pytest.approx(0.25, rel=1e-12)


def test_a_field_that_is_not_finite_is_not_projected(grid):
    domain = adapter.domain_of(grid(3))
    x = ufl.SpatialCoordinate(domain)
    with pytest.raises(adapter.ConvergenceError, match="not finite"):
        adapter.project(domain, (1 / (x[0] - x[0]),))


@pytest.mark.parametrize("shape", [(), (2,), (2, 2)])
def test_quadrature_values_integrate_exactly(shape, grid):
    """The integral of x y over the unit square is 1/4, by a rule of degree 2."""
    domain = adapter.domain_of(grid(3))
    x = ufl.SpatialCoordinate(domain)
    q = new(domain, family="Quadrature", degree=2, shape=shape)
    field, entry = {
        (): (x[0] * x[1], lambda: q),
        (2,): (x[0] * x, lambda: q[1]),
        (2, 2): (ufl.outer(x, x), lambda: q[0, 1]),
    }[shape]
    adapter.interpolate(q, field)
    dx = ufl.Measure("dx", domain=domain, metadata={"quadrature_degree": 2})
    assert adapter.assemble_scalar(entry() * dx) == pytest.approx(0.25)


def test_taylor_hoods_element_solves_poiseuille_flow(grid):
    """u = (y (1 - y), 0) lies in the space: the centre flows at 1/4."""
    mesh = grid(4)
    domain = adapter.domain_of(mesh)
    parts = (adapter.element(domain, "Lagrange", 2, (2,)), adapter.element(domain, "Lagrange", 1))
    space = adapter.mixed_space(domain, parts)
    (u, p), (v, q) = ufl.TrialFunctions(space), ufl.TestFunctions(space)
    a = (ufl.inner(ufl.grad(u), ufl.grad(v)) - p * ufl.div(v) - q * ufl.div(u)) * ufl.dx
    load = ufl.inner(adapter.constant(domain, (0.0, 0.0)), v) * ufl.dx

    def profile(x):
        return np.stack([x[1] * (1 - x[1]), 0 * x[0]])

    walls = fem.boundary_edges(mesh, lambda p: (p[:, 0] == 0) | (p[:, 1] == 0) | (p[:, 1] == 1))
    walls = walls[~(mesh.points[walls][:, :, 0] == 1).all(axis=1)]  # the outlet is free
    held = [adapter.dirichlet(space, walls, profile, component=0)]
    flow = adapter.solve_linear(a, load, space, held).value.sub(0).collapse()
    assert adapter.evaluate(flow, np.array([[0.5, 0.5]]))[0] == pytest.approx([0.25, 0], abs=1e-10)


def test_a_submesh_knows_its_parents(grid):
    domain = adapter.domain_of(grid(4))
    cells = np.array([3, 7, 8, 20])
    part, parents = adapter.submesh(domain, cells)
    assert sorted(parents) == sorted(cells)
    one = adapter.constant(part, 1.0)
    assert adapter.assemble_scalar(one * ufl.dx(domain=part)) == pytest.approx(4 / 32)


def nonlinear(grid):
    """-div((1 + u^2) grad u) = f with u = 1 + x + 2 y, which linear elements represent."""
    mesh = grid(6)
    domain = adapter.domain_of(mesh)
    u = new(domain)
    v, x = ufl.TestFunction(u.function_space), ufl.SpatialCoordinate(domain)
    truth = 1 + x[0] + 2 * x[1]
    f = -ufl.div((1 + truth**2) * ufl.grad(truth))
    equation = (1 + u**2) * ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx - f * v * ufl.dx
    held = [adapter.dirichlet(u.function_space, rim(mesh), lambda x: 1 + x[0] + 2 * x[1])]
    return mesh, equation, u, held


def test_newton_converges_quadratically(grid):
    """From a poor start in at most 8 steps; the truth is met to the order of the mesh."""
    mesh, equation, u, held = nonlinear(grid)
    solved = adapter.newton(equation, u, held)
    assert 2 <= solved.iterations <= 8
    assert solved.residual <= 1e-10
    error = np.abs(adapter.vertex_values(u)[:, 0] - (1 + mesh.points @ [1, 2])).max()
    assert error < 1 / 6**2


def test_newton_without_time_to_converge_says_what_to_try(grid):
    _, equation, u, held = nonlinear(grid)
    with pytest.raises(adapter.ConvergenceError, match=r"within 1 steps.*try smaller load steps"):
        adapter.newton(equation, u, held, steps=1)


def test_chords_solve_what_newton_solves_and_keep_their_factors(grid):
    """Load after load: the answers of Newton's method."""
    _, equation, u, held = nonlinear(grid)
    load = adapter.constant(u.function_space.mesh, 1.0)
    v = ufl.TestFunction(u.function_space)
    loaded = equation - (load - 1) * v * ufl.dx
    with adapter.chords(loaded, u, held, jacobian=ufl.derivative(loaded, u)) as solve:
        assert solve() > 1
        load.value = 1.5
        few = solve()
        found = u.x.array.copy()
    adapter.newton(loaded, u, held)
    assert few <= 12
    assert np.abs(found - u.x.array).max() < 1e-9


def test_chords_of_a_linear_equation_take_one_step(grid):
    _, _, u, held = nonlinear(grid)
    v = ufl.TestFunction(u.function_space)
    load = adapter.constant(u.function_space.mesh, 1.0)
    equation = ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx - load * v * ufl.dx
    with adapter.chords(equation, u, held, jacobian=ufl.derivative(equation, u), steps=1) as solve:
        counts = [solve()]
        load.value = 2.0
        counts.append(solve())
    assert counts == [1, 1]


def test_chords_that_do_not_converge_say_what_to_try(grid):
    _, equation, u, held = nonlinear(grid)
    tangent = ufl.derivative(equation, u)
    with (
        adapter.chords(equation, u, held, jacobian=tangent, steps=1) as solve,
        pytest.raises(
            adapter.ConvergenceError, match=r"within 1 steps.*try smaller steps in time"
        ),
    ):
        solve()


def test_newton_stops_at_a_residual_that_is_not_finite(grid):
    _, _, u, held = nonlinear(grid)
    v = ufl.TestFunction(u.function_space)
    equation = ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx - ufl.ln(-1 - u**2) * v * ufl.dx
    with pytest.raises(adapter.ConvergenceError, match="got nan"):
        adapter.newton(equation, u, held)


def test_an_inexact_linear_solve_is_refused(grid):
    """No solve beats rounding, so a tolerance below it must raise and name the residual."""
    mesh = grid(4)
    parameters = fem.Parameters(
        coefficients={"k": 1.0}, source=1.0, fixed=(fem.Fixed(at=rim(mesh)),)
    )
    with pytest.raises(fem.ConvergenceError, match=r"<= 1e-30, got \d"):
        fem.Poisson(rtol=1e-30).solve(mesh, parameters)


def resident() -> float:
    """Memory of this process in MB."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


@pytest.mark.parametrize("many", [100, pytest.param(600, marks=pytest.mark.slow)])
def test_solves_leave_nothing_behind(many, grid):
    """Neither memory nor PETSc's global table of options grows with the number of solves.

    A factor that is not released costs about 0.1 MB a solve; the heap's own noise is below 1 MB.
    """
    mesh = grid(5)
    parameters = fem.Parameters(
        coefficients={"k": 1.0}, source=1.0, fixed=(fem.Fixed(at=rim(mesh)),)
    )
    memory, options = [], []
    for repetitions in (50, many):
        for _ in range(repetitions):
            solution = fem.Poisson().solve(mesh, parameters)
            domain = solution.function.function_space.mesh
            adapter.project(domain, (solution.function**2,))
        memory.append(resident())
        options.append(len(PETSc.Options().getAll()))
    assert memory[1] - memory[0] < 2
    assert options[1] == options[0]


def test_every_part_of_the_stack_has_a_version():
    found = fem.versions()
    assert {"dolfinx", "petsc", "ufl", "gmsh"} <= set(found)
    assert all(version[0].isdigit() for version in found.values())

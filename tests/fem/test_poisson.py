"""Poisson's equation where the answer is known by hand."""

import numpy as np
import pytest

from understudy import fem
from understudy.mesh import boundary_loop


def side(mesh, axis, at):
    return fem.boundary_edges(mesh, lambda p: p[:, axis] == at)


def test_a_flux_through_a_wall_makes_a_linear_profile(grid):
    """k u' = q: u = q x / k, whatever the mesh."""
    mesh = grid(5, shake=0.2)
    parameters = fem.Parameters(
        coefficients={"k": 4.0},
        fixed=(fem.Fixed(at=side(mesh, 0, 0.0)),),
        flux=(fem.Flux(at=side(mesh, 0, 1.0), value=3.0),),
    )
    solution = fem.Poisson().solve(mesh, parameters)
    np.testing.assert_allclose(solution.values[:, 0], 0.75 * mesh.points[:, 0], atol=1e-13)
    assert solution.energy == pytest.approx(4.0 * 0.75**2 / 2)


def test_a_uniform_source_makes_a_parabola(grid):
    """-k u'' = f between fixed walls: u = f x (1 - x) / (2 k), exact at nodes for degree 2."""
    mesh = grid(5, shake=0.2)
    walls = np.concatenate([side(mesh, 0, 0.0), side(mesh, 0, 1.0)])
    parameters = fem.Parameters(coefficients={"k": 2.0}, source=8.0, fixed=(fem.Fixed(at=walls),))
    solution = fem.Poisson(degree=2).solve(mesh, parameters)
    x = mesh.points[:, 0]
    np.testing.assert_allclose(solution.values[:, 0], 2 * x * (1 - x), atol=1e-13)


def test_no_interior_value_exceeds_the_boundary(grid):
    """Maximum principle: without a source, linear elements on triangles without obtuse angles."""
    mesh = grid(8)
    rim = fem.boundary_edges(mesh, lambda p: np.ones(len(p), dtype=bool))
    fixed = (fem.Fixed(at=rim, value=lambda x: np.sin(7 * x[0]) * np.cos(5 * x[1])),)
    parameters = fem.Parameters(coefficients={"k": 1.0}, fixed=fixed)
    values = fem.Poisson().solve(mesh, parameters).values[:, 0]
    border = values[boundary_loop(mesh)]
    inside = np.delete(values, boundary_loop(mesh))
    assert border.min() < inside.min() < inside.max() < border.max()


def test_a_field_fixed_nowhere_is_refused(grid):
    parameters = fem.Parameters(coefficients={"k": 1.0}, source=1.0)
    with pytest.raises(fem.ConvergenceError):
        fem.Poisson().solve(grid(3), parameters)


def test_an_edge_loaded_twice_is_refused(grid):
    mesh = grid(2)
    flux = fem.Flux(at=side(mesh, 0, 1.0), value=1.0)
    parameters = fem.Parameters(coefficients={"k": 1.0}, flux=(flux, flux))
    with pytest.raises(ValueError, match="got one in two places"):
        fem.Poisson().solve(mesh, parameters)


def test_a_boundary_that_is_nowhere_is_refused(grid):
    with pytest.raises(ValueError, match="got none"):
        side(grid(2), 0, 7.0)


def test_a_conductivity_of_zero_is_refused(grid):
    with pytest.raises(ValueError, match="k: expected a positive number, got 0"):
        fem.Poisson().solve(grid(2), fem.Parameters(coefficients={"k": 0.0}))

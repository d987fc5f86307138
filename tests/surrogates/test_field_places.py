"""Lines and meshes: modes, reflections, and equations solved at the nodes of a mesh."""

import numpy as np
import pytest

pytest.importorskip("dolfinx")

from understudy.equations.parse import parse
from understudy.equations.rhs import Periodic
from understudy.equations.spectral import Spectral
from understudy.fem.domains import domain
from understudy.mesh import mass_matrix, refined
from understudy.surrogates.field_places import Line, Place, Plane, waves
from understudy.surrogates.mesh_solver import MeshSolver

LINE = Periodic(length=2.0, points=64)
SPECTRAL = Spectral(line=LINE, steps=60)
TIMES = np.linspace(0.0, 0.5, 9)


def test_parities():
    """Half of the waves each: cosines with the constant, and sines."""
    even, odd, both = (waves(LINE, 5, p) for p in ("even", "odd", "none"))
    assert [m.values.shape[1] for m in (even, odd, both)] == [6, 5, 11]
    assert np.allclose(even.values[1:], even.values[:0:-1])
    assert np.allclose(odd.values[1:], -odd.values[:0:-1])
    assert sorted(both.groups.tolist()) == [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    with pytest.raises(ValueError, match="parity, waves: expected one of none, even, odd"):
        waves(LINE, 5, "both")


@pytest.mark.parametrize("parity", ["none", "even", "odd"])
def test_reflection_keeps_fields_of_the_parity(parity):
    place = Line(solver=SPECTRAL, count=32, parity=parity)
    assert isinstance(place, Place)
    field = place.modes(4).values[place.at].sum(axis=1)
    half = field.copy()
    rest = np.setdiff1d(np.arange(32), place.own)
    half[rest] = np.nan
    assert np.allclose(place.mirrored(half), field)
    assert len(place.own) == (32 if parity == "none" else 17)
    assert np.allclose(place.points[:, 0], np.arange(32) / 16)


def test_a_line_has_nothing_finer():
    assert Line(solver=SPECTRAL, count=32).finer() is None


def test_bad_lines_are_refused():
    with pytest.raises(ValueError, match="count, parity: expected a divisor of 64"):
        Line(solver=SPECTRAL, count=60)


def test_modes_of_a_mesh_are_orthonormal():
    """In the lumped mass of the finer one, from which those at its nodes are; one is constant."""
    place = Plane(mesh=domain("disc", 0.1))
    finest = place.finer()
    assert isinstance(place, Place)
    assert isinstance(finest, Place)
    assert finest.finer() is None
    assert np.array_equal(finest.solver.mesh.points[finest.at], place.points)
    values = finest.modes(8).values
    assert np.allclose(values[finest.at], place.modes(8).values)
    mass = np.asarray(mass_matrix(finest.solver.mesh).sum(axis=1)).ravel()
    assert np.allclose(values.T @ (mass[:, None] * values), np.eye(8), atol=1e-8)
    assert np.ptp(values[:, 0]) < 1e-8
    with pytest.raises(ValueError, match="modes: expected from 1 to"):
        place.modes(10**6)


def _cosines(mesh):
    return np.cos(2 * np.pi * mesh.points[:, 0]) * np.cos(np.pi * mesh.points[:, 1])


def _errors(text, value, exact, meshes):
    """Root mean squares of errors on meshes."""
    found = []
    for mesh in meshes:
        start = _cosines(mesh)[None, None]
        equation = parse(text)
        parts = [start] + [0 * start] * (equation.orders[0] - 1)
        states = MeshSolver(mesh=mesh).solve(
            equation, np.array([[value]]), np.concatenate(parts), TIMES
        )
        error = states[0, :, 0] - exact(TIMES)[:, None] * _cosines(mesh)
        found.append(np.sqrt((error**2).mean()))
    return found


def test_heat_and_waves_on_a_square():
    """exp(-5 pi^2 nu t) and cos(sqrt(5 c) pi t); of second order at least."""
    coarse = domain("square", 0.12)
    meshes = (coarse, refined(coarse))
    for text, exact in (
        ("u_t = nu*u_xx", lambda t: np.exp(-5 * np.pi**2 * 0.02 * t)),
        ("u_tt = nu*u_xx", lambda t: np.cos(np.sqrt(5 * 0.02) * np.pi * t)),
    ):
        first, second = _errors(text, 0.02, exact, meshes)
        assert second < first / 2.5
        assert second < 0.01


def test_the_square_of_the_gradient_is_that_of_both_coordinates():
    """u = x + 2 y grows by |grad u|^2 = 5."""
    mesh = refined(domain("square", 0.12))
    plane = (mesh.points @ np.array([1.0, 2.0]))[None, None]
    states = MeshSolver(mesh=mesh).solve(
        parse("u_t = a*u_x^2"), np.ones((1, 1)), plane, np.array([0.0, 1e-3])
    )
    rate = (states[0, 1, 0] - plane[0, 0]) / 1e-3
    assert np.allclose(rate, 5.0, rtol=1e-6)


def test_what_cannot_be_followed_is_infinite():
    """A wave number that steps of no useful length can follow."""
    mesh = domain("square", 0.12)
    states = MeshSolver(mesh=mesh).solve(
        parse("u_t = a*u_xx"), np.array([[1e6]]), np.ones((1, 1, len(mesh.points))), TIMES
    )
    assert np.isinf(states).all()
    with pytest.raises(ValueError, match="derivative: expected of order 1, 2 or 4"):
        MeshSolver(mesh=mesh).derivative(np.ones(len(mesh.points)), 3)

"""Evolution equations from lists of terms, where the answer is known by hand."""

import numpy as np
import pytest

from understudy import fem
from understudy.equations.parse import parse
from understudy.fem.evolution import Evolution
from understudy.mesh import Mesh

TIMES = np.array([0.0, 0.1, 0.2])


def wave(x):
    return np.cos(np.pi * x[0]) * np.cos(np.pi * x[1])


def strip(n, length):
    """A strip of one cell's width: a line."""
    x = np.linspace(0.0, length, n + 1)
    points = np.concatenate([np.stack([x, np.full(n + 1, y)], axis=1) for y in (0.0, x[1])])
    a = np.arange(n)
    lower = np.stack([a, a + 1, a + n + 2], axis=1)
    upper = np.stack([a, a + n + 2, a + n + 1], axis=1)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


@pytest.mark.parametrize(("degree", "order"), [(1, 2.0), (2, 3.0)])
def test_heat_converges_in_space(grid, degree, order):
    """exp(-2 pi^2 nu t) cos cos without flux: h^2, or h^3 and better at nodes."""
    errors = []
    for n in (8, 16):
        mesh = grid(n)
        solver = Evolution(equation=parse("u_t = nu*u_xx"), degree=degree, substeps=20)
        found = solver.solve(mesh, {"nu": 0.1}, wave, TIMES)
        exact = np.exp(-0.2 * np.pi**2 * TIMES)[:, None] * wave(mesh.points.T)
        errors.append(np.sqrt(np.mean((found - exact)[-1] ** 2)))
    assert np.log2(errors[0] / errors[1]) > order - 0.3


def test_the_midpoint_rule_is_of_second_order_in_time(grid):
    """A logistic law that is uniform in space: u = 1 / (1 + 3 exp(-2 t)) from 1/4."""
    errors = []
    for substeps in (2, 4):
        solver = Evolution(equation=parse("u_t = 0.1*u_xx + r*u*(1 - u)"), substeps=substeps)
        found = solver.solve(
            grid(2), {"r": 2.0}, lambda x: np.full(x.shape[1], 0.25), np.array([0.0, 1.0])
        )
        errors.append(abs(found[-1, 0] - 1 / (1 + 3 * np.exp(-2.0))))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.15)


def test_waves_turn_and_keep_their_size(grid):
    """cos(w t) cos cos with w^2 = 2 pi^2 c, a whole period; the rule damps nothing."""
    mesh = grid(8)
    period = 2 * np.pi / np.sqrt(2 * np.pi**2 * 0.5)
    times = np.linspace(0.0, period, 5)
    solver = Evolution(equation=parse("u_tt = c*u_xx"), degree=2, substeps=20)
    found = solver.solve(mesh, {"c": 0.5}, wave, times)
    start = wave(mesh.points.T)
    assert np.allclose(found[-1], start, atol=0.02)
    assert np.allclose(found[2], -start, atol=0.02)


def test_a_viscous_wave_travels_along_a_strip():
    """Burgers: u = 1 - a tanh(a (x - x0 - t) / (2 nu)), held at both ends."""
    mesh, nu, a = strip(80, 5.0), 0.1, 0.5

    def exact(x, t):
        return 1 - a * np.tanh(a * (x[0] - 1.6 - t) / (2 * nu))

    ends = [np.flatnonzero(mesh.points[:, 0] == at) for at in (0.0, 5.0)]
    fixed = tuple(
        fem.Fixed(at=nodes, value=float(exact(mesh.points[nodes[0]], 0.0))) for nodes in ends
    )
    solver = Evolution(equation=parse("u_t = nu*u_xx - u*u_x"), degree=2, substeps=10)
    found = solver.solve(
        mesh, {"nu": nu}, lambda x: exact(x, 0.0), np.linspace(0, 1, 3), fixed=fixed
    )
    assert np.abs(found[-1] - exact(mesh.points.T, 1.0)).max() < 5e-3


def test_phases_keep_their_mass_and_lose_energy(grid):
    """Cahn and Hilliard: the mean is conserved, and a mode decays or grows at its known rate."""
    mesh = grid(8)
    m, e = 0.02, 0.3
    solver = Evolution(equation=parse("u_t = m*(u^3 - u)_xx - m*e^2*u_xxxx"), degree=2, substeps=4)
    found = solver.solve(
        mesh, {"m": m, "e": e}, lambda x: 0.2 + 1e-3 * np.cos(np.pi * x[0]), np.array([0.0, 0.5])
    )
    k = np.pi
    rate = m * k**2 * (1 - 3 * 0.2**2) - m * e**2 * k**4
    sides = [mesh.points[:, 0] == at for at in (0.0, 1.0)]
    size = [(f[sides[0]].mean() - f[sides[1]].mean()) / 2 for f in found]
    assert size[1] / size[0] == pytest.approx(np.exp(0.5 * rate), rel=1e-3)
    assert found[1].mean() == pytest.approx(0.2, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("u_t = u_xxx", {}, "got derivatives of orders"),
        ("u_t = u_x*u_xx", {}, "got derivatives of orders"),
        ("u_t = nu*u_xx", {}, "values: expected those of nu"),
    ],
)
def test_what_has_no_form_is_refused(grid, text, values, message):
    """Which derivatives, which values."""
    with pytest.raises(ValueError, match=message):
        Evolution(equation=parse(text)).solve(grid(2), values, wave, TIMES)

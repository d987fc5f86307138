"""Integrators against exact solutions and SciPy's."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from understudy.equations.conservation import FiniteVolumes, flux
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.parse import parse
from understudy.equations.pde_families import PDE_FAMILIES, jump
from understudy.equations.rhs import Periodic, RightHandSide, residual
from understudy.equations.runge_kutta import RungeKutta
from understudy.equations.spectral import Spectral
from understudy.equations.trajectories import TIMES, draw

LINE = Periodic(length=2.0, points=64)
NONE = np.empty((0, 1))


def rate_of_convergence(errors):
    return np.log2(errors[0] / errors[1])


def test_runge_kutta_is_of_fourth_order():
    """u' = u cos t has the solution exp(sin t)."""
    right = RightHandSide(parse("u' = u*cos(t)"))
    times = np.array([0.0, 1.0, 2.0])
    errors = []
    for substeps in (8, 16):
        found = RungeKutta(substeps=substeps).solve(right, NONE, np.ones((1, 1)), times)
        errors.append(np.abs(found[0, :, 0] - np.exp(np.sin(times))).max())
    assert rate_of_convergence(errors) == pytest.approx(4.0, abs=0.3)


@pytest.mark.parametrize("name", ["lorenz", "chen_lee", "thomas", "lorenz96_5"])
def test_trajectories_are_those_of_dop853(name):
    """At its rtol 1e-10, over what surrogates see, to 2e-5 of the size."""
    family = ODE_FAMILIES[name]
    found = draw(family, 1, np.random.default_rng(0), times=TIMES[:64])
    for values, states in zip(found.values, found.states, strict=True):
        rate = RightHandSide(family.equation).bind(values[:, None])
        exact = solve_ivp(
            lambda t, u, rate=rate: rate(t, u[:, None])[:, 0], (0, 2), states[0], "DOP853",
            t_eval=TIMES[:64], rtol=1e-10, atol=1e-11,
        )  # fmt: skip
        assert np.linalg.norm(exact.y.T - states) < 2e-5 * np.linalg.norm(states)


def test_samples_change_nothing_and_infinity_stays_with_its_own():
    """u' = u^2 blows up at t = 1 / u(0); 99 samples are more than go together."""
    right = RightHandSide(parse("u' = u^2"))
    start = np.tile(np.array([[0.1, 5.0, 0.2]]), 33)
    times = np.linspace(0, 2, 5)
    whole, single = (
        RungeKutta(substeps=50).solve(right, np.empty((0, n)), start[:, -n:], times)
        for n in (99, 3)
    )
    assert np.array_equal(whole[-3:], single, equal_nan=True)
    whole, start = whole[-3:], start[:, -3:]
    assert not np.isfinite(whole[1, -1, 0])
    assert np.allclose(whole[::2, -1, 0], start[0, ::2] / (1 - 2 * start[0, ::2]), rtol=1e-6)


def test_linear_equations_are_solved_exactly_by_modes():
    """Heat, advection and dispersion turn and damp each mode: no error of time."""
    k, times = 2 * np.pi, np.array([0.0, 0.4, 0.8])
    start = np.sin(k * LINE.x)[None, None]
    for text, exact in (
        ("u_t = 0.1*u_xx", lambda t: np.exp(-0.1 * k**2 * t) * np.sin(k * LINE.x)),
        ("u_t = -0.5*u_x", lambda t: np.sin(k * (LINE.x - 0.5 * t))),
        ("u_t = -0.01*u_xxx", lambda t: np.sin(k * LINE.x + 0.01 * k**3 * t)),
    ):
        found = Spectral(line=LINE, steps=2).solve(parse(text), NONE, start, times)
        assert np.allclose(found[0, :, 0], [exact(t) for t in times], atol=1e-12)


def test_exponential_time_differencing_is_of_fourth_order():
    """Fisher's reaction with diffusion, against twice the steps twice."""
    equation = parse("u_t = 0.01*u_xx + 3*u*(1 - u)")
    start = (0.5 + 0.3 * np.sin(np.pi * LINE.x))[None, None]
    found = [
        Spectral(line=LINE, steps=s).solve(equation, NONE, start, np.array([0.0, 1.0]))[0, 1, 0]
        for s in (8, 16, 256)
    ]
    errors = [np.abs(f - found[-1]).max() for f in found[:2]]
    assert rate_of_convergence(errors) == pytest.approx(4.0, abs=0.4)


def test_products_lose_the_modes_that_would_come_back_as_others():
    """u_t = u^2 from cos(k x): the mean grows by half, the mode 2 k beyond two thirds does not."""
    k = 15 * np.pi
    found = Spectral(line=LINE, steps=1).solve(
        parse("u_t = u^2"), NONE, np.cos(k * LINE.x)[None, None], np.array([0.0, 1e-6])
    )
    change = np.fft.rfft(found[0, 1, 0] - found[0, 0, 0]) / 64 / 1e-6
    assert change[0].real == pytest.approx(0.5, rel=1e-3)
    assert abs(change[30]) < 1e-6


def test_waves_keep_their_energy_and_turn_exactly():
    """u_tt = c u_xx - m u: a standing wave cos(w t) with w^2 = c k^2 + m, whatever the steps."""
    k, times = 2 * np.pi, np.linspace(0, 3, 4)
    w = np.sqrt(0.5 * k**2 + 0.3)
    start = np.stack([np.sin(k * LINE.x), np.zeros(64)])[:, None]
    found = Spectral(line=LINE, steps=3).solve(
        parse("u_tt = 0.5*u_xx - 0.3*u"), NONE, start, times
    )
    assert np.allclose(found[0, :, 0], np.cos(w * times)[:, None] * start[0, 0], atol=1e-12)
    assert np.allclose(found[0, :, 1], -w * np.sin(w * times)[:, None] * start[0, 0], atol=1e-11)


def test_nonlinear_waves_are_of_fourth_order():
    """Sine-Gordon's breather at rest in space: u_tt = -sin(u), the pendulum."""
    start = np.stack([np.full(64, 2.0), np.zeros(64)])[:, None]
    pendulum = solve_ivp(
        lambda _, y: [y[1], -np.sin(y[0])], (0, 3), [2.0, 0.0], "DOP853", rtol=1e-12, atol=1e-13
    )
    errors = []
    for steps in (24, 48):
        found = Spectral(line=LINE, steps=steps).solve(
            parse("u_tt = u_xx - sin(u)"), NONE, start, np.array([0.0, 3.0])
        )
        errors.append(abs(found[0, 1, 0, 0] - pendulum.y[0, -1]))
    assert rate_of_convergence(errors) == pytest.approx(4.0, abs=0.4)


@pytest.mark.parametrize("name", ["kdv", "fisher", "fokker_planck", "cahn_hilliard"])
def test_fields_of_families_obey_their_equations(name):
    """The residual, with time derivatives by differences, is small beside the rate."""
    family = PDE_FAMILIES[name]
    times = np.linspace(0, 0.1, 21)
    fields = family.draw(2, np.random.default_rng(0), times=times)
    line = Periodic(length=2.0, points=128)
    right = RightHandSide(family.equation, derive=line.derivative, x=line.x)
    rate = right.bind(fields.values.T)
    states = np.moveaxis(fields.states, 0, 1)[:, None]
    left = residual(rate, times, states)
    size = np.abs(np.stack([rate(0.0, s) for s in states])).max()
    assert np.abs(left).max() < 2e-2 * size


def test_a_shock_travels_at_the_mean_of_the_speeds():
    """Rankine and Hugoniot: (f(1) - f(0)) / (1 - 0) = 1/2 for u^2/2; mass stays to round-off."""
    line = Periodic(length=2.0, points=256)
    start = jump(line, 1.0, 0.0)[None]
    found = FiniteVolumes(line=line).solve(
        parse("u_t = -u*u_x"), NONE, start, np.array([0.0, 0.5])
    )[0, 1, 0]
    place = line.x[np.flatnonzero(found > 0.5)[-1]]
    assert place == pytest.approx(1.5 + 0.25, abs=2 * 2.0 / 256)
    assert found.sum() == pytest.approx(start.sum(), rel=1e-12)
    assert found.min() >= -1e-12
    assert found.max() <= 1 + 1e-12


def test_finite_volumes_are_of_second_order_where_the_field_is_smooth():
    """Burgers before the shock, by characteristics u = u_0(x - u t)."""
    errors = []
    for points in (128, 256):
        line = Periodic(length=2.0, points=points)
        start = 0.5 + 0.2 * np.sin(np.pi * line.x)
        origin = line.x.copy()
        for _ in range(200):
            origin = line.x - 0.5 * (0.5 + 0.2 * np.sin(np.pi * origin))
        found = FiniteVolumes(line=line).solve(
            parse("u_t = -u*u_x"), NONE, start[None, None], np.array([0.0, 0.5])
        )[0, 1, 0]
        errors.append(np.abs(found - 0.5 - 0.2 * np.sin(np.pi * origin)).mean())
    assert rate_of_convergence(errors) > 1.7


def test_fluxes_are_integrals():
    """Of u, u^2 and cos u."""
    for text, expected in (
        ("u_t = -k*u*u_x + u", "0.5*k*u^2"), ("u_t = -u^2*u_x", "u^3/3"),
        ("u_t = -2*cos(u)*u_x", "2*sin(u)"),
    ):  # fmt: skip
        whole, rest = flux(parse(text))
        assert whole == parse(f"u' = {expected}").right[0]
        assert len(rest) == text.count("+")
    with pytest.raises(ValueError, match="no closed integral"):
        flux(parse("u_t = -tanh(u)*u_x"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RungeKutta(substeps=0), "expected at least 1"),
        (lambda: FiniteVolumes(line=LINE, courant=0.9), r"expected in \(0, 0.5\]"),
        (lambda: Periodic(length=1.0, points=2), "at least 4 points"),
        (lambda: Spectral(line=LINE).solve(parse("u_tt = u_xx"), NONE, np.zeros((1, 1, 64)),
                                           np.array([0.0, 1.0])), "expected 2 fields"),
    ],
)  # fmt: skip
def test_bad_settings_are_named(make, message):
    """Which, what was expected, what came."""
    with pytest.raises(ValueError, match=message):
        make()

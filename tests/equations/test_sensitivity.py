"""Forward sensitivities."""

import numpy as np
import pytest

from understudy.equations.parse import parse
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta, march
from understudy.equations.sensitivity import Sensitivity

TIMES = np.linspace(0.0, 1.0, 6)


def test_sensitivities_of_growth_are_known():
    """u' = a u: u = u_0 exp(a t), du/da = t u, du/du_0 = exp(a t)."""
    system = Sensitivity(parse("u' = a*u"), substeps=20)
    u, s = system.solve(np.array([[0.7, -1.0]]), np.array([[2.0, 3.0]]), TIMES)
    for i, (a, start) in enumerate(((0.7, 2.0), (-1.0, 3.0))):
        grown = np.exp(a * TIMES)
        assert np.allclose(u[i, :, 0], start * grown, rtol=1e-7)
        assert np.allclose(s[i, :, 0, 0], TIMES * start * grown, atol=1e-6)
        assert np.allclose(s[i, :, 0, 1], grown, rtol=1e-7)


def test_sensitivities_are_limits_of_differences():
    """Lorenz with a parameter inside a function, differences of h = 1e-6 right to h^2 / 1e-6."""
    equation = parse("x' = s*(y - x); y' = x*(r - z) - y; z' = x*y - b*z + sin(b*x)")
    system = Sensitivity(equation, substeps=10)
    z = np.array([2.5, 28.0, 10.0, 1.0, -1.0, 2.0])
    times = TIMES / 4
    _, s = system.solve(z[:3, None], z[3:, None], times)
    for k in range(6):
        h = 1e-6 * max(1.0, abs(z[k]))
        sides = []
        for sign in (1, -1):
            moved = z.copy()
            moved[k] += sign * h
            sides.append(system.states_at(moved[:3, None], moved[3:, None], times)[0])
        assert np.allclose(s[0, :, :, k], (sides[0] - sides[1]) / (2 * h), rtol=1e-5, atol=1e-6)


def test_samples_do_not_see_one_another():
    """Alone as among others, beside one that blows up."""
    values, start = np.array([[-1.0, 3.0, 0.5]]), np.ones((1, 3))
    system = Sensitivity(parse("u' = a*u^2"))
    together = system.solve(values, start, TIMES)
    for k in range(3):
        alone = system.solve(values[:, [k]], start[:, [k]], TIMES)
        for a, b in zip(together, alone, strict=True):
            assert np.array_equal(a[k], b[0], equal_nan=True)
    assert np.isfinite(together[0]).all(axis=(1, 2)).tolist() == [True, False, True]


def test_the_tape_is_what_arrays_say():
    """Every function, time, powers that are no integers and nested calls: as `RightHandSide`."""
    equation = parse(
        "x' = a*sin(x*y + cos(2*t)) - x^3; y' = exp(-x^2)*tanh(b*y)/(1 + x^2) + x^4 - a^0.5*y"
    )
    rng = np.random.default_rng(0)
    values, start = rng.uniform(0.5, 1.5, (2, 5)), rng.uniform(0.5, 1.5, (2, 5))
    found = Sensitivity(equation, substeps=3).states_at(values, start, TIMES)
    wanted = np.empty_like(found)
    march(RightHandSide(equation).bind(values), start, TIMES, 3, wanted)
    assert np.allclose(found, wanted, rtol=1e-12)


def test_values_of_other_parameters_are_refused():
    """Nothing is read beyond an array: a row too few, a row too many, by each way to a tape."""
    equation = parse("u' = a*u + b")
    for values in (np.ones((1, 3)), np.ones((3, 3))):
        for solve in (
            lambda v: Sensitivity(equation).states_at(v, np.ones((1, 3)), TIMES),
            lambda v: Sensitivity(equation).solve(v, np.ones((1, 3)), TIMES),
            lambda v: RungeKutta().solve(RightHandSide(equation), v, np.ones((1, 3)), TIMES),
        ):
            with pytest.raises(ValueError, match="values: expected a row for each of 2 param"):
                solve(values)


@pytest.mark.parametrize("text", ["u'' = -u", "u_t = u_xx"])
def test_other_equations_are_refused(text):
    """Second order, or on a line."""
    with pytest.raises(ValueError, match="first order"):
        Sensitivity(parse(text))

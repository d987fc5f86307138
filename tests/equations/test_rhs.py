"""Right-hand sides on arrays."""

import numpy as np
import pytest
import torch

from understudy.equations.parse import parse
from understudy.equations.rhs import Periodic, RightHandSide, first_order, residual

LORENZ = parse("x' = s*(y - x); y' = x*(r - z) - y; z' = x*y - b*z")
LINE = Periodic(length=2.0, points=64)


def test_each_sample_has_its_own_parameters():
    """The formula of Lorenz, by hand, for two samples."""
    state = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]])
    b, r, s = np.array([[2.0, 3.0], [28.0, 20.0], [10.0, 9.0]])
    x, y, z = state
    expected = [s * (y - x), x * (r - z) - y, x * y - b * z]
    right = RightHandSide(LORENZ)
    assert right.parameters == ("b", "r", "s")
    assert np.allclose(right.bind(np.stack([b, r, s]))(0.0, state), expected, rtol=1e-14)


def test_torch_gives_what_numpy_gives_and_a_gradient():
    """The same plan on other arrays."""
    values, state = np.array([[2.0], [28.0], [10.0]]), np.array([[1.0], [3.0], [0.5]])
    expected = RightHandSide(LORENZ).bind(values)(0.0, state)
    known = torch.tensor(values, requires_grad=True)
    found = RightHandSide(LORENZ, torch).bind(known)(0.0, torch.tensor(state))
    assert np.allclose(found.detach().numpy(), expected)
    found.sum().backward()
    assert known.grad[:, 0].tolist() == pytest.approx([-0.5, 1.0, 2.0])


def test_derivatives_of_waves_are_exact():
    """(sin k x)_x = k cos k x and so on, to round-off."""
    k = 2 * np.pi * 3 / 2.0
    u = np.sin(k * LINE.x)
    assert np.allclose(LINE.derivative(u, 1), k * np.cos(k * LINE.x), atol=1e-10)
    assert np.allclose(LINE.derivative(u, 4), k**4 * u, atol=1e-6)


def test_a_field_obeys_the_formula_of_its_equation():
    """nu u_xx - u u_x of a sine wave, and terms that know x and t."""
    equation = parse("u_t = nu*u_xx - u*u_x + x*t")
    right = RightHandSide(equation, derive=LINE.derivative, x=LINE.x)
    k = np.pi
    u = np.sin(k * LINE.x)
    nu = np.array([0.1, 0.2])
    found = right.bind(nu[None])(2.0, np.stack([u, u])[None])
    expected = -nu[:, None] * k**2 * u - u * k * np.cos(k * LINE.x) + 2.0 * LINE.x
    assert np.allclose(found[0], expected, atol=1e-10)


def test_features_times_numbers_are_the_right_hand_side():
    """Each component is a sum of its products."""
    equation = parse("x' = 10*y - 10*x + 2; y' = 3*x*y - y")
    right = RightHandSide(equation)
    state = np.array([[1.5, 2.0], [0.3, -1.0]])
    features = right.features(0.0, state, np.empty((0, 2)))
    numbers = [[c for _, c in terms] for terms in equation.right]
    rate = right.bind(np.empty((0, 2)))(0.0, state)
    for i, group in enumerate(right.products):
        assert group == equation.right[i].monomials
        assert np.allclose(np.array(numbers[i]) @ features[i], rate[i])


def test_a_second_derivative_becomes_a_state():
    """u_tt = -u is u_t = udot, udot_t = -u."""
    found = first_order(parse("u'' = -u"))
    assert found.states == ("u", "udot")
    assert found == parse("u' = udot; udot' = -u")


def test_what_is_missing_is_said():
    """Derivatives without a line, second order, too few parameters."""
    with pytest.raises(ValueError, match="derive: expected one"):
        RightHandSide(parse("u_t = u_x"))
    with pytest.raises(ValueError, match="first order in time"):
        RightHandSide(parse("u'' = -u"))
    with pytest.raises(ValueError, match="expected a row for each of"):
        RightHandSide(LORENZ).bind(np.ones((2, 1)))


def test_the_residual_of_a_solution_falls_with_the_fourth_power_of_the_step():
    """Advected sine wave, the time derivative by differences: 16 times less at half the step."""
    equation = parse("u_t = -u_x")
    rate = RightHandSide(equation, derive=LINE.derivative).bind(np.empty((0, 1)))
    worst = []
    for many in (21, 41):
        times = np.linspace(0, 1, many)
        states = np.sin(np.pi * (LINE.x - times[:, None]))[:, None, None]
        left = residual(rate, times, states)
        assert left.shape[0] == many - 4
        worst.append(np.abs(left).max())
    assert worst[0] / worst[1] == pytest.approx(16.0, rel=0.05)
    with pytest.raises(ValueError, match="evenly spaced"):
        residual(rate, np.array([0.0, 1, 2, 4, 5]), np.zeros((5, 1, 1, 64)))


def test_numbers_of_an_equation_without_slopes_are_those_of_whole_lines():
    """Two samples of u_t = a + b u on a line of eight points."""
    line = Periodic(length=1.0, points=8)
    right = RightHandSide(parse("u_t = a + b*u"), derive=line.derivative)
    state = np.arange(16.0).reshape(1, 2, 8)
    rate = right.bind(np.array([[1.0, 2.0], [3.0, 4.0]]))(0.0, state)
    assert np.allclose(rate[0], [1 + 3 * state[0, 0], 2 + 4 * state[0, 1]])

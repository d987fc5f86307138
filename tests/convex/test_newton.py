"""Newton's method on all neurons: where it stops nothing that moves a neuron helps."""

import numpy as np
import pytest
from scipy.optimize import minimize

from understudy.convex import NetworkNewton, ReluNetwork, ReluProblem
from understudy.convex.pricing import value_of


def start(problem, m, seed=0):
    rng = np.random.default_rng(seed)
    return ReluNetwork(
        neurons=rng.standard_normal((m, problem.x.shape[1])) * 0.3,
        signs=np.where(np.arange(m) % 2 == 0, 1.0, -1.0),
    )


@pytest.mark.parametrize(("m", "n"), [(12, 60), (60, 60)])
def test_each_neuron_is_worth_its_price_at_the_end(teacher, m, n):
    """By samples and directly factored: s z' relu(X u) = beta |u| for the neurons that stay."""
    problem = teacher(n, 4, beta=0.01)
    found = NetworkNewton(steps=200).improve(problem, start(problem, m))
    assert 0 < len(found.neurons) <= m
    z = problem.y - found.predict(problem.x)
    unit = found.neurons / np.linalg.norm(found.neurons, axis=1, keepdims=True)
    worth = found.signs * value_of(problem.x, z, unit)
    np.testing.assert_allclose(worth, problem.beta, rtol=1e-3)


def test_it_goes_on_where_the_quasi_newton_method_stops(teacher):
    problem = teacher(80, 4, beta=0.01)
    first = start(problem, 30)
    shape = first.neurons.shape

    def objective(flat):
        u = flat.reshape(shape)
        t = problem.x @ u.T
        error = np.maximum(t, 0) @ first.signs - problem.y
        size = np.linalg.norm(u, axis=1)
        slope = ((t > 0) * error[:, None] * first.signs).T @ problem.x
        slope += problem.beta * u / np.maximum(size, 1e-300)[:, None]
        return 0.5 * error @ error + problem.beta * size.sum(), slope.ravel()

    other = minimize(objective, first.neurons.ravel(), jac=True, method="L-BFGS-B")
    stopped = ReluNetwork(neurons=other.x.reshape(shape), signs=first.signs)
    found = NetworkNewton().improve(problem, stopped, smoothing=1e-3)
    assert found.value(problem) < other.fun * (1 - 1e-4)


def test_what_costs_more_than_it_gives_is_dropped(teacher):
    """Beyond beta_max no neuron is left, from any start."""
    problem = teacher(40, 3, beta=1e3)
    found = NetworkNewton().improve(problem, start(problem, 10))
    assert len(found.neurons) == 0


def test_one_neuron_in_closed_form():
    """One sample: u of length (y - beta / |x|)_+ / |x| along x."""
    x, y, beta = np.array([[3.0, 4.0]]), np.array([2.0]), 0.5
    problem = ReluProblem(x=x, y=y, beta=beta)
    begin = ReluNetwork(neurons=np.array([[1.0, 0.2]]), signs=np.array([1.0]))
    found = NetworkNewton(steps=200).improve(problem, begin)
    t, b = 2.0, beta / 5.0
    assert found.value(problem) == pytest.approx(b * t - b * b / 2, rel=1e-6)


def test_units_of_the_samples_do_not_matter(teacher):
    """(X, beta) -> t (X, beta), neurons over t: the same path."""
    problem, first = teacher(40, 3, beta=0.01), start(teacher(40, 3, beta=0.01), 8)
    value = NetworkNewton().improve(problem, first).value(problem)
    for t in (1e-4, 1e4):
        other = ReluProblem(x=t * problem.x, y=problem.y, beta=t * problem.beta)
        begin = ReluNetwork(neurons=first.neurons / t, signs=first.signs)
        found = NetworkNewton().improve(other, begin)
        assert found.value(other) == pytest.approx(value, rel=1e-6)


def test_a_neuron_without_direction_is_refused(teacher):
    network = ReluNetwork(neurons=np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]), signs=np.ones(2))
    with pytest.raises(ValueError, match="neuron 1 is zero"):
        NetworkNewton().improve(teacher(20, 2, beta=0.1), network)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="steps: expected at least 1"):
        NetworkNewton(steps=0)
    with pytest.raises(ValueError, match="expected 0 < sharpest <= smoothing"):
        NetworkNewton(smoothing=1e-8)
    with pytest.raises(ValueError, match="tolerance: expected more than 0"):
        NetworkNewton(tolerance=0.0)

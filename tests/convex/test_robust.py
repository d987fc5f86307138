"""Networks trained against boxes."""

import numpy as np
import pytest
from sklearn.datasets import make_moons

from understudy.convex import (
    ColumnGeneration,
    Hinge,
    Logistic,
    ReluProblem,
    RobustColumns,
    Squared,
    attacked,
    linear_control,
    worst_margins,
)
from understudy.convex.worst_square import WorstSquare

MOVES = np.array([True, True, False])


def moons(n=120, beta=0.05, seed=0):
    x, label = make_moons(n, noise=0.1, random_state=seed)
    x = np.column_stack([x - x.mean(axis=0), np.ones(n)])
    return ReluProblem(x=x, y=2.0 * label - 1, beta=beta, loss=Logistic())


@pytest.fixture(scope="module")
def trained():
    return RobustColumns(radius=0.12).solve(moons(), MOVES)


def test_no_attack_is_below_the_margins(trained):
    """Neither gradients nor the corners and random points of each box."""
    problem = moons()
    least = attacked(problem, trained.network, 0.12, MOVES, steps=20, restarts=3)
    assert (least >= trained.margins - 1e-12).all()
    rng = np.random.default_rng(0)
    for _ in range(200):
        off = 0.12 * rng.choice([-1.0, 0.3, 1.0], problem.x.shape) * MOVES
        said = problem.y * trained.network.predict(problem.x + off)
        assert (said >= trained.margins - 1e-12).all()
    worst = problem.loss.value(problem.y * trained.margins, problem.y)
    decay = problem.beta * np.linalg.norm(trained.network.neurons, axis=1).sum()
    assert trained.value == pytest.approx(worst + decay, rel=1e-12)


def test_it_withstands_what_a_plain_network_and_a_line_do_not(trained):
    """Value of the worst case: below that of the line and of training without boxes."""
    problem = moons()
    line = linear_control(problem, 0.12, MOVES)
    margins = problem.y * (problem.x @ line) - 0.12 * np.abs(line[:2]).sum()
    ones = np.ones(len(margins))
    assert trained.value < problem.loss.value(margins, ones) + problem.beta * np.linalg.norm(line)
    plain = ColumnGeneration().solve(problem).network
    weak = worst_margins(problem, plain, 0.12, MOVES)
    assert problem.loss.value(trained.margins, ones) < problem.loss.value(weak, ones)
    assert (np.diff(trained.history) <= 0).all()


def test_without_boxes_it_is_the_plain_program():
    problem = moons(60, beta=0.5)
    found = RobustColumns(radius=0.0, tolerance=1e-6, rounds=40).solve(problem, MOVES)
    plain = ColumnGeneration(tolerance=1e-4).solve(problem)
    assert found.value == pytest.approx(plain.value, rel=2e-3)
    assert found.value >= plain.lower_bound * (1 - 1e-9)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="radius: expected 0 or more"):
        RobustColumns(radius=-1.0)
    with pytest.raises(ValueError, match="rounds, starts, columns"):
        RobustColumns(radius=0.1, rounds=0)
    other = ReluProblem(x=np.ones((1, 3)), y=np.ones(1), beta=1.0, loss=Hinge())
    with pytest.raises(
        ValueError, match="loss: expected the squared one or a smooth one of labels, got Hinge"
    ):
        RobustColumns(radius=0.1).solve(other, MOVES)


@pytest.fixture(scope="module")
def kinked():
    """A kink with noise, and its network trained against boxes."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.uniform(-1, 1, (80, 2)), np.ones(80)])
    y = np.abs(x[:, 0]) + 0.05 * rng.standard_normal(80)
    problem = ReluProblem(x=x, y=y, beta=0.05)
    return problem, RobustColumns(radius=0.1).solve(problem, MOVES)


def test_no_attack_finds_a_greater_error_than_the_squared_value_says(kinked):
    problem, found = kinked
    seen = attacked(problem, found.network, 0.1, MOVES, steps=30, restarts=4)
    assert (seen >= found.margins - 1e-12).all()
    # In two inputs the bound of intervals is near.
    assert np.mean(found.margins) == pytest.approx(np.mean(seen), rel=0.1)
    rng = np.random.default_rng(1)
    for _ in range(100):
        off = 0.1 * rng.choice([-1.0, 0.3, 1.0], problem.x.shape) * MOVES
        error = np.abs(found.network.predict(problem.x + off) - problem.y)
        assert (error <= -found.margins + 1e-12).all()
    decay = problem.beta * np.linalg.norm(found.network.neurons, axis=1).sum()
    assert found.value == pytest.approx(0.5 * (found.margins**2).sum() + decay, rel=1e-12)


def test_squared_errors_of_the_worst_case_are_below_those_of_rivals(kinked):
    """The plain network, which is better without boxes, and the line of least harm."""
    problem, found = kinked
    plain = ColumnGeneration().solve(problem).network
    line = linear_control(problem, 0.1, MOVES)
    harm = np.abs(problem.x @ line - problem.y) + 0.1 * np.abs(line[:2]).sum()
    own = (found.margins**2).sum()
    assert own < 0.97 * (worst_margins(problem, plain, 0.1, MOVES) ** 2).sum()
    assert own < 0.7 * (harm**2).sum()
    assert Squared().value(plain.predict(problem.x), problem.y) < Squared().value(
        found.network.predict(problem.x), problem.y
    )


def test_the_smoothed_worst_error_is_above_the_worst_by_little_and_has_its_slope():
    rng = np.random.default_rng(0)
    y, f = rng.standard_normal(5), rng.standard_normal(10)
    loss = WorstSquare(target=y, smoothing=0.05)
    worst = np.maximum(y - f[:5], -y - f[5:])
    assert loss.worst(f) == pytest.approx(worst)
    sharp = WorstSquare(target=y, smoothing=1e-6)
    assert sharp.value(f, f) == pytest.approx(0.5 * (worst**2).sum(), rel=1e-4)
    step = 1e-6
    moved = [
        (loss.value(f + step * e, f) - loss.value(f - step * e, f)) / (2 * step)
        for e in np.eye(10)
    ]
    assert loss.slope(f, f) == pytest.approx(moved, abs=1e-7)

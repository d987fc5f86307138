"""Laws of every solver and of every certificate."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.convex import (
    ADMM,
    BranchAndBound,
    ColumnGeneration,
    InteriorPoint,
    Patterns,
    ReluNetwork,
    ReluProblem,
    Solver,
    all_patterns,
    certified,
    check,
    dual_value,
    sampled_patterns,
)


def huber(t, b):
    """Half a square up to b, then a line."""
    return t * t / 2 if t <= b else b * t - b * b / 2


SOLVERS = {
    "ADMM": ADMM(count=20, tolerance=1e-4, iterations=20_000),
    "ColumnGeneration": ColumnGeneration(tolerance=1e-4),
    "InteriorPoint": InteriorPoint(count=20, tolerance=1e-4),
}
each_solver = pytest.mark.parametrize("name", SOLVERS)


@each_solver
def test_every_solver_is_under_contract(name):
    assert isinstance(SOLVERS[name], Solver)


@each_solver
def test_the_value_is_that_of_the_network_and_no_less_than_the_bound(name, teacher):
    """At every look, and the network is as good as its solver says."""
    problem = teacher(40, 3)
    found = SOLVERS[name].solve(problem)
    assert found.converged
    assert found.gap <= 1e-4
    assert found.value == pytest.approx(found.network.value(problem), rel=1e-12)
    assert (found.history[:, 0] >= found.history[:, 1]).all()
    assert (np.diff(found.history[:, 0]) <= 0).all()


@each_solver
@pytest.mark.parametrize("y", [[2.0], [-0.3]])
def test_one_sample(name, y):
    """p* is Huber's function of |y| and beta / |x|."""
    problem = ReluProblem(x=np.array([[3.0, 4.0]]), y=np.array(y), beta=2.0)
    own = all_patterns(problem.x)
    changes = {
        "ADMM": {"patterns": own, "iterations": 20_000},
        "InteriorPoint": {"patterns": own},
    }
    solver = replace(SOLVERS[name], tolerance=1e-7, **changes.get(name, {}))
    found = solver.solve(problem)
    assert found.value == pytest.approx(huber(abs(y[0]), 2.0 / 5.0), rel=1e-6)


def test_orthonormal_samples():
    """p* = h(|y_+|, beta) + h(|y_-|, beta) where XX' = I and all patterns are there."""
    problem = ReluProblem(x=np.eye(2), y=np.array([1.3, -0.7]), beta=0.4)
    found = ADMM(patterns=all_patterns(problem.x), tolerance=1e-7, iterations=20_000).solve(
        problem
    )
    assert found.value == pytest.approx(huber(1.3, 0.4) + huber(0.7, 0.4), rel=1e-6)


def test_two_dimensions_are_solved_to_a_global_proof(teacher):
    """With all 2 n patterns the bound over patterns is that over all directions."""
    problem = teacher(15, 2, seed=3)
    patterns = all_patterns(problem.x)
    assert patterns.seen.shape == (15, 30)
    found = ADMM(patterns=patterns, tolerance=1e-5, iterations=50_000).solve(problem)
    z = problem.y - found.network.predict(problem.x)
    most = BranchAndBound(delta=1e-6).greatest(problem.x, z, problem.beta)
    value, low, _ = certified(problem, found.network, most.high, "global")
    assert value == pytest.approx(found.value, rel=1e-12)
    assert 0 <= (value - low) / value < 1e-3
    assert low <= found.value
    assert found.lower_bound <= value


def test_more_patterns_are_never_worse(teacher):
    problem = teacher(40, 4)
    values = []
    patterns = sampled_patterns(problem.x, 40, np.random.default_rng(1))
    for many in (5, 20, 40):
        own = Patterns(seen=patterns.seen[:, :many], directions=patterns.directions[:many])
        found = ADMM(patterns=own, tolerance=1e-5, iterations=30_000).solve(problem)
        values.append(found)
    assert values[1].lower_bound <= values[0].value
    assert values[2].value < values[1].value < values[0].value


@pytest.mark.parametrize("change", ["rows", "rotation", "sign", "scale"])
def test_symmetries(change, teacher):
    """Order of rows, rotations of x, the sign of y; y and beta times t give t^2 p*."""
    problem = teacher(30, 3)
    patterns = sampled_patterns(problem.x, 15, np.random.default_rng(0))
    x, y, beta, factor = problem.x, problem.y, problem.beta, 1.0
    seen, directions = patterns.seen, patterns.directions
    rng = np.random.default_rng(5)
    if change == "rows":
        order = rng.permutation(30)
        x, y, seen = x[order], y[order], seen[order]
    elif change == "rotation":
        q, _ = np.linalg.qr(rng.standard_normal((3, 3)))
        x, directions = x @ q, directions @ q
    elif change == "sign":
        y = -y
    else:
        y, beta, factor = 3 * y, 3 * beta, 9.0
    solver = {"tolerance": 1e-5, "iterations": 30_000}
    first = ADMM(patterns=patterns, **solver).solve(problem)
    second = ADMM(patterns=Patterns(seen=seen, directions=directions), **solver).solve(
        ReluProblem(x=x, y=y, beta=beta)
    )
    assert second.value == pytest.approx(factor * first.value, rel=2e-5)


def test_structured_iterates_are_those_of_the_dense_system(teacher):
    """Fifty steps of the paper's form, which factorises 2 d P unknowns at once."""
    from understudy.convex.admm import Splitting

    problem = teacher(12, 3)
    patterns = sampled_patterns(problem.x, 6, np.random.default_rng(0))
    n, d, count, rho, beta = 12, 3, 6, 0.3, problem.beta
    state = Splitting(problem, patterns, rho, 1.0)
    seen = patterns.seen.astype(float)
    f = np.hstack([seen[:, [p]] * problem.x for p in range(count)])
    f = np.hstack([f, -f])
    g = np.zeros((2 * count * n, 2 * count * d))
    for b in range(2 * count):
        turned = (2 * seen[:, [b % count]] - 1) * problem.x
        g[b * n : (b + 1) * n, b * d : (b + 1) * d] = turned
    system = np.eye(2 * count * d) + f.T @ f / rho + g.T @ g
    v, scaled = np.zeros((2, 2 * count * d))
    s, nu = np.zeros((2, 2 * count * n))
    for _ in range(50):
        state.step()
        u = np.linalg.solve(system, f.T @ problem.y / rho + v - scaled + g.T @ (s - nu))
        blocks = (u + scaled).reshape(-1, d)
        norm = np.linalg.norm(blocks, axis=1, keepdims=True)
        v = (np.maximum(1 - beta / rho / np.maximum(norm, 1e-300), 0) * blocks).ravel()
        s = np.maximum(g @ u + nu, 0)
        scaled, nu = scaled + u - v, nu + g @ u - s
        assert np.abs(state.u.ravel() - u).max() < 1e-10


def test_any_dual_point_is_a_bound(teacher):
    """Below the objective of the best network known, whatever z is."""
    problem = teacher(20, 2, seed=4)
    best = ADMM(patterns=all_patterns(problem.x), tolerance=1e-5, iterations=30_000).solve(problem)
    rng = np.random.default_rng(0)
    for _ in range(10):
        z = rng.standard_normal(20)
        most = BranchAndBound(delta=1e-3).greatest(problem.x, z)
        assert dual_value(problem, z, most.high) <= best.value


def test_other_code_confirms_a_certificate(teacher):
    """Of all networks in three dimensions: the bound of `check` is true and not much poorer."""
    problem = teacher(25, 3, seed=1, beta=0.3)
    found = ADMM(count=150, tolerance=1e-4, iterations=20_000).solve(problem)
    z = problem.y - found.network.predict(problem.x)
    most = BranchAndBound(delta=1e-3).greatest(problem.x, z, problem.beta)
    value, low, _ = certified(problem, found.network, most.high, "global")
    told = check(problem, found.network, z, delta=0.02, boxes=40_000)
    assert told.value == pytest.approx(value, rel=1e-12)
    assert told.greatest >= most.low
    assert told.lower_bound <= value
    assert told.lower_bound > low - 0.05 * value


def test_weights_at_their_best_scale():
    """Equal norms, the same function, and the decay of the problem's first form."""
    network = ReluNetwork(
        neurons=np.array([[3.0, 4.0], [0.0, -2.0], [0.0, 0.0]]), signs=np.array([1.0, -1.0, 1.0])
    )
    inner, outer = network.weights
    assert np.linalg.norm(inner, axis=1) == pytest.approx(np.abs(outer))
    x = np.random.default_rng(0).standard_normal((6, 2))
    assert np.maximum(x @ inner.T, 0) @ outer == pytest.approx(network.predict(x))
    problem = ReluProblem(x=x, y=np.zeros(6), beta=0.7)
    decay = 0.35 * ((inner**2).sum() + (outer**2).sum())
    assert network.value(problem) == pytest.approx(0.5 * (network.predict(x) ** 2).sum() + decay)
    assert network.lipschitz == pytest.approx(7.0)


def test_bad_problems_are_refused(teacher):
    x, y = np.ones((3, 2)), np.ones(3)
    with pytest.raises(ValueError, match="x: expected finite"):
        ReluProblem(x=np.full((3, 2), np.nan), y=y, beta=1.0)
    with pytest.raises(ValueError, match="x, y: expected as many rows, at least one, got 3 and 2"):
        ReluProblem.__post_init__(type("P", (), {"x": x, "y": np.ones(2), "beta": 1.0})())
    with pytest.raises(ValueError, match="x: row 1 is zero"):
        ReluProblem(x=np.array([[1.0], [0.0]]), y=np.ones(2), beta=1.0)
    with pytest.raises(ValueError, match="beta: expected more than 0, got 0"):
        ReluProblem(x=x, y=y, beta=0.0)
    with pytest.raises(ValueError, match="patterns: expected 30 different ones, found"):
        sampled_patterns(np.array([[1.0, 0.0]]), 30, np.random.default_rng(0))
    with pytest.raises(ValueError, match="x: expected two columns, got 3"):
        all_patterns(np.ones((2, 3)))
    with pytest.raises(ValueError, match="count, iterations, every"):
        ADMM(count=0)
    with pytest.raises(ValueError, match="rho, relaxation"):
        ADMM(relaxation=2.0)
    with pytest.raises(ValueError, match="delta, nodes"):
        BranchAndBound(delta=0.0)
    with pytest.raises(ValueError, match="kind: expected sampled or global"):
        certified(teacher(5, 2), ReluNetwork(neurons=np.ones((1, 2)), signs=np.ones(1)), 1.0, "x")
    with pytest.raises(ValueError, match="patterns: expected of 5 samples, got of 6"):
        ADMM(patterns=all_patterns(teacher(6, 2).x)).solve(teacher(5, 2))

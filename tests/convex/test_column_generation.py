"""The network itself: nothing better is found, and in few dimensions nothing better exists."""

import numpy as np
import pytest
from scipy.optimize import minimize

from understudy.convex import (
    BranchAndBound,
    ColumnGeneration,
    Pricing,
    ReluNetwork,
    ReluProblem,
    check,
    column_generation,
    newton,
)

PROVED = ColumnGeneration(tolerance=1e-3, proof=BranchAndBound(delta=3e-4))


@pytest.fixture(scope="module")
def proved(teacher):
    problem = teacher(60, 3, beta=0.02)
    return problem, PROVED.solve(problem)


def test_a_proof_holds_for_all_networks(proved):
    """Other code confirms objective and bound; twenty local minima of random starts are above."""
    problem, found = proved
    assert found.certified == "global"
    assert found.gap <= 1e-3
    told = check(problem, found.network, found.dual, delta=0.02, boxes=60_000)
    assert told.value == pytest.approx(found.value, rel=1e-12)
    assert told.lower_bound > found.lower_bound - 0.05 * found.value
    rng = np.random.default_rng(0)
    d = problem.x.shape[1]
    signs = np.repeat([1.0, -1.0], 15)

    def objective(flat):
        u = flat.reshape(-1, d)
        t = problem.x @ u.T
        error = np.maximum(t, 0) @ signs - problem.y
        size = np.linalg.norm(u, axis=1)
        slope = ((t > 0) * error[:, None] * signs).T @ problem.x
        slope += problem.beta * u / np.maximum(size, 1e-300)[:, None]
        return 0.5 * error @ error + problem.beta * size.sum(), slope.ravel()

    for _ in range(20):
        start = rng.standard_normal(30 * d) * 0.3
        other = minimize(objective, start, jac=True, method="L-BFGS-B")
        assert other.fun >= found.lower_bound


def test_seeds_and_rows_do_not_matter(proved):
    """Objectives agree within the certified gap."""
    problem, found = proved
    order = np.random.default_rng(1).permutation(60)
    moved = ReluProblem(x=problem.x[order], y=problem.y[order], beta=problem.beta)
    for seed, own in ((1, problem), (2, problem), (0, moved)):
        other = ColumnGeneration(
            tolerance=1e-3, proof=BranchAndBound(delta=3e-4), seed=seed
        ).solve(own)
        assert other.value == pytest.approx(found.value, rel=1e-3)


def test_beyond_the_greatest_beta_nothing_is_learned(proved):
    """beta_max = max |y' relu(X u)|; just below it something is."""
    problem, _ = proved
    most = BranchAndBound(delta=1e-6).greatest(problem.x, problem.y)
    above = ReluProblem(x=problem.x, y=problem.y, beta=1.001 * most.high)
    assert PROVED.solve(above).value == pytest.approx(0.5 * problem.y @ problem.y)
    below = ReluProblem(x=problem.x, y=problem.y, beta=0.9 * most.high)
    assert PROVED.solve(below).value < 0.5 * problem.y @ problem.y * (1 - 1e-4)


def test_the_value_is_concave_and_rises_with_beta(proved):
    problem, _ = proved
    betas = problem.beta * np.array([1.0, 2.0, 3.0])
    solver = ColumnGeneration(tolerance=1e-4)
    p = [solver.solve(ReluProblem(x=problem.x, y=problem.y, beta=float(b))).value for b in betas]
    assert p[0] < p[1] < p[2]
    assert p[1] > (p[0] + p[2]) / 2 * (1 - 2e-4)


def test_pricing_finds_what_branch_and_bound_proves():
    """The greatest value in four dimensions, of ten random residuals."""
    rng = np.random.default_rng(0)
    for _ in range(10):
        x, z = rng.standard_normal((40, 4)), rng.standard_normal(40)
        most = BranchAndBound(delta=1e-4).greatest(x, z)
        found = max(
            Pricing().price(x, sign * z, np.empty((0, 4)), rng).values[0] for sign in (1.0, -1.0)
        )
        assert found == pytest.approx(most.low, rel=2e-4)


def test_a_small_gap_is_believed_to_full_looks_alone(teacher, monkeypatch):
    """Few starts while the gap is large, all of them near the end, ten times as many at it."""
    asked = []
    price = Pricing.price

    def listened(self, x, z, near, rng, share=1.0):
        asked.append((z.copy(), share))
        return price(self, x, z, near, rng, share)

    monkeypatch.setattr(Pricing, "price", listened)
    for rounds, last in ((60, 12.0), (3, 1.0)):
        asked.clear()
        found = ColumnGeneration(tolerance=1e-3, rounds=rounds).solve(teacher(60, 3, beta=0.02))
        assert [share for _, share in asked[-2:]] == [last, last]
        assert asked[0][1] < 1.0
        np.testing.assert_array_equal(np.abs(asked[-1][0]), np.abs(found.dual))
    near = found.value - found.history[:, 1] <= 1e-2 * found.value
    full = {z.tobytes() for z, share in asked if share >= 1.0}
    assert len(full) >= near.sum()


def test_a_network_of_no_neuron_is_a_network():
    network = ReluNetwork(neurons=np.empty((0, 2)), signs=np.empty(0))
    problem = ReluProblem(x=np.ones((2, 2)), y=np.array([1.0, 2.0]), beta=1.0)
    assert network.value(problem) == pytest.approx(2.5)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="rounds, columns"):
        ColumnGeneration(rounds=0)
    with pytest.raises(ValueError, match="tolerance: expected more than 0"):
        ColumnGeneration(tolerance=0.0)
    with pytest.raises(ValueError, match="starts, steps"):
        Pricing(starts=0)


def test_a_proof_whose_nodes_run_out_is_none(teacher):
    """It is tried once, and the end is that of three clean looks."""
    found = ColumnGeneration(tolerance=1e-3, proof=BranchAndBound(nodes=50)).solve(
        teacher(60, 4, beta=0.02)
    )
    assert found.converged
    assert found.certified == "heuristic"
    assert found.gap <= 1e-3
    assert found.iterations < 40


def test_peaks_beside_neurons_are_not_missed(teacher):
    """Near an optimum all that is left is narrow, and beside neurons: five of six are found.

    To one part in ten thousand of what branch and bound finds.
    """
    found = 0
    for seed in range(6):
        problem = teacher(100, 4, seed=seed, beta=1e-3)
        near = ColumnGeneration(tolerance=0.05).solve(problem)
        most = BranchAndBound(delta=5e-4).greatest(problem.x, near.dual, problem.beta)
        assert most.low > 1.0001 * problem.beta
        priced = []
        for sign in (1.0, -1.0):
            own = near.network.neurons[near.network.signs == sign]
            rng = np.random.default_rng(0)
            told = Pricing().price(problem.x, sign * near.dual, own, rng, 4.0)
            priced.append(told.values[0])
        assert max(priced) <= most.high
        found += max(priced) >= (1 - 1e-4) * most.low
    assert found >= 5


def test_dear_steps_are_fewer_and_end_at_the_same_value(teacher, monkeypatch):
    """Where a step of Newton's costs more than pricing, it goes only to a share of the gap."""
    problem = teacher(80, 8, beta=0.005)
    taken, step = [0], newton._State.step

    def counted(state, eps):
        taken[-1] += 1
        return step(state, eps)

    monkeypatch.setattr(newton._State, "step", counted)
    whole = ColumnGeneration(tolerance=1e-3).solve(problem)
    taken.append(0)
    monkeypatch.setattr(column_generation, "_DEAR", 0.0)
    hasty = ColumnGeneration(tolerance=1e-3).solve(problem)
    assert whole.converged
    assert hasty.converged
    assert hasty.value == pytest.approx(whole.value, rel=1e-3)
    assert taken[1] / hasty.iterations < 0.8 * taken[0] / whole.iterations

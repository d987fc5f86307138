"""The program on given patterns by other ways than alternating directions."""

import numpy as np
import pytest

from understudy.convex import (
    ADMM,
    RBCD,
    BranchAndBound,
    ColumnGeneration,
    InteriorPoint,
    ReluProblem,
    SampledConvex,
    all_patterns,
    auto,
    certified,
    sampled_patterns,
    solve,
)


def test_interior_point_in_two_dimensions_is_proved_global(teacher):
    """All 2 n patterns: the bound over patterns is that over directions, to 1e-6."""
    problem = teacher(15, 2, seed=3)
    found = InteriorPoint(patterns=all_patterns(problem.x), tolerance=1e-7).solve(problem)
    most = BranchAndBound(delta=1e-7).greatest(problem.x, found.dual, problem.beta)
    value, low, _ = certified(problem, found.network, most.high, "global")
    assert value == pytest.approx(found.value, rel=1e-12)
    assert value - low < 1e-5 * value
    assert ColumnGeneration(tolerance=1e-5).solve(problem).value == pytest.approx(value, rel=2e-5)


@pytest.mark.parametrize("signs", [(2.0, 0.5), (-2.0, -1.0)])
def test_one_column_in_closed_form(signs):
    """x of one sign: (|y|^2 - (|X'y| - beta)_+^2 / |X|^2) / 2; of both: a sum of such."""
    y, beta = np.array(signs), 0.7
    x = np.array([[1.0], [2.0]])
    truth = (y @ y - max(abs(x[:, 0] @ y) - beta, 0.0) ** 2 / (x[:, 0] @ x[:, 0])) / 2
    patterns = sampled_patterns(x, 2, np.random.default_rng(0))
    found = InteriorPoint(patterns=patterns, tolerance=1e-9).solve(
        ReluProblem(x=x, y=y, beta=beta)
    )
    assert found.value == pytest.approx(truth, rel=1e-8)
    x = np.array([[1.0], [-2.0]])

    def alone(t, size):
        return t * t / 2 if abs(t) * size <= beta else (t * t - (abs(t) - beta / size) ** 2) / 2

    patterns = sampled_patterns(x, 2, np.random.default_rng(0))
    found = InteriorPoint(patterns=patterns, tolerance=1e-9).solve(
        ReluProblem(x=x, y=y, beta=beta)
    )
    assert found.value == pytest.approx(alone(y[0], 1.0) + alone(y[1], 2.0), rel=1e-8)


def test_conditions_of_a_minimum(teacher):
    """|X'D z + X'E mu| <= beta everywhere, with equality where a block is: from the bound alone.

    Value and bound meet to 1e-7 of the value, which leaves no room for anything else.
    """
    problem = teacher(60, 4)
    found = InteriorPoint(count=40, tolerance=1e-7).solve(problem)
    assert found.converged
    assert found.value - found.lower_bound <= 1e-7 * found.value
    assert (found.history[:, 0] >= found.history[:, 1]).all()
    seen = problem.x @ found.network.neurons.T
    given = sampled_patterns(problem.x, 40, np.random.default_rng(0)).seen
    for column in (seen > 0).T:
        assert (given == column[:, None]).all(axis=0).any()


def test_scale_and_patterns(teacher):
    """(y, beta) -> t (y, beta): t^2 p*; more patterns are never worse."""
    problem = teacher(80, 5, beta=0.02)
    few = InteriorPoint(count=30, tolerance=1e-5).solve(problem)
    scaled = ReluProblem(x=problem.x, y=3 * problem.y, beta=3 * problem.beta)
    again = InteriorPoint(count=30, tolerance=1e-5).solve(scaled)
    assert again.value == pytest.approx(9 * few.value, rel=2e-5)
    more = InteriorPoint(count=60, tolerance=1e-5).solve(problem)
    assert more.value < few.value


def test_random_blocks_come_to_the_same_end(teacher):
    problem = teacher(20, 2, beta=0.3)
    patterns = all_patterns(problem.x)
    exact = InteriorPoint(patterns=patterns).solve(problem)
    found = RBCD(patterns=patterns, tolerance=1e-2, iterations=1500).solve(problem)
    assert found.converged
    assert found.value == pytest.approx(exact.value, rel=1e-2)
    assert found.value >= exact.lower_bound


def test_the_gated_program_gives_a_network_and_a_bound(teacher):
    """As beta falls the two programs meet; the bound is one at any beta."""
    problem = teacher(60, 3, beta=0.05)
    patterns = sampled_patterns(problem.x, 40, np.random.default_rng(0))
    exact = InteriorPoint(patterns=patterns).solve(problem)
    found = SampledConvex(patterns=patterns).solve(problem)
    assert found.converged
    assert found.lower_bound <= exact.value
    assert found.value == pytest.approx(found.network.value(problem), rel=1e-12)
    assert found.value < 0.5 * problem.y @ problem.y


def test_one_door(teacher):
    """Patterns, their number and the tolerance decide."""
    problem = teacher(40, 3)
    patterns = sampled_patterns(problem.x, 10, np.random.default_rng(0))
    assert isinstance(auto(problem, patterns), InteriorPoint)
    wide = ReluProblem(
        x=np.random.default_rng(0).standard_normal((12, 6)), y=np.ones(12), beta=1.0
    )
    assert isinstance(auto(wide, sampled_patterns(wide.x, 5, np.random.default_rng(0))), ADMM)
    assert solve(problem).certified == "global"
    assert solve(problem, patterns).certified == "sampled"


def test_bad_settings_are_refused(teacher):
    with pytest.raises(ValueError, match="count, iterations: expected at least 1"):
        InteriorPoint(count=0)
    with pytest.raises(ValueError, match="tolerance: expected more than 0"):
        InteriorPoint(tolerance=0.0)
    with pytest.raises(ValueError, match="rho, share"):
        RBCD(share=0.0)
    with pytest.raises(ValueError, match="count, iterations, tolerance"):
        SampledConvex(tolerance=0.0)
    with pytest.raises(ValueError, match="patterns: expected of 5 samples, got of 6"):
        InteriorPoint(patterns=all_patterns(teacher(6, 2).x)).solve(teacher(5, 2))


def test_alternating_directions_reach_the_interior_points_objective(teacher):
    """To one part in ten thousand in two thousand steps, from the first penalty that is usual."""
    problem = teacher(100, 4, beta=0.05)
    patterns = sampled_patterns(problem.x, 30, np.random.default_rng(0))
    best = InteriorPoint(patterns=patterns, tolerance=1e-7).solve(problem)
    found = ADMM(patterns=patterns, tolerance=1e-9, iterations=2000).solve(problem)
    assert best.lower_bound <= found.value <= (1 + 1e-4) * best.value

"""Several outputs."""

import numpy as np
import pytest

from understudy.convex import (
    ReluProblem,
    sampled_patterns,
    solve,
    solve_outputs,
)


@pytest.fixture(scope="module")
def data(teacher):
    problem = teacher(60, 3, beta=0.02)
    other = np.random.default_rng(1).standard_normal(60)
    return problem.x, np.column_stack([problem.y, -problem.y, other]), [0.02, 0.02, 0.1]


def test_each_output_is_as_good_as_alone(data):
    """What was found before changes where it starts, and not what is proved."""
    x, y, betas = data
    found = solve_outputs(x, y, betas)
    assert [s.certified for s in found] == ["global"] * 3
    for k, own in enumerate(found):
        alone = solve(ReluProblem(x=x, y=y[:, k].copy(), beta=betas[k]))
        assert own.lower_bound <= alone.value
        assert alone.lower_bound <= own.value
    # The other sign is the same program with the signs of the neurons turned.
    assert found[0].value == pytest.approx(found[1].value, rel=2e-3)


def test_given_patterns_are_those_of_all_outputs(data):
    x, y, betas = data
    patterns = sampled_patterns(x, 20, np.random.default_rng(0))
    for k, own in enumerate(solve_outputs(x, y, betas, patterns=patterns, tolerance=1e-5)):
        problem = ReluProblem(x=x, y=y[:, k].copy(), beta=betas[k])
        alone = solve(problem, patterns, tolerance=1e-5)
        assert own.certified == "sampled"
        assert own.value == pytest.approx(alone.value, rel=2e-5)


def test_errors_name_the_output(data):
    x, y, betas = data
    with pytest.raises(ValueError, match="betas: expected 3, one an output, got 2"):
        solve_outputs(x, y, betas[:2])
    broken = y.copy()
    broken[4, 2] = np.nan
    with pytest.raises(ValueError, match="output 2: y: expected finite values"):
        solve_outputs(x, broken, [0.5, 0.5, 0.5])

"""The greatest value over the sphere."""

import numpy as np
import pytest

from understudy.convex import BranchAndBound


def value(x, z, u):
    return abs(z @ np.maximum(x @ u, 0.0))


@pytest.mark.parametrize("d", [2, 3, 4])
def test_no_direction_is_above_the_bound(d):
    """Fifty thousand directions, and the bound is within its tolerance of the value found."""
    rng = np.random.default_rng(d)
    x, z = rng.standard_normal((40, d)), rng.standard_normal(40)
    found = BranchAndBound(delta=1e-3).greatest(x, z)
    assert found.low <= found.high <= 1.0011 * found.low
    assert value(x, z, found.direction) == pytest.approx(found.low, rel=1e-12)
    assert np.linalg.norm(found.direction) == pytest.approx(1.0)
    others = rng.standard_normal((50_000, d))
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    every = np.abs(np.maximum(x @ others.T, 0.0).T @ z)
    assert every.max() <= found.high
    assert every.max() > 0.9 * found.low


def test_two_samples_at_a_right_angle():
    """z = (3, 4): along (3, 4) / 5 the value is 5; z = (3, -4): along the first axis it is... 4,
    of the negative side."""
    x = np.eye(2)
    solver = BranchAndBound(delta=1e-9)
    assert solver.greatest(x, np.array([3.0, 4.0])).high == pytest.approx(5.0, rel=1e-8)
    assert solver.greatest(x, np.array([3.0, -4.0])).high == pytest.approx(4.0, rel=1e-8)


def test_what_is_allowed_is_not_sought_further():
    """Fewer cones, and still a bound."""
    rng = np.random.default_rng(0)
    x, z = rng.standard_normal((40, 4)), rng.standard_normal(40)
    exact = BranchAndBound(delta=1e-4).greatest(x, z)
    loose = BranchAndBound(delta=1e-4).greatest(x, z, allowed=1.5 * exact.high)
    assert loose.nodes < exact.nodes / 5
    assert exact.low <= loose.high <= 1.5001 * exact.high


def test_a_search_that_is_cut_short_is_a_bound():
    rng = np.random.default_rng(0)
    x, z = rng.standard_normal((40, 4)), rng.standard_normal(40)
    exact = BranchAndBound(delta=1e-4).greatest(x, z)
    short = BranchAndBound(delta=1e-4, nodes=50).greatest(x, z)
    assert short.high >= exact.low
    assert short.high > exact.high

"""A block at a time."""

import numpy as np
import pytest
from scipy.optimize import nnls
from sklearn.linear_model import Lasso

from understudy.convex import BlockDescent, forest_of, solve_forest

RULES = ("cyclic", "random", "greedy", "scaled")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("finish", [0, 2])
def test_single_columns_are_the_lasso(rule, finish):
    """Of scikit-learn, whose objective is divided by the samples."""
    rng = np.random.default_rng(0)
    a, y = rng.standard_normal((40, 30)), rng.standard_normal(40)
    found = BlockDescent(rule=rule, size=1, finish=finish).group_lasso(a, y, 4.0)
    peer = Lasso(alpha=4.0 / 40, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(a, y)
    np.testing.assert_allclose(found.x, peer.coef_, atol=1e-6)
    assert found.converged
    assert 0 <= found.value - found.lower_bound < 1e-5 * found.value
    assert (np.diff(found.history) <= 1e-12).all()


@pytest.mark.parametrize("rule", RULES)
def test_nonnegative_least_squares(rule):
    """SciPy's active set, to rounding: the finish knows the face."""
    rng = np.random.default_rng(1)
    a = np.abs(rng.standard_normal((80, 25)))
    y = rng.standard_normal(80) + a[:, :8].sum(axis=1)
    found = BlockDescent(rule=rule).nonnegative(a, y)
    np.testing.assert_allclose(found.x, nnls(a, y)[0], atol=1e-9)
    assert found.converged


def grid(g):
    """The Laplacian of a grid, shifted, as A'A."""
    h = 4.1 * np.eye(g * g)
    for i in range(g):
        for j in range(g):
            for k in ((i + 1) * g + j if i + 1 < g else -1, i * g + j + 1 if j + 1 < g else -1):
                if k >= 0:
                    h[i * g + j, k] = h[k, i * g + j] = -1.0
    return h


def test_forests_take_fewer_blocks_on_a_grid():
    """Messages minimise over half of the grid at the cost of its edges."""
    h = grid(8)
    a, y = np.linalg.cholesky(h).T, np.random.default_rng(0).standard_normal(64)
    few = BlockDescent(forest=True, finish=0).nonnegative(a, y)
    many = BlockDescent(size=2, finish=0).nonnegative(a, y)
    assert few.value == pytest.approx(many.value, rel=1e-9)
    assert few.iterations < many.iterations / 3


def test_identified_faces_end_at_once():
    """The finish takes fewer blocks than descent alone, to the same value."""
    rng = np.random.default_rng(0)
    a, y = rng.standard_normal((60, 90)), rng.standard_normal(60)
    slow = BlockDescent(finish=0).group_lasso(a, y, 4.0)
    fast = BlockDescent(finish=2).group_lasso(a, y, 4.0)
    assert fast.iterations < slow.iterations / 3
    assert fast.value <= slow.value * (1 + 1e-12)


def test_a_forest_has_no_cycle_and_is_solved_by_messages():
    linked = grid(6) != 0
    kept = forest_of(linked, np.random.default_rng(0).permutation(36))
    assert 18 <= len(kept) < 36
    part = grid(6)[np.ix_(kept, kept)]
    edges = (np.count_nonzero(part) - len(kept)) // 2
    assert edges < len(kept)
    right = np.random.default_rng(1).standard_normal(len(kept))
    np.testing.assert_allclose(solve_forest(part, right), np.linalg.solve(part, right), atol=1e-12)
    with pytest.raises(ValueError, match="expected the graph of a forest, got a cycle"):
        solve_forest(grid(2), np.ones(4))


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="rule: expected one of cyclic"):
        BlockDescent(rule="best")
    with pytest.raises(ValueError, match="size, sweeps, finish"):
        BlockDescent(size=0)
    with pytest.raises(ValueError, match="a, price: expected a multiple of 5 columns"):
        BlockDescent().group_lasso(np.ones((2, 3)), np.ones(2), 1.0)

"""The copula against its closed forms."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from understudy.generative import GaussianCopula

RNG = np.random.default_rng(0)
Y = RNG.normal(size=(300, 2)) @ np.array([[1.0, 0.7], [0.0, 0.5]])
X = np.stack([np.exp(Y[:, 0]), Y[:, 1] ** 3], axis=1)


def test_marginals_are_the_interpolated_empirical_ones():
    """Shares below the data's quantiles are binomial around the level of each quantile."""
    n = 20_000
    drawn = GaussianCopula().fit(X).sample(n, np.random.default_rng(1))
    level = (np.arange(300) + 0.5) / 300
    for j in range(2):
        share = np.searchsorted(np.sort(drawn[:, j]), np.sort(X[:, j]), side="right")[5:-5] / n
        bound = 4 * np.sqrt(level * (1 - level) / n)[5:-5]
        assert (np.abs(share - level[5:-5]) < bound).all()
    assert (drawn.min(axis=0) >= X.min(axis=0)).all()
    assert (drawn.max(axis=0) <= X.max(axis=0)).all()


def test_a_draw_is_the_interpolated_quantile_of_its_level():
    """Sorted values stand at levels (i - 1/2) / N; one column, so that its score is z or -z."""
    sampler = GaussianCopula().fit(X[:, :1])
    score = np.random.default_rng(5).standard_normal((50, 1)) * sampler.factor[0, 0]
    expected = np.interp(ndtr(score), (np.arange(1, 301) - 0.5) / 300, np.sort(X[:, 0]))
    assert abs(sampler.factor[0, 0]) == pytest.approx(1.0, abs=1e-12)
    assert np.allclose(sampler.sample(50, np.random.default_rng(5)), expected, rtol=1e-12)


def test_a_monotone_change_of_a_column_is_a_change_of_its_quantiles():
    a, b = (
        GaussianCopula().fit(x).sample(50, np.random.default_rng(2))
        for x in (X, np.stack([np.exp(X[:, 0]), X[:, 1]], axis=1))
    )
    assert np.array_equal(a[:, 1], b[:, 1])
    assert np.array_equal(
        np.searchsorted(np.sort(X[:, 0]), a[:, 0]),
        np.searchsorted(np.sort(np.exp(X[:, 0])), b[:, 0]),
    )


def test_normal_scores_follow_the_conditional_normal_law():
    """With a median condition of correlation r the score of x has mean 0, variance 1 - r^2."""
    x, c = X[:, :1], X[:, 1:]
    ranks = (np.argsort(np.argsort(X, axis=0), axis=0) + 0.5) / 300
    r = np.corrcoef(ndtri(ranks).T)[0, 1]
    sampler = GaussianCopula().fit(x, c)
    low, high = (np.full((1, 1), np.quantile(c, q, method="hazen")) for q in (0.5, 0.9))
    scores = []
    for at in (low, high):
        level = (np.arange(300) + 0.5) / 300
        drawn = sampler.sample(20_000, np.random.default_rng(3), np.repeat(at, 20_000, axis=0))
        scores.append(ndtri(np.interp(drawn[:, 0], np.sort(x[:, 0]), level)))
    deviation = np.sqrt(1 - r**2)
    assert abs(scores[0].mean()) < 4 * deviation / np.sqrt(20_000)
    assert abs(scores[0].std() / deviation - 1) < 4 / np.sqrt(2 * 20_000)
    unit = ndtri((np.arange(300) + 0.5) / 300).std()
    assert abs(scores[1].mean() - r * ndtri(0.9) / unit) < 0.02

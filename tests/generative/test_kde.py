"""The kernel estimate against its closed forms."""

import numpy as np
import pytest

from understudy.generative import KDE

RNG = np.random.default_rng(0)
X = np.concatenate([RNG.normal(size=(100, 2)) - 3, RNG.normal(size=(100, 2)) * 0.5 + 3])


@pytest.mark.parametrize("bandwidth", [0.2, 1.0])
def test_mean_and_covariance_of_the_data_are_kept_at_any_bandwidth(bandwidth):
    n = 200_000
    drawn = KDE(bandwidths=(bandwidth,)).fit(X).sample(n, np.random.default_rng(1))
    truth = np.cov(X.T, bias=True)
    scale = np.sqrt(np.outer(np.diag(truth), np.diag(truth)))
    assert (np.abs(np.cov(drawn.T) - truth) < 4 * np.sqrt(2 / n) * scale).all()
    assert (np.abs(drawn.mean(axis=0) - X.mean(axis=0)) < 4 * np.sqrt(np.diag(truth) / n)).all()


def test_likelihood_of_samples_left_out_chooses_the_bandwidth():
    """The printed formula at each bandwidth, sample by sample."""
    choices = (0.05, 0.3, 1.5)
    covariance = np.cov(X.T, bias=True)
    value = []
    for h in choices:
        inverse = np.linalg.inv(h**2 * covariance)
        total = 0.0
        for i in range(len(X)):
            away = np.delete(X, i, axis=0) - X[i]
            density = np.exp(-0.5 * np.einsum("ni,ij,nj->n", away, inverse, away)).sum()
            total += np.log(density) + 0.5 * np.log(np.linalg.det(inverse))
        value.append(total)
    assert KDE(bandwidths=choices).fit(X).bandwidth == choices[int(np.argmax(value))] == 0.3


def test_a_condition_picks_the_samples_that_had_it():
    """Two clusters of different spread, the condition says which: each has its own law."""
    c = np.repeat([[0.0], [1.0]], 100, axis=0)
    sampler = KDE().fit(X, c)
    for value, own in ((0.0, X[:100]), (1.0, X[100:])):
        drawn = sampler.sample(4000, np.random.default_rng(1), np.full((4000, 1), value))
        spread = own.std(axis=0)
        assert (np.abs(drawn.mean(axis=0) - own.mean(axis=0)) < 4 * spread / np.sqrt(4000)).all()
        # The kernel has the shape of both clusters: (own + h^2 mean) / (1 + h^2) of a variance.
        assert (np.abs(drawn.std(axis=0) / spread - 1.0) < 0.2).all()
    assert np.exp(-0.5 * 2.0**2 / sampler.focus**2) < 0.01  # weight of the other cluster


def test_no_bandwidth_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        KDE(bandwidths=(0.1, 0.0))

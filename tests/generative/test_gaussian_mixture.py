"""The mixture against laws with known components."""

import numpy as np
import pytest

from understudy.generative import Gaussian, GaussianMixture

RNG = np.random.default_rng(0)
X = np.concatenate(
    [RNG.normal(size=(150, 2)) * [1.0, 0.2] - 6, RNG.normal(size=(350, 2)) * [0.5, 1.0] + 6]
)


def test_two_separated_clusters_are_found_with_their_weights():
    """Labels are certain, so that weights, means and covariances are those of the clusters."""
    sampler = GaussianMixture(components=4, reg=1e-9).fit(X)
    order = np.argsort(sampler.weights)
    assert np.allclose(sampler.weights[order], [0.3, 0.7], atol=1e-9)
    for k, own in zip(order, (X[:150], X[150:]), strict=True):
        assert np.allclose(sampler.means[k], own.mean(axis=0), atol=1e-6)
        covariance = sampler.factors[k].T @ sampler.factors[k]
        assert np.allclose(covariance, np.cov(own.T, bias=True), atol=1e-6)
    drawn = sampler.sample(10_000, np.random.default_rng(1))
    assert abs((drawn[:, 0] < 0).mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 10_000)


def test_a_condition_reweighs_components_by_their_density_there():
    """w_k N(c; n_k, C_k) over their sum, with moments of the clusters."""
    rng = np.random.default_rng(2)
    c = np.concatenate([rng.normal(size=(150, 1)), rng.normal(size=(350, 1)) * 2 + 2])
    sampler = GaussianMixture(components=2, reg=1e-9).fit(X, c)
    at = np.array([[-1.0], [0.5], [4.0]])
    density = np.stack(
        [
            w * np.exp(-0.5 * (at[:, 0] - own.mean()) ** 2 / own.var()) / own.std()
            for w, own in ((0.3, c[:150]), (0.7, c[150:]))
        ],
        axis=1,
    )
    expected = density / density.sum(axis=1, keepdims=True)
    found = sampler.responsibilities(at)[:, np.argsort(sampler.weights)]
    assert np.allclose(found, expected, atol=1e-6)


def test_one_component_is_the_normal_law():
    x, first = X[150:, :1], X[150:, 1:] + X[150:, :1]
    c = np.concatenate([first, first + RNG.normal(size=(350, 1))], axis=1)
    mixture = GaussianMixture(components=1, reg=1e-12).fit(x, c)
    normal = Gaussian().fit(x, c)
    at = np.array([[10.0, 14.0]])
    mean = mixture.means[0] + (at - mixture.condition_means[0]) @ mixture.gains[0]
    assert np.allclose(mean, normal.linear.at(at), rtol=1e-8)
    variance = (normal.factor**2).sum() * (len(x) - 1) / len(x)
    assert (mixture.factors**2).sum() == pytest.approx(variance, rel=1e-8)

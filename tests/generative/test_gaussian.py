"""The normal law against its closed forms."""

import numpy as np

from understudy.generative import Gaussian

RNG = np.random.default_rng(0)
MIX = RNG.normal(size=(5, 5))
JOINT = RNG.normal(size=(400, 5)) @ MIX + 3.0


def test_the_sample_covariance_is_reproduced_in_the_limit():
    """Entries of a covariance of n draws deviate by at most sqrt(2 / n) of its diagonal."""
    n = 200_000
    drawn = Gaussian().fit(JOINT).sample(n, np.random.default_rng(1))
    truth, found = np.cov(JOINT.T), np.cov(drawn.T)
    scale = np.sqrt(np.outer(np.diag(truth), np.diag(truth)))
    assert (np.abs(found - truth) < 4 * np.sqrt(2 / n) * scale).all()
    error = np.abs(drawn.mean(axis=0) - JOINT.mean(axis=0))
    assert (error < 4 * np.sqrt(np.diag(truth) / n)).all()


def test_given_a_condition_mean_and_covariance_are_those_of_schur():
    """m = E x + S_xc S_cc^-1 (c - E c), S = S_xx - S_xc S_cc^-1 S_cx, of the joint covariance."""
    x, c = JOINT[:, :3], JOINT[:, 3:]
    sampler = Gaussian().fit(x, c)
    joint = np.cov(JOINT.T)
    gain = joint[:3, 3:] @ np.linalg.inv(joint[3:, 3:])
    at = np.array([[1.0, 7.0], [-4.0, 2.0]])
    expected = x.mean(axis=0) + (at - c.mean(axis=0)) @ gain.T
    assert np.allclose(sampler.linear.at(at), expected, rtol=1e-10)
    schur = joint[:3, :3] - gain @ joint[3:, :3]
    assert np.allclose(sampler.factor.T @ sampler.factor, schur, rtol=1e-10)


def test_a_condition_that_repeats_another_changes_nothing():
    x, c = JOINT[:, :3], JOINT[:, 3:4]
    a = Gaussian().fit(x, c)
    b = Gaussian().fit(x, np.concatenate([c, 2 * c, np.ones_like(c)], axis=1))
    at = np.array([[1.0]])
    assert np.allclose(a.linear.at(at), b.linear.at(np.array([[1.0, 2.0, 1.0]])))
    assert np.allclose(a.factor.T @ a.factor, b.factor.T @ b.factor)


def test_fewer_samples_than_columns_give_a_law_on_their_span():
    x = RNG.normal(size=(4, 9))
    drawn = Gaussian().fit(x).sample(10, np.random.default_rng(0)) - x.mean(axis=0)
    basis = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:3]
    assert np.allclose(drawn @ basis.T @ basis, drawn)

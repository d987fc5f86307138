"""The wrapper that completes a law by analogues."""

import numpy as np
import pytest

from understudy.generative import AnalogueResidual, Gaussian

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 5)) * [3.0, 2.0, 0.3, 0.2, 0.1]


def test_trailing_columns_are_those_of_the_nearest_training_row():
    drawn = AnalogueResidual(inner=Gaussian(), leading=2).fit(X).sample(50, RNG)
    for row in drawn:
        nearest = np.argmin(np.sum((X[:, :2] - row[:2]) ** 2, axis=1))
        assert np.array_equal(row[2:], X[nearest, 2:])


def test_leading_columns_are_those_of_the_inner_law():
    sampler = AnalogueResidual(inner=Gaussian(), leading=2).fit(X, X[:, :1])
    a = sampler.sample(9, np.random.default_rng(1), X[:9, :1])
    b = Gaussian().fit(X[:, :2], X[:, :1]).sample(9, np.random.default_rng(1), X[:9, :1])
    assert np.array_equal(a[:, :2], b)


def test_leading_columns_of_little_energy_are_refused():
    """Shares of the variance: 9, 4, ... of 13.14 in all."""
    with pytest.raises(ValueError, match=r"expected 0.95 .* got 0.6"):
        AnalogueResidual(inner=Gaussian(), leading=1).fit(X)
    AnalogueResidual(inner=Gaussian(), leading=1, energy=0.6).fit(X)
    with pytest.raises(ValueError, match="at most 5"):
        AnalogueResidual(inner=Gaussian(), leading=6).fit(X)


def test_a_wrapper_in_a_wrapper_is_refused():
    inner = AnalogueResidual(inner=Gaussian(), leading=1, energy=0.1)
    with pytest.raises(ValueError, match="AnalogueSampler"):
        AnalogueResidual(inner=inner, leading=2).fit(X)

"""A law that is wrong, corrected by the runs that it was learned from."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import ndtri

from understudy.data.laws import Law
from understudy.linalg import ExtendedPOD
from understudy.metrics import coverage_of
from understudy.surrogates.controlled import controlled_estimate
from understudy.surrogates.stochastic_boundary import StochasticBoundary

SHAPE = (2, 2, 2)
LAWS = {"load": Law(kind="normal", a=0.0, b=1.0)}
BIAS = 0.7


@dataclass(frozen=True)
class Wrong:
    """Knows how the condition acts, with a shift and too little scatter."""

    def fit(self, x, condition=None):
        slope = np.linalg.lstsq(condition, x - x.mean(axis=0), rcond=None)[0]
        return WrongLaw(x.mean(axis=0) + BIAS * x.std(axis=0), slope)


@dataclass(frozen=True)
class WrongLaw:
    mean: np.ndarray
    slope: np.ndarray

    def sample(self, n, rng, condition=None):
        noise = 0.1 * rng.normal(size=(n, len(self.mean)))
        return self.mean + condition @ self.slope + noise


class Zone:
    def run(self, histories):
        return histories.reshape(len(histories), -1)[:, :1]


def runs(n, rng):
    """The first number is 3 + 2 load + 0.5 noise: mean 3, deviation sqrt(4.25)."""
    load = rng.normal(size=n)
    x = 0.1 * rng.normal(size=(n, 8))
    x[:, 0] = 3 + 2 * load + 0.5 * rng.normal(size=n)
    return x.reshape(n, *SHAPE), {"load": load}


def law(n, rng):
    x, inputs = runs(n, rng)
    spec = StochasticBoundary(generator=Wrong(), basis=ExtendedPOD(rank=8), laws=LAWS)
    return spec.fit(x, x.reshape(n, -1), inputs), x, inputs


def test_the_bias_of_a_law_is_gone_and_intervals_hold():
    """60 sets of 100 runs: mean and 95 % quantile; the law alone is off by many errors."""
    spread = np.sqrt(4.25)
    truth = (3.0, 3.0 + spread * ndtri(0.95))
    ends, values = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        fitted, x, inputs = law(100, rng)
        found = controlled_estimate(fitted, Zone(), x, inputs, 1000, rng).statistics
        pair = [found["mean"], found["q95"]]
        ends.append([[i.low, i.high] for i in pair])
        values.append([i.value for i in pair])
    for k in range(2):
        assert coverage_of(np.array(ends)[:, k].T, truth[k]) >= 0.9
    error = np.mean(values, axis=0) - truth
    assert np.abs(error).max() < 0.1
    raw = fitted.estimate(Zone(), 1000, np.random.default_rng(0)).statistics["mean"]
    assert raw.value - 3.0 > 1.0
    assert not raw.low <= 3.0 <= raw.high


def test_inputs_that_explain_the_quantity_make_the_interval_narrow():
    """The bracket scatters by the noise that inputs leave, 0.5 of 2.06, and that of the law."""
    rng = np.random.default_rng(1)
    fitted, x, inputs = law(400, rng)
    found = controlled_estimate(fitted, Zone(), x, inputs, 40_000, rng, repeats=50)
    expected = 0.5 / np.sqrt(400)
    assert found.statistics["mean"].training == pytest.approx(expected, rel=0.15)


def test_probabilities_are_corrected_too():
    rng = np.random.default_rng(2)
    fitted, x, inputs = law(4000, rng)
    found = controlled_estimate(fitted, Zone(), x, inputs, 8000, rng, thresholds=[3.0])
    assert found.exceedance[0].value == pytest.approx(0.5, abs=0.03)
    assert found.exceedance[0].low < 0.5 < found.exceedance[0].high


def test_other_runs_than_those_of_the_law_are_refused():
    rng = np.random.default_rng(3)
    fitted, x, inputs = law(60, rng)
    few = {"load": inputs["load"][:50]}
    with pytest.raises(ValueError, match="60 runs"):
        controlled_estimate(fitted, Zone(), x[:50], few, 100, rng)

"""Rare events of a quantity that is proportional to its load."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from understudy.data.laws import Law
from understudy.surrogates.conditional_monte_carlo import ConditionalMonteCarlo, exceedance

LOAD = Law(kind="lognormal", a=2.0, b=0.3)
SPREAD = 0.2
METHOD = ConditionalMonteCarlo(samples=1000)


def unit(z):
    """Lognormal too, so that the product is: log Q = log 2 + 0.3 z_0 + 0.2 z_1."""
    return np.exp(SPREAD * z[:, 1])


def threshold(probability):
    return 2.0 * math.exp(norm.isf(probability) * math.hypot(0.3, SPREAD))


def solve(probability, seed):
    return METHOD.solve(unit, LOAD, threshold(probability), 3, np.random.default_rng(seed))


def test_a_product_of_lognormal_numbers_has_its_known_tail():
    """100 repeats: the mean within four errors, stated errors the scatter, intervals that hold."""
    for truth in (1e-3, 1e-4):
        found = [solve(truth, seed) for seed in range(100)]
        values = np.array([f.probability for f in found])
        assert abs(values.mean() - truth) < 4 * values.std() / 10
        stated = np.sqrt(np.mean([(f.cov * f.probability) ** 2 for f in found]))
        assert stated == pytest.approx(values.std(), rel=4 * 0.08)
        assert np.mean([f.low <= truth <= f.high for f in found]) >= 0.9


def test_plain_monte_carlo_needs_twenty_times_more():
    """(1 - p) / (p cov^2) points for the same coefficient of variation."""
    found = solve(1e-4, 0)
    assert found.converged
    assert (1 - 1e-4) / (1e-4 * found.cov**2) > 20 * found.evaluations


def test_a_load_alone_leaves_nothing_to_chance():
    """If q is a number the probability is exact."""
    found = METHOD.solve(lambda z: np.ones(len(z)), LOAD, 4.0, 2, np.random.default_rng(0))
    assert found.probability == pytest.approx(norm.sf(math.log(2.0) / 0.3), rel=1e-12)
    assert found.cov < 1e-12


def test_exceedance_is_that_of_the_law():
    """Of a uniform load below, between and above its bounds; of a lognormal one at its median."""
    flat = Law(kind="uniform", a=1.0, b=3.0)
    assert exceedance(flat, np.array([0.5, 1.5, 4.0])).tolist() == [1.0, 0.75, 0.0]
    assert exceedance(LOAD, np.array([2.0])) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"load": Law(kind="normal", a=1.0, b=1.0)}, "law of the load: expected positive values"),
        (
            {"load": Law(kind="uniform", a=-1.0, b=1.0)},
            "law of the load: expected positive values",
        ),
        ({"threshold": 0.0}, "threshold: expected above 0"),
        ({"unit": lambda z: z[:, 0]}, "quantity at the load one: expected above 0"),
    ],
)
def test_what_is_no_load_is_refused(change, message):
    """The event must become more likely as the load grows."""
    settings = {"unit": unit, "load": LOAD, "threshold": 3.0, "dimension": 3} | change
    with pytest.raises(ValueError, match=message):
        METHOD.solve(**settings, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="at least 2, got 1"):
        ConditionalMonteCarlo(samples=1)

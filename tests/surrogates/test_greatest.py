import numpy as np
import pytest
from scipy.special import ndtr

from understudy.surrogates.greatest import fit_greatest


def test_constants_are_those_of_the_gap():
    """Peaks are 0.3 + N(0, 0.1^2) above the greatest value of fields with 5 nodes.

    The peak is beyond a bound t with probability Phi((T + 0.3 - t) / 0.1).
    """
    rng = np.random.default_rng(0)
    fields = rng.normal(size=(4000, 5))
    peak = fields.max(axis=1) + 0.3 + 0.1 * rng.normal(size=4000)
    found = fit_greatest(fields, peak, np.ones(4000, dtype=bool), np.full(4000, 1.4))
    assert found.offset == pytest.approx(0.3, abs=0.01)
    assert found.deviation == pytest.approx(0.1, rel=0.05)
    top = np.linspace(0.8, 1.5, 9)
    expected = ndtr((top + 0.3 - 1.4) / 0.1)
    assert np.allclose(found.probability(top, 1.4), expected, atol=0.05)


def test_samples_that_do_not_yield_do_not_count_for_the_offset():
    fields, peak = np.zeros((10, 3)), np.full(10, 0.5)
    peak[5:] = -9.0
    assert fit_greatest(fields, peak, peak > 0, np.zeros(10)).offset == pytest.approx(0.5)


def test_a_bias_where_yield_begins_moves_the_probability_and_not_the_offset():
    """Near the bound peaks lag behind by 0.2: half of those with T = t + 0.2 yield."""
    rng = np.random.default_rng(1)
    top = rng.uniform(-1.0, 6.0, size=3000)
    peak = top - np.where(np.abs(top) < 1.0, 0.2, 0.0) + 0.05 * rng.normal(size=3000)
    found = fit_greatest(top[:, None], peak, peak > -0.5, np.zeros(3000))
    assert abs(found.offset) < 0.08
    assert found.probability(np.array([0.2]), 0.0)[0] == pytest.approx(0.5, abs=0.1)

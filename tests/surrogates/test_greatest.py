import numpy as np
import pytest

from understudy.surrogates.greatest import fit_greatest


def test_offset_and_deviation_are_those_of_the_gap():
    """Peaks are 0.3 + N(0, 0.1^2) above the greatest value of fields with 5 nodes."""
    rng = np.random.default_rng(0)
    fields = rng.normal(size=(4000, 5))
    peak = fields.max(axis=1) + 0.3 + 0.1 * rng.normal(size=4000)
    found = fit_greatest(fields, peak, np.ones(4000, dtype=bool))
    assert found.offset == pytest.approx(0.3, abs=0.01)
    assert found.deviation == pytest.approx(0.1, rel=0.05)


def test_samples_that_do_not_yield_do_not_count():
    fields, peak = np.zeros((10, 3)), np.full(10, 0.5)
    peak[5:] = -9.0
    assert fit_greatest(fields, peak, peak > 0).offset == pytest.approx(0.5)

"""Errors of a zone that yields."""

import numpy as np
import pytest

from understudy.cli.boundary_plastic import relative_errors


def test_errors_are_relative_and_small_values_do_not_count():
    """10 % too much and 20 % too little; the third is below a twentieth of the greatest."""
    found = relative_errors(np.array([1.1, 1.6, 9.0]), np.array([1.0, 2.0, 0.09]))
    assert found == pytest.approx({"mean_bias": -0.05, "worst": 0.2})


def test_runs_that_do_not_yield_have_no_errors_of_strain():
    """No mean of nothing."""
    assert relative_errors(np.zeros(2), np.zeros(2)) == {}

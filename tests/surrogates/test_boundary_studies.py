"""Scores of laws, and studies of what they cannot do."""

import numpy as np
import pytest

from understudy.surrogates.boundary_evaluation import arrivals, scores
from understudy.surrogates.boundary_studies import Box, change_errors


def test_scores_of_a_shift_and_of_a_factor_are_what_they_are():
    x = np.random.default_rng(0).normal(10.0, 2.0, 4001)
    shifted, larger = scores(x + 0.5, x), scores(1.1 * x, x)
    assert shifted["w1"] == pytest.approx(0.5 / x.std(), rel=1e-12)
    assert shifted["std_error"] == pytest.approx(0.0, abs=1e-12)
    for name in ("mean", "std", "q95", "q99"):
        assert larger[f"{name}_error"] == pytest.approx(0.1, rel=1e-10)


def test_a_history_arrives_when_its_edge_moves():
    """A twentieth of its greatest motion, wherever that is on the edge."""
    times = np.arange(5.0)
    u = np.zeros((2, 5, 3, 2))
    u[0, 2:, 1, 0] = [0.04, 0.06, 1.0]
    u[1, 1:, 2, 1] = -7.0
    assert arrivals(times, u).tolist() == [3.0, 1.0]


def test_a_box_holds_what_lies_within_all_its_ranges():
    box = Box(ranges={"x": (0.0, 1.0), "y": (2.0, 3.0)})
    inputs = {"x": np.array([0.5, 0.5, 2.0]), "y": np.array([2.5, 1.0, 2.5])}
    assert box.holds(inputs).tolist() == [True, False, False]
    with pytest.raises(ValueError, match="'y'"):
        box.holds({"x": np.zeros(2)})


def test_errors_of_a_changed_zone_are_relative_to_full_runs():
    truth = np.random.default_rng(1).uniform(1, 2, (12, 5))
    factor = np.linspace(0.9, 1.2, 12)[:, None]

    class Zone:
        def run(self, histories):
            return factor * truth[: len(histories)]

    found = change_errors(Zone(), np.zeros((12, 4, 1, 2)), truth)
    assert found["mean_bias"] == pytest.approx(factor.mean() - 1)
    assert found["worst"] == pytest.approx(0.2)
    assert found["worst_of_ten"] == pytest.approx(np.abs(factor[:10] - 1).max())
    assert found["field_error"] == pytest.approx(np.abs(factor - 1).mean())

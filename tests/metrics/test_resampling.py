"""Intervals of a figure had other samples been drawn."""

import numpy as np
import pytest

from understudy.metrics import resampled


def test_the_interval_of_a_mean_has_the_width_of_the_normal_law():
    """+- 1.96 s / sqrt(n); the deviation of an end is about 2.7 / sqrt(B) s / sqrt(n)."""
    x = np.random.default_rng(1).normal(3.0, 2.0, size=400)
    low, high = resampled(lambda i: float(x[i].mean()), 400, np.random.default_rng(0), 4000)
    expected = 1.96 * x.std() / 20
    assert low == pytest.approx(x.mean() - expected, abs=0.08 * expected)
    assert high == pytest.approx(x.mean() + expected, abs=0.08 * expected)


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Of 200 sets of 50, 95 % hold: at least 0.95 - 3 sqrt(.95 .05 / 200) less 1 % of small n."""
    held = 0
    for seed in range(200):
        x = np.random.default_rng(seed).normal(size=50)
        low, high = resampled(lambda i, x=x: float(x[i].mean()), 50, np.random.default_rng(0), 300)
        held += low <= 0 <= high
    assert held / 200 > 0.95 - 3 * (0.95 * 0.05 / 200) ** 0.5 - 0.01


def test_one_sample_has_no_width_and_the_same_generator_gives_the_same():
    assert resampled(lambda i: 7.0 + float(i.sum()), 1, np.random.default_rng(0)) == (7.0, 7.0)
    x = np.arange(10.0)
    first, second = (
        resampled(lambda i: float(x[i].mean()), 10, np.random.default_rng(3)) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(("count", "repeats", "level"), [(0, 10, 0.9), (3, 0, 0.9), (3, 10, 1.0)])
def test_bad_settings_are_refused(count, repeats, level):
    with pytest.raises(ValueError, match=f"got {count}, {repeats}, {level}"):
        resampled(lambda _: 0.0, count, np.random.default_rng(0), repeats, level)

import numpy as np
import ot
import pytest
from scipy.special import kolmogi

import understudy.metrics.distributions as module
from understudy.metrics import (
    coverage_of,
    energy_distance,
    ks_band,
    moments,
    nearest_neighbour_ratio,
    relative_errors,
    sliced_wasserstein,
    two_half_ratio,
    wasserstein1,
)

RNG = np.random.default_rng(0)
A = RNG.normal(size=500) - 0.5
X = RNG.normal(size=(300, 4))


def test_the_distance_of_a_shifted_sample_is_the_shift():
    assert wasserstein1(A, A + 0.7) == pytest.approx(0.7)
    assert wasserstein1(A, A[::-1]) == 0.0


def test_the_distance_of_normal_laws_of_two_widths_is_their_difference_of_mean_moduli():
    """W1 = |s - 1| sqrt(2 / pi); both quantile functions are sampled at the same levels.

    The error is that of E|X| over 40,000 points, of deviation sqrt(1 - 2 / pi) / 200, times s - 1.
    """
    z = np.random.default_rng(1).normal(size=40_000)
    expected = 1.5 * np.sqrt(2 / np.pi)
    assert wasserstein1(z, 2.5 * z) == pytest.approx(expected, abs=4 * 1.5 * 0.603 / 200)


def test_moments_are_those_of_the_sample():
    found = moments(np.arange(101.0))
    assert found["mean"] == 50.0
    assert found["std"] == pytest.approx(np.sqrt(101 * 102 / 12))
    assert (found["q95"], found["q99"]) == pytest.approx((95.0, 99.0))
    with pytest.raises(ValueError, match="at least 2"):
        moments(np.ones(1))


def test_a_scaled_sample_errs_by_the_scale_in_all_its_moments():
    found = relative_errors(0.9 * A, A)
    assert list(found) == ["mean", "std", "q95", "q99"]
    # Errors are over the modulus: that of a negative mean is positive.
    sign = np.sign([A.mean(), 1.0, 1.0, 1.0])
    assert list(found.values()) == pytest.approx(list(-0.1 * sign))


def test_the_sliced_distance_of_a_shift_is_its_length_over_the_root_of_the_dimension():
    """Mean of (u't)^2 over unit vectors: |t|^2 / d; of 4,000 squared cosines the error is 2 %."""
    shift = np.array([3.0, 0.0, -4.0, 0.0])
    found = sliced_wasserstein(X, X + shift, 4000, np.random.default_rng(2))
    # Variance of a squared cosine in 4 dimensions: 2 (d - 1) / (d^2 (d + 2)) = 1 / 16.
    assert found**2 == pytest.approx(25 / 4, abs=4 * 25 / 4 / np.sqrt(4000))
    assert sliced_wasserstein(X, X[::-1], 50, np.random.default_rng(2)) == pytest.approx(0.0)


def test_the_sliced_distance_of_unequal_numbers_is_that_of_another_library():
    u = np.random.default_rng(3).normal(size=(40, 4))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    y = RNG.normal(size=(170, 4)) * 1.5 + 0.2
    expected = ot.sliced_wasserstein_distance(X, y, projections=u.T)
    assert sliced_wasserstein(X, y, 40, np.random.default_rng(3)) == pytest.approx(expected)


def test_the_energy_distance_of_points_is_theirs_twice_and_of_equal_sets_zero(monkeypatch):
    one, two = np.zeros((1, 3)), np.array([[2.0, 0.0, 0.0]])
    assert energy_distance(one, two) == 4.0
    # {0, 2} against {0}: 2 x 1 - 1 - 0.
    assert energy_distance(np.concatenate([one, two]), one) == pytest.approx(1.0)
    assert energy_distance(X, X[::-1]) == pytest.approx(0.0, abs=1e-12)
    whole = energy_distance(X[:100], X[100:])
    monkeypatch.setattr(module, "_BLOCK", 7)
    assert energy_distance(X[:100], X[100:]) == pytest.approx(whole)


def test_in_one_variable_the_energy_distance_is_twice_the_squared_distance_of_the_laws():
    """E = 2 int (F - G)^2: for {0, 0, 1} against {0, 1, 1} it is 2 / 9."""
    a, b = np.array([[0.0], [0.0], [1.0]]), np.array([[0.0], [1.0], [1.0]])
    assert energy_distance(a, b) == pytest.approx(2 / 9)


def test_copies_are_at_no_distance_and_fresh_samples_as_far_as_unseen_ones(monkeypatch):
    """Medians of 1,000 distances have a relative error of some 2 %."""
    rng = np.random.default_rng(4)
    training, unseen, fresh = rng.normal(size=(3, 1000, 5))
    assert nearest_neighbour_ratio(training[:50], training, unseen) == 0.0
    ratio = nearest_neighbour_ratio(fresh, training, unseen)
    assert ratio == pytest.approx(1.0, abs=0.1)
    monkeypatch.setattr(module, "_BLOCK", 64)
    assert nearest_neighbour_ratio(fresh, training, unseen) == ratio


def test_near_copies_of_one_half_are_found_and_fresh_samples_are_not():
    rng = np.random.default_rng(5)
    used, other, fresh = rng.normal(size=(3, 1000, 5))
    assert two_half_ratio(fresh, used, other) == pytest.approx(1.0, abs=0.1)
    assert two_half_ratio(used + 1e-3 * fresh, used, other) < 0.01
    assert two_half_ratio(other + 1e-3 * fresh, used, other) > 100
    with pytest.raises(ValueError, match="equal numbers"):
        two_half_ratio(fresh, used, other[:500])


def test_the_band_holds_the_law_as_often_as_it_says():
    """Bound of Massart: two parts in a thousand above Kolmogorov's limit at 95 %."""
    assert ks_band(400) == pytest.approx(kolmogi(0.05) / 20, rel=2e-3)
    rng = np.random.default_rng(6)
    u = np.sort(rng.uniform(size=(4000, 50)), axis=1)
    steps = np.arange(51) / 50
    gap = np.maximum(steps[1:] - u, u - steps[:-1]).max(axis=1)
    for level in (0.5, 0.9, 0.95):
        assert np.mean(gap <= ks_band(50, level)) >= level
    with pytest.raises(ValueError, match="level"):
        ks_band(50, 1.0)


def test_coverage_counts_intervals_that_hold_the_truth():
    ends = np.array([[0.0, 0.0, 2.0], [1.0, 3.0, 4.0]])
    assert coverage_of(ends, 1.0) == pytest.approx(2 / 3)
    assert coverage_of(ends, np.array([0.5, 4.0, 3.0])) == pytest.approx(2 / 3)

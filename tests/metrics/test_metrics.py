import numpy as np
import pytest

from understudy.metrics import (
    HALF_WIDTH_95,
    band_coverage,
    conformal_by_group,
    conformal_factors,
    crps_normal,
    f1,
    q2,
    relative_l2,
    rmse_over_deviation,
    rrmse_field,
    rrmse_scalar,
)

TRUTH = [np.array([1.0, 2.0, 4.0]), np.array([-2.0, 0.0])]


def test_rrmse_of_a_field_divides_each_sample_by_its_largest_value():
    wrong = [TRUTH[0] + [0.0, 0.0, 0.4], TRUTH[1] + [0.2, 0.0]]
    expected = np.sqrt(np.mean([0.16 / 3 / 16, 0.04 / 2 / 4]))
    assert rrmse_field(TRUTH, wrong) == pytest.approx(expected)


def test_rrmse_of_a_scalar_divides_by_each_value():
    expected = np.sqrt((0.1**2 + 0.2**2) / 2)
    assert rrmse_scalar(np.array([10.0, 5.0]), np.array([11.0, 4.0])) == pytest.approx(expected)


def test_q2_of_the_truth_is_one_and_of_the_mean_zero():
    mean = np.concatenate(TRUTH).mean()
    assert q2(TRUTH, TRUTH) == 1.0
    assert q2(TRUTH, [np.full(3, mean), np.full(2, mean)]) == pytest.approx(0.0)


def test_q2_of_a_shifted_truth_loses_the_shift_over_the_variance_of_the_truth():
    u = np.concatenate(TRUTH)
    expected = 1 - len(u) * 0.3**2 / np.sum((u - u.mean()) ** 2)
    assert q2(TRUTH, [v + 0.3 for v in TRUTH]) == pytest.approx(expected)


def test_q2_is_not_symmetric_in_truth_and_prediction():
    wrong = [u / 2 for u in TRUTH]
    assert q2(TRUTH, wrong) != pytest.approx(q2(wrong, TRUTH))


def test_q2_about_a_reference_is_zero_for_the_reference():
    reference = [u + 1.0 for u in TRUTH]
    assert q2(TRUTH, reference, reference) == pytest.approx(0.0)


def test_relative_l2_of_a_scaled_field_is_the_scale():
    assert relative_l2(TRUTH, [1.1 * u for u in TRUTH]) == pytest.approx(0.1)


def test_coverage_of_true_gaussian_deviations_is_95_percent():
    rng = np.random.default_rng(0)
    sd = np.exp(rng.normal(size=40_000))
    truth = sd * rng.normal(size=40_000)
    band = np.stack([-HALF_WIDTH_95 * sd, HALF_WIDTH_95 * sd])
    cover = band_coverage([truth], [band])
    assert cover == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 40_000))


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="as many predicted"):
        q2(TRUTH, TRUTH[:1])


def test_coverage_counts_only_where_it_is_asked():
    band = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    truth, where = np.array([0.5, 2.0, 3.0]), np.array([True, True, False])
    assert band_coverage([truth, truth], [band, band], [where, ~where & False]) == 0.5
    with pytest.raises(ValueError, match="values that count"):
        band_coverage([truth], [band], [np.zeros(3, dtype=bool)])


def test_crps_is_the_mean_distance_to_draws_less_half_their_own():
    """CRPS = E|X - u| - E|X - X'| / 2 for X, X' independent."""
    rng = np.random.default_rng(0)
    x, y = 1.0 + 2.0 * rng.normal(size=(2, 400_000))
    sampled = np.abs(x - 2.5).mean() - 0.5 * np.abs(x - y).mean()
    found = crps_normal([np.array([2.5])], [np.array([1.0])], [np.array([2.0])])
    assert found == pytest.approx(sampled, abs=4 * 2.0 / np.sqrt(400_000))


def test_error_over_deviation_goes_with_q2():
    wrong = [TRUTH[0] + 0.1, TRUTH[1]]
    assert rmse_over_deviation(TRUTH, wrong) ** 2 == pytest.approx(1 - q2(TRUTH, wrong))


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    truth, guess = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool)
    assert f1(truth, guess) == pytest.approx(2 / 3)
    assert f1(truth & False, guess & False) == 1.0


def test_a_conformal_factor_undoes_a_wrong_scale_of_deviations():
    """Deviations three times too small: the factor is 3 up to the error of a 95 % quantile.

    The quantile of 4,000 |z| has the standard error sqrt(0.95 0.05 / 4000) / (2 phi(1.96)).
    """
    rng = np.random.default_rng(0)
    sd = np.exp(rng.normal(size=(4000, 2)))
    truth = sd * rng.normal(size=(4000, 2))
    found = conformal_factors(truth, np.zeros((4000, 2)), sd / [1.0, 3.0])
    error = np.sqrt(0.95 * 0.05 / 4000) / (
        2 * np.exp(-(HALF_WIDTH_95**2) / 2) / np.sqrt(2 * np.pi)
    )
    assert np.allclose(found, [1.0, 3.0], rtol=4 * error / HALF_WIDTH_95)


@pytest.mark.parametrize("n", [5, 19, 99])
def test_a_conformal_factor_covers_a_fresh_value_as_often_as_it_says(n):
    """Among n + 1 exchangeable ratios the rank of the last is uniform: P = rank / (n + 1)."""
    rng = np.random.default_rng(n)
    ratios = np.abs(rng.normal(size=(n + 1, 20_000)))
    factor = conformal_factors(ratios[:n], np.zeros((n, 20_000)), np.ones((n, 20_000)))
    share = np.mean(ratios[n] <= HALF_WIDTH_95 * factor)
    expected = min(n, np.ceil(0.95 * (n + 1))) / (n + 1)
    assert share == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 20_000))


def test_conformal_bands_hold_in_each_group():
    """Two groups, one with errors four times as large; a third has too few rows for the rank."""
    rng = np.random.default_rng(0)
    size = np.array([1.0, 4.0])
    group = np.repeat([0, 1, 2], [400, 400, 5])
    scores = np.abs(rng.standard_normal((805, 2))) * size[np.minimum(group, 1), None]
    found = conformal_by_group(scores, group, 3)
    assert found.shape == (4, 2)
    assert np.array_equal(found[2], found[3])
    fresh = np.abs(rng.standard_normal((100_000, 1))) * size
    held = (fresh[:, :, None] <= found[:2][None]).mean(axis=0)
    assert np.all(np.abs(held - 0.95) < 0.03)
    pooled = (fresh[:, :, None] <= found[3]).mean(axis=0)
    assert pooled[0].min() > 0.99
    assert pooled[1].max() < 0.93


def test_the_conformal_rank_is_that_of_a_fresh_score():
    """Of 19 scores the largest, of 39 the second largest."""
    rows = np.arange(39.0)[:, None]
    none = np.full(39, -1)
    assert conformal_by_group(rows[:19], none[:19], 0)[0, 0] == 18.0
    assert conformal_by_group(rows, none, 0)[0, 0] == 37.0


def test_rows_of_one_sample_count_once():
    """Forty rows of two samples are too few for a band of their own."""
    rows = np.arange(440.0)[:, None]
    group = np.repeat([0, 1], [40, 400])
    alone, alike = (conformal_by_group(rows, group, 2, each=each) for each in (1, 20))
    assert alone[0, 0] < 40.0
    assert np.array_equal(alike[0], alike[2])
    assert np.array_equal(alike[1], alone[1])

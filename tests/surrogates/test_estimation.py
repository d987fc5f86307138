import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from understudy.data import tree
from understudy.metrics import coverage_of
from understudy.surrogates.estimation import ConfidenceInterval, Estimate, estimate_from

NAMES = ["mean", "std", "q50", "q95", "q99"]
TRUTH = np.array([0.0, 1.0, 0.0, ndtri(0.95), ndtri(0.99)])


def all_of(found):
    return [found.statistics[name] for name in NAMES] + list(found.exceedance)


def values_of(found):
    return np.array([interval.value for interval in all_of(found)])


def test_statistics_are_those_of_the_sample():
    found = estimate_from(np.arange(201.0), 0.95, [149.0, 150.5])
    assert list(found.statistics) == NAMES
    expected = [100.0, np.std(np.arange(201), ddof=1), 100.0, 190.0, 198.0, 51 / 201, 50 / 201]
    assert np.allclose(values_of(found), expected)


def test_errors_of_sampling_are_those_of_a_normal_sample():
    """s / sqrt(n), s / sqrt(2 n), sqrt(p (1 - p) / n) / f(q), sqrt(p (1 - p) / n), in the mean.

    Mean squares over 400 samples; those of a quantile scatter most, by n^(-1/4) each, and the
    finite n changes them by some 1 / (n (1 - p)).
    """
    n, rng = 2000, np.random.default_rng(0)
    squares = [
        [i.sampling**2 for i in all_of(estimate_from(rng.normal(size=n), 0.95, [1.0]))]
        for _ in range(400)
    ]
    p = np.array([0.5, 0.95, 0.99])
    quantiles = np.sqrt(p * (1 - p) / n) / norm.pdf(ndtri(p))
    share = norm.sf(1.0)
    expected = np.r_[1 / n**0.5, 1 / (2 * n) ** 0.5, quantiles, (share * (1 - share) / n) ** 0.5]
    assert np.allclose(np.sqrt(np.mean(squares, axis=0)), expected, rtol=0.06)


def test_the_error_of_a_median_is_that_of_its_bootstrap():
    """Tenth of 19 values, of which nine lie above: the deviation over 200,000 resamples."""
    rng = np.random.default_rng(6)
    values = np.exp(rng.normal(size=19))
    resampled = np.median(values[rng.integers(19, size=(200_000, 19))], axis=1)
    above = np.var(np.arange(19) < 9, ddof=1) / 0.25
    found = estimate_from(values, 0.95).statistics["q50"].sampling
    # Four standard errors of a deviation, with room for a law of kurtosis 10.
    assert found == pytest.approx(resampled.std() * above**0.5, rel=4 * 1.5 / np.sqrt(200_000))


def test_the_error_of_a_probability_counts_two_more_events_in_four_more_draws():
    found = estimate_from(np.arange(10.0), 0.95, [7.5]).exceedance[0]
    assert found.value == 0.2
    assert found.sampling == pytest.approx(np.sqrt(4 / 14 * 10 / 14 / 14))


def test_intervals_of_a_true_sample_hold_the_truth_as_often_as_they_say():
    """700 samples of 400 values: four standard errors are 3.3 %; q99 has few values beyond it."""
    rng = np.random.default_rng(1)
    ends = []
    for _ in range(700):
        found = estimate_from(rng.normal(size=400), 0.95, [1.0, 2.0])
        ends.append([[i.low, i.high] for i in all_of(found)])
    truth = np.r_[TRUTH, norm.sf([1.0, 2.0])]
    ends = np.moveaxis(np.array(ends), 2, 0)
    share = np.array([coverage_of(ends[:, :, k], truth[k]) for k in range(len(truth))])
    assert np.all(np.abs(share - 0.95)[[0, 1, 2, 5, 6]] < 0.033)
    assert np.all(share[[3, 4]] > 0.95 - 0.033 - 0.01)


def test_a_probability_that_was_never_seen_has_an_upper_bound():
    """No event in n: an interval up to about 3 / n."""
    found = estimate_from(np.random.default_rng(2).uniform(size=1000), 0.95, [2.0]).exceedance[0]
    assert found.value == found.low == 0.0
    assert 2 / 1000 < found.high < 4 / 1000


def learned(n, groups, rng, common):
    """Values of a normal law learned from 100 points, and of laws without one group each."""
    points = rng.normal(size=100)
    z = rng.normal(size=n)

    def draw(kept):
        latent = z if common else rng.normal(size=n)
        return kept.mean() + kept.std(ddof=1) * latent

    parts = np.array_split(points, groups)
    return draw(points), [draw(np.concatenate(parts[:j] + parts[j + 1 :])) for j in range(groups)]


@pytest.mark.parametrize("common", [True, False], ids=["common draws", "other draws"])
def test_the_error_of_the_training_set_is_that_of_its_mean_and_deviation(common):
    """Variances 1 / 100 of the mean, 1 / 200 of the deviation, (1 + q^2 / 2) / 100 of a quantile.

    Means over 150 sets with 4 degrees of freedom each: 4 standard errors are 4 sqrt(2 / 600) for
    common draws; without them the noise, 3.2 / n before it is taken off, scatters as much again.
    """
    rng = np.random.default_rng(3)
    squares = []
    for _ in range(150):
        values, replicas = learned(400, 5, rng, common)
        found = estimate_from(values, 0.95, replicas=replicas)
        squares.append([i.training**2 for i in all_of(found)[:4]])
    expected = np.array([1.0, 0.5, 1.0, 1 + ndtri(0.95) ** 2 / 2]) / 100
    assert np.allclose(np.mean(squares, axis=0), expected, rtol=0.23 if common else 0.46)


def test_without_the_error_of_the_training_set_intervals_are_false():
    """2,000 draws of a law learned from 100 points: its own error bars are those of draws only."""
    rng = np.random.default_rng(4)
    joint, alone = [], []
    for _ in range(80):
        values, replicas = learned(2000, 5, rng, True)
        for ends, given in ((joint, replicas), (alone, [])):
            found = estimate_from(values, 0.95, replicas=given).statistics
            ends.append([[found[k].low, found[k].high] for k in ("mean", "std", "q95")])
    truth = TRUTH[[0, 1, 3]]
    for k in range(3):
        assert coverage_of(np.array(joint)[:, k].T, truth[k]) >= 0.9
        assert coverage_of(np.array(alone)[:, k].T, truth[k]) < 0.6


def test_degrees_of_freedom_lie_between_those_of_both_errors():
    """Where the training set rules they are g - 1, where sampling does n - 1."""
    values, replicas = learned(100_000, 5, np.random.default_rng(5), True)
    assert estimate_from(values, 0.95, replicas=replicas).statistics["mean"].dof < 4.5
    few, others = learned(150, 5, np.random.default_rng(7), True)
    mean = estimate_from(few, 0.95, replicas=others).statistics["mean"]
    a, b = mean.sampling**2, mean.training**2
    assert mean.dof == pytest.approx((a + b) ** 2 / (a**2 / 149 + b**2 / 4))
    still = [values + 1e-9 * j for j in range(5)]
    assert estimate_from(values, 0.95, replicas=still).statistics["mean"].dof > 99_000
    own = estimate_from(values[:50], 0.95).statistics["mean"]
    assert own.dof == pytest.approx(49)
    assert own.high - own.value == pytest.approx(2.0096 * own.sampling, rel=1e-4)


def test_values_that_do_not_vary_have_no_error():
    found = estimate_from(np.full(10, 3.0), 0.95).statistics
    assert all(found[k].low == found[k].high for k in NAMES)


def test_it_survives_save_and_load(tmp_path):
    found = estimate_from(np.arange(9.0), 0.95, [4.5])
    tree.save(tmp_path / "e.h5", "estimate", 1, found, {})
    read, _ = tree.load(tmp_path / "e.h5", "estimate", 1, Estimate)
    assert isinstance(read.exceedance[0], ConfidenceInterval)
    assert np.array_equal(values_of(read), values_of(found))


@pytest.mark.parametrize(
    ("values", "settings", "message"),
    [
        (np.ones(1), {}, "at least 2"),
        (np.array([1.0, np.nan]), {}, "finite"),
        (np.ones(3), {"replicas": [np.ones(3)]}, "got 1"),
        (np.ones(3), {"level": 1.0}, "level"),
    ],
)
def test_what_gives_no_interval_is_refused(values, settings, message):
    with pytest.raises(ValueError, match=message):
        estimate_from(values, **({"level": 0.95} | settings))

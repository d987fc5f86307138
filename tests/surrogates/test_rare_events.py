"""Rare events whose probability is known: a half space, the outside of a ball or of a slab."""

import dataclasses
import functools
import importlib
import sys

import numpy as np
import pytest
from scipy.stats import binom, chi2, kstest, norm

import understudy.surrogates.importance_sampling as importance
from understudy.surrogates.importance_sampling import ImportanceSampling
from understudy.surrogates.limit_state import counted, with_training
from understudy.surrogates.rare_events import MonteCarlo, SubsetSimulation

DIMENSION = 16
EVENTS = {
    "half space": (lambda z: z[:, 0], norm.isf),
    "outside of a ball": (lambda z: np.sum(z**2, axis=1), lambda p: chi2.isf(p, DIMENSION)),
}
SUBSET, CROSS = SubsetSimulation(), ImportanceSampling()
each_event = pytest.mark.parametrize("event", EVENTS)
each_method = pytest.mark.parametrize("method", [SUBSET, CROSS], ids=lambda m: type(m).__name__)
METHODS = [MonteCarlo(samples=2000), SubsetSimulation(samples=200, repeats=3), CROSS]


@functools.cache
def solve(method, event, probability, seed):
    g, isf = EVENTS[event]
    return method.solve(g, isf(probability), DIMENSION, np.random.default_rng(seed))


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
class TestContract:
    def test_the_count_of_evaluations_is_that_of_points_seen(self, method):
        seen = []

        def g(z):
            seen.append(len(z))
            return z[:, 0]

        found = method.solve(g, 2.0, 3, np.random.default_rng(0))
        assert found.evaluations == sum(seen)
        assert found.converged
        assert found.low < found.probability < found.high

    def test_the_same_generator_gives_the_same_probability(self, method):
        a, b = (method.solve(lambda z: z[:, 0], 2.0, 3, np.random.default_rng(1)) for _ in "ab")
        assert a.probability == b.probability
        assert np.array_equal(a.samples, b.samples)

    def test_a_monotone_change_of_unit_keeps_the_estimate_of_ranks(self, method):
        """Scaling by a power of two is exact, so that nothing may change at all."""
        a = method.solve(lambda z: z[:, 0], 2.0, 3, np.random.default_rng(2))
        b = method.solve(lambda z: 1024 * z[:, 0], 2048.0, 3, np.random.default_rng(2))
        assert a.probability == pytest.approx(b.probability, rel=1e-9)

    def test_samples_lie_in_the_event(self, method):
        found = method.solve(lambda z: z @ np.ones(3), 3.0, 3, np.random.default_rng(3))
        assert len(found.samples) > 10
        assert (found.samples.sum(axis=1) > 3.0).all()

    def test_an_event_that_cannot_happen_has_not_converged(self, method):
        found = method.solve(lambda z: np.tanh(z[:, 0]), 2.0, 3, np.random.default_rng(4))
        assert (found.probability, found.cov, found.low) == (0.0, np.inf, 0.0)
        assert not found.converged
        assert found.high > 0

    @pytest.mark.parametrize(
        "g", [lambda z: np.where(z[:, 0] > 0, np.nan, 0.0), lambda z: z[:3, 0]]
    )
    def test_a_quantity_that_is_not_finite_or_of_another_length_is_refused(self, method, g):
        with pytest.raises(ValueError, match="finite values"):
            method.solve(g, 2.0, 3, np.random.default_rng(5))


@each_method
@each_event
def test_the_probability_is_within_its_error_of_the_truth(method, event):
    found = solve(method, event, 1e-3, 0)
    assert found.converged
    assert found.cov < 0.15
    assert abs(found.probability - 1e-3) < 4 * found.cov * found.probability


def test_intervals_are_those_of_student_for_the_logarithm():
    """97.5 % quantiles: 2.3646 for 8 runs, 1.9612 for 2,000 points."""
    for method, quantile in ((SUBSET, 2.3646), (CROSS, 1.9612)):
        found = solve(method, "half space", 1e-3, 0)
        ends = np.log([found.high / found.probability, found.low / found.probability])
        assert ends == pytest.approx(quantile * found.cov * np.array([1, -1]), rel=1e-4)


@pytest.mark.slow
@each_method
@each_event
@pytest.mark.parametrize("probability", [1e-3, 1e-4])
def test_intervals_hold_the_truth_in_nine_of_ten_repeats(method, event, probability):
    held = []
    for seed in range(100):
        found = solve(method, event, probability, seed)
        held.append(found.low <= probability <= found.high)
    assert np.mean(held) >= 0.9


@pytest.mark.slow
@each_method
@each_event
def test_the_stated_error_is_the_scatter_and_plain_sampling_needs_twenty_times_more(method, event):
    """Plain Monte Carlo of p needs (1 - p) / (p cov^2) points; 100 repeats know cov to 7 %."""
    found = [solve(method, event, 1e-4, seed) for seed in range(100)]
    stated = np.sqrt(np.mean([(f.cov * f.probability) ** 2 for f in found])) / 1e-4
    scatter = np.std([f.probability for f in found]) / 1e-4
    assert stated == pytest.approx(scatter, rel=4 * 0.07)
    plain = (1 - 1e-4) / (1e-4 * stated**2)
    assert plain > 20 * np.mean([f.evaluations for f in found])


@pytest.mark.slow
@each_event
def test_fresh_points_of_the_last_density_give_no_bias(event):
    """100 estimates with a relative error of at most 10 % each: four standard errors are 4 %."""
    found = np.array([solve(CROSS, event, 1e-4, seed).probability for seed in range(100)])
    assert found.mean() == pytest.approx(1e-4, rel=0.04)


@pytest.mark.slow
def test_adaptive_levels_have_the_small_bias_that_theory_gives_them():
    """Levels from order statistics: (m - 1) (1 - share) / (share N) = 2.7 %, chains some more."""
    found = [solve(SUBSET, "half space", 1e-4, seed).probability for seed in range(100)]
    assert 0.0 < np.mean(found) / 1e-4 - 1 < 0.08


def test_points_of_the_event_follow_the_law_given_the_event():
    """z_1 given z_1 > 3 is a cut normal variable, the others are normal still.

    Chains repeat points, so that a tenth of them counts as independent: Kolmogorov's distance at
    four in a thousand is 1.76 / sqrt(n / 10).
    """
    z = SUBSET.solve(lambda z: z[:, 0], 3.0, 4, np.random.default_rng(6)).samples
    bound = 1.76 / np.sqrt(len(z) / 10)
    assert len(z) > 800
    assert kstest(1 - norm.sf(z[:, 0]) / norm.sf(3.0), "uniform").statistic < bound
    assert kstest(z[:, 2], "norm").statistic < bound


def test_levels_that_run_out_are_told():
    few = SubsetSimulation(samples=200, repeats=2, levels=2)
    found = few.solve(lambda z: z[:, 0], 4.0, 2, np.random.default_rng(7))
    assert not found.converged
    assert found.iterations == 2
    assert found.evaluations == 2 * (200 + 180)


def test_one_level_is_plain_monte_carlo():
    found = SUBSET.solve(lambda z: z[:, 0], 0.0, 2, np.random.default_rng(8))
    assert found.evaluations == 8000
    assert found.iterations == 1
    assert abs(found.probability - 0.5) < 4 * 0.5 / np.sqrt(8000)
    # Eight means of 1,000: their scatter has 7 degrees of freedom.
    assert 0.3 < found.cov / (1 / np.sqrt(8000)) < 2.0


def test_two_ways_to_the_event_take_two_laws():
    """P(|z_1| > b) = 1e-4: with one law the error is more than twice that with two."""
    g, b = (lambda z: np.abs(z[:, 0])), norm.isf(0.5e-4)
    two = ImportanceSampling(components=2).solve(g, b, 8, np.random.default_rng(9))
    one = ImportanceSampling().solve(g, b, 8, np.random.default_rng(9))
    assert two.converged
    assert abs(two.probability - 1e-4) < 4 * two.cov * two.probability
    assert min(np.sum(two.samples[:, 0] > 0), np.sum(two.samples[:, 0] < 0)) > 300
    assert two.cov < one.cov / 2
    # One law cannot come near: its steps end because they no longer help.
    assert one.iterations < ImportanceSampling().steps


def test_the_density_of_a_mixture_integrates_to_one():
    """E_q[phi / q] = 1, with the error of that mean."""
    rng = np.random.default_rng(10)
    factor = rng.normal(size=(2, 3, 3))
    mixture = importance._Mixture(
        share=np.array([0.3, 0.7]),
        mean=np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.5]]),
        covariance=np.eye(3) + factor @ np.swapaxes(factor, 1, 2),
    )
    z = mixture.sample(40_000, rng)
    ratio = np.exp(norm.logpdf(z).sum(axis=1) - mixture.log(z))
    assert abs(ratio.mean() - 1) < 4 * ratio.std() / 200


def test_steps_end_where_the_event_is_likely_under_its_smooth_version():
    """Further steps would sharpen a half space for ever; three come near to one in a thousand."""
    assert solve(CROSS, "half space", 1e-3, 0).iterations <= 5


def test_the_smooth_event_is_as_sharp_as_its_weights_allow():
    """Of points of N(1, 1), whose weights towards N(0, 1) count as well."""
    z = np.random.default_rng(13).normal(size=4000) + 1.0
    ratio = norm.logpdf(z) - norm.logpdf(z, 1.0)
    width = importance._narrower(z - 4.0, ratio, np.inf, 1.5)
    weight = norm.cdf((z - 4.0) / width) * np.exp(ratio)
    assert weight.std() / weight.mean() == pytest.approx(1.5, rel=1e-6)
    assert importance._narrower(z - 4.0, ratio, width / 2, 1.5) == pytest.approx(width / 2)


def test_laws_that_overlap_are_told_apart():
    """Means +-1.5 in shares 0.3 and 0.7; groups of near points have means farther apart."""
    rng = np.random.default_rng(14)
    sign = np.where(rng.uniform(size=20_000) < 0.3, -1.0, 1.0)
    z = rng.normal(size=(20_000, 1)) + 1.5 * sign[:, None]
    mixture = importance._fitted(z, np.full(20_000, 1 / 20_000), 2, rng)
    order = np.argsort(mixture.mean[:, 0])
    assert mixture.mean[order, 0] == pytest.approx([-1.5, 1.5], abs=0.06)
    assert mixture.share[order] == pytest.approx([0.3, 0.7], abs=0.02)


def test_weighted_moments_are_fitted_and_no_direction_is_too_narrow():
    """Weights N(m, s^2) / N(0, 1) of normal points: mean m; a variance below 3/4 is held there."""
    rng = np.random.default_rng(11)
    z = rng.normal(size=(40_000, 2))
    target = norm.logpdf(z[:, 0], 0.8, 0.95) + norm.logpdf(z[:, 1], 0.0, 0.2)
    weight = importance._normalised(target - norm.logpdf(z).sum(axis=1))
    mixture = importance._fitted(z, weight, 1, rng)
    assert mixture.mean[0] == pytest.approx([0.8, 0.0], abs=0.03)
    assert mixture.covariance[0] == pytest.approx(np.diag([0.95**2, 0.75]), abs=0.03)


def test_plain_intervals_are_those_of_clopper_and_pearson():
    """At its ends the interval leaves 2.5 % of a binomial variable beyond the count."""
    found = MonteCarlo(samples=2500).solve(lambda z: z[:, 0], 2.0, 1, np.random.default_rng(12))
    k = round(found.probability * 2500)
    assert k == len(found.samples)
    assert binom.sf(k - 1, 2500, found.low) == pytest.approx(0.025)
    assert binom.cdf(k, 2500, found.high) == pytest.approx(0.025)
    assert found.cov == pytest.approx(np.sqrt((2500 - k) / (2500 * k)))
    many = MonteCarlo(samples=25_000).solve(lambda z: z[:, 0], 2.0, 1, np.random.default_rng(12))
    assert abs(many.probability - norm.sf(2.0)) < 4 * many.cov * many.probability


class TestRival:
    """OpenTURNS on the same functions."""

    @pytest.fixture
    def rivals(self):
        pytest.importorskip("openturns")
        return importlib.import_module("understudy.surrogates.baselines_rare")

    @pytest.mark.parametrize("name", ["OpenTURNSSubset", "OpenTURNSFORM"])
    def test_it_has_the_face_of_our_methods_and_finds_the_half_space(self, rivals, name):
        found = solve(getattr(rivals, name)(samples=1000), "half space", 1e-3, 0)
        assert abs(found.probability - 1e-3) < 4 * found.cov * found.probability
        solve.cache_clear()
        again = solve(getattr(rivals, name)(samples=1000), "half space", 1e-3, 0)
        assert again.probability == found.probability
        assert found.evaluations > 1000

    def test_a_search_that_finds_no_design_point_says_so(self, rivals):
        """A comb whose gradient turns with every step: the library raises an error."""

        def comb(z):
            return z[:, 0] + np.sin(40 * z).sum(axis=1)

        rival = rivals.OpenTURNSFORM(samples=500, steps=3)
        found = rival.solve(comb, 2.0, 10, np.random.default_rng(0))
        assert not found.converged
        assert (found.probability, found.low, found.high) == (0.0, 0.0, 1.0)
        assert found.evaluations > 3

    def test_one_design_point_misses_an_event_that_lies_all_around(self, rivals):
        """FORM and sampling about its point see one side of the ball; cross entropy all of it."""
        form = solve(rivals.OpenTURNSFORM(), "outside of a ball", 1e-3, 1)
        ours = solve(CROSS, "outside of a ball", 1e-3, 1)
        assert form.probability < 0.5e-3
        assert abs(ours.probability - 1e-3) < 4 * ours.cov * ours.probability

    def test_subset_simulation_errs_as_little_at_an_equal_number_of_points(self, rivals):
        """One run of each, 12 repeats: error x root of points within a factor of two."""
        rival = [solve(rivals.OpenTURNSSubset(), "half space", 1e-3, s) for s in range(12)]
        ours = [solve(SUBSET, "half space", 1e-3, s) for s in range(2)]
        price = [
            np.mean([f.cov**2 * f.evaluations for f in found]) ** 0.5 for found in (ours, rival)
        ]
        assert price[0] < 2 * price[1]

    def test_without_the_library_the_import_says_so(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "openturns", None)
        monkeypatch.delitem(sys.modules, "understudy.surrogates.baselines_rare", raising=False)
        with pytest.raises(ModuleNotFoundError, match="openturns"):
            importlib.import_module("understudy.surrogates.baselines_rare")


@pytest.mark.parametrize(
    ("cls", "settings", "message"),
    [
        (MonteCarlo, {"samples": 0}, "samples"),
        (MonteCarlo, {"samples": 5, "level": 1.0}, "level"),
        (SubsetSimulation, {"share": 0.6}, "share"),
        (SubsetSimulation, {"samples": 90}, "seeds"),
        (SubsetSimulation, {"samples": 1005}, "seeds"),
        (SubsetSimulation, {"repeats": 1}, "repeats"),
        (SubsetSimulation, {"levels": 0}, "levels"),
        (ImportanceSampling, {"final": 1}, "final"),
        (ImportanceSampling, {"components": 0}, "components"),
        (ImportanceSampling, {"target": 0.0}, "target"),
        (ImportanceSampling, {"level": 0.0}, "level"),
    ],
)
def test_settings_without_meaning_are_refused(cls, settings, message):
    with pytest.raises(ValueError, match=message):
        cls(**settings)


def test_a_count_has_the_interval_of_clopper_and_pearson():
    """Three of a thousand: the bounds leave 2.5 % of the binomial law on either side."""
    found = counted(np.arange(1000) < 3)
    assert found.probability == 0.003
    assert binom.sf(2, 1000, found.low) == pytest.approx(0.025, rel=1e-6)
    assert binom.cdf(3, 1000, found.high) == pytest.approx(0.025, rel=1e-6)
    assert counted(np.zeros(10, dtype=bool)).low == 0.0


def test_the_error_of_a_training_set_joins_that_of_the_estimate():
    """Logarithms of replicas 0, 2d and -2d from their middle: jackknife variance (2/3) 8 d^2."""
    event = dataclasses.replace(counted(np.arange(1000) < 100), cov=0.03)
    d = 0.05
    replicas = [
        dataclasses.replace(event, probability=0.1 * np.exp(k * d)) for k in (0.0, 2.0, -2.0)
    ]
    joint = with_training(event, replicas)
    expected = 0.03**2 + 2 / 3 * 8 * d**2
    assert joint.cov**2 == pytest.approx(expected, rel=1e-12)
    assert joint.low < event.low
    same = with_training(event, [event, event])
    assert same.cov == pytest.approx(0.03, rel=1e-12)

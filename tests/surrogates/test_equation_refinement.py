"""Numbers of an equation from noisy windows."""

import numpy as np
import pytest

from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.parse import parse
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta
from understudy.surrogates import equation_refinement
from understudy.surrogates.equation_refinement import Refinement, noise_level

PREY = parse("x' = a*x - b*x*y; y' = c*x*y - d*y")
TRUTH = np.array([1.1, 0.4, 0.1, 0.4])
TIMES = np.linspace(0.0, 6.0, 17)


def windows(count, noise, rng, samples=1):
    """Prey and predators, several windows a sample, with normal noise."""
    many = samples * count
    start = rng.uniform(2.0, 6.0, (2, many))
    states = RungeKutta(substeps=20).solve(
        RightHandSide(PREY), np.tile(TRUTH[:, None], many), start, TIMES
    )
    states = states + noise * rng.standard_normal(states.shape)
    return states.reshape(samples, count, len(TIMES), 2)


def fitted(data, noise, centre=TRUTH, share=0.3, **settings):
    many = len(data)
    return Refinement(**({"lengths": (6,), "substeps": 4} | settings)).fit(
        PREY, TIMES, data, centre=np.tile(centre, (many, 1)),
        spread=np.tile(share * np.abs(TRUTH), (many, 1)), noise=np.full(many, noise),
    )  # fmt: skip


def test_without_noise_the_truth_comes_back():
    """From numbers 20 % off, with a prior so wide that it does not matter: to 1e-6."""
    data = windows(1, 0.0, np.random.default_rng(0))
    found = fitted(data, 1e-4, centre=1.2 * TRUTH, share=1e3, substeps=20)
    assert found.converged.all()
    assert np.allclose(found.values, TRUTH, rtol=1e-6)


def test_the_cost_is_the_misfit_and_the_prior_and_never_rises():
    """What is returned is the sum of its formula, and no more than where the search began."""
    rng = np.random.default_rng(1)
    data = windows(2, 0.1, rng, samples=3)
    found = fitted(data, 0.1, centre=1.1 * TRUTH)
    for i in range(3):
        states = [found.forecast(TIMES, w)[i] for w in range(2)]
        misfit = ((np.stack(states) - data[i]) ** 2).sum() / 0.01
        away = (((found.values[i] - 1.1 * TRUTH) / (0.3 * TRUTH)) ** 2).sum()
        assert found.cost[i] == pytest.approx(misfit + away, rel=1e-4)
        assert found.chi2[i] == pytest.approx(misfit / data[i].size, rel=1e-4)
    start = fitted(data, 0.1, centre=1.1 * TRUTH, iterations=1)
    assert (found.cost <= start.cost).all()


def test_a_window_that_a_large_stride_loses_is_followed_in_smaller_ones(monkeypatch):
    """Chen and Lee from near a stable manifold: none is followed, most are then."""
    family = ODE_FAMILIES["chen_lee"]
    numbers, times = np.array([4.53, -0.405]), np.linspace(0.0, 6.0, 192)[:64]
    start = np.array([[1.826], [1.25], [-0.127]])
    rate = RightHandSide(family.equation)
    clean = RungeKutta(substeps=8).solve(rate, numbers[:, None], start, times)
    noise = 0.05 * np.sqrt((clean**2).mean())
    data = clean + noise * np.random.default_rng(0).standard_normal((15, *clean.shape[1:]))

    def followed():
        found = Refinement().fit(
            family.equation, times, data[:, None], centre=np.tile(numbers, (15, 1)),
            spread=np.tile(0.05 * np.abs(numbers), (15, 1)), noise=np.full(15, noise),
        )  # fmt: skip
        return (found.chi2 < 2).mean()

    assert followed() >= 0.6
    monkeypatch.setattr(equation_refinement, "_STRIDE", 64)
    assert followed() <= 0.1


def test_covariance_is_that_of_refits():
    """200 windows of other noise: deviations of the numbers agree within 20 %."""
    rng = np.random.default_rng(2)
    clean = windows(1, 0.0, np.random.default_rng(3))
    data = clean + 0.1 * rng.standard_normal((200, 1, *clean.shape[2:]))
    found = fitted(data, 0.1, share=1.0, lengths=())
    told = np.sqrt(np.mean(found.deviation**2, axis=0))
    assert np.allclose(found.values.std(axis=0), told, rtol=0.2)
    assert 0.7 < found.chi2.mean() < 1.0


def test_windows_that_share_their_numbers_add_their_information():
    """Four windows of one clean trajectory: deviations are half of those of one, and all hold."""
    rng = np.random.default_rng(4)
    clean = np.repeat(windows(1, 0.0, rng, samples=12), 4, axis=1)
    data = clean + 0.05 * rng.standard_normal(clean.shape)
    one, four = (fitted(d, 0.05, share=10.0, lengths=()) for d in (data[:, :1], data))
    assert np.median(four.deviation / one.deviation) == pytest.approx(0.5, abs=0.05)
    assert four.start.shape == (12, 4, 2)
    inside = np.abs(four.values - TRUTH) < 1.96 * four.deviation
    assert 0.85 < inside.mean() <= 1.0


def test_a_narrow_prior_holds_the_numbers_and_says_that_data_told_nothing():
    """With a prior far narrower than the data allow nothing moves and nothing is identifiable."""
    data = windows(1, 0.5, np.random.default_rng(5))
    narrow, wide = (fitted(data, 0.5, share=s) for s in (1e-6, 10.0))
    assert np.allclose(narrow.values, TRUTH, rtol=1e-5)
    assert np.allclose(narrow.deviation, narrow.spread, rtol=1e-3)
    assert not narrow.identifiable.any()
    assert wide.identifiable.all()


def test_a_sample_that_cannot_be_integrated_does_not_harm_the_others():
    """Numbers from which the states blow up: not converged, and its neighbour is as if alone."""
    data = windows(1, 0.05, np.random.default_rng(6), samples=2)
    centre = np.stack([TRUTH, [1e3, 0.4, -1e3, 0.4]])
    spread = np.tile(0.3 * TRUTH, (2, 1))
    both = Refinement(lengths=(6,)).fit(
        PREY, TIMES, data, centre=centre, spread=spread, noise=np.full(2, 0.05)
    )
    alone = fitted(data[:1], 0.05, substeps=4)
    assert np.allclose(both.values[0], alone.values[0], rtol=1e-9)
    assert both.converged.tolist() == [True, False]
    assert not both.chi2[1] < 10


def test_draws_spread_as_the_covariance_says():
    """Growth u' = a u: the deviation of the forecast is that of its linearisation."""
    growth = parse("u' = a*u")
    times = np.linspace(0.0, 1.0, 9)
    rng = np.random.default_rng(7)
    data = np.exp(0.5 * times)[None, None, :, None] + 0.01 * rng.standard_normal((1, 1, 9, 1))
    found = Refinement(lengths=()).fit(
        growth, times, data, centre=np.array([[0.4]]), spread=np.array([[1.0]]),
        noise=np.array([0.01]),
    )  # fmt: skip
    later = np.array([0.0, 2.0])
    drawn = found.draws(later, 4000, np.random.default_rng(8))[0, :, 1, 0]
    a, start = found.values[0, 0], found.start[0, 0, 0]
    slope = np.array([2 * start, 1.0]) * np.exp(2 * a)
    told = (slope @ found.covariance[0] @ slope) ** 0.5
    assert drawn.std() == pytest.approx(told, rel=0.06)


def test_noise_is_told_from_a_smooth_signal():
    """Fifth differences: within 15 % of the deviation of the noise."""
    rng = np.random.default_rng(9)
    t = np.linspace(0, 2, 200)
    signal = np.stack([np.sin(3 * t), np.cos(2 * t)], axis=-1)
    found = noise_level(signal + 0.03 * rng.standard_normal((20, *signal.shape)))
    assert found.shape == (20,)
    assert np.allclose(found.mean(), 0.03, rtol=0.15)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": np.full((1, 1, 17, 2), np.nan)}, "windows: expected finite values"),
        ({"noise": 0.0}, "noise: expected more than 0"),
        ({"share": 0.0}, "spread: expected more than 0"),
        ({"iterations": 0}, "expected at least 1"),
    ],
)
def test_bad_input_is_named(change, message):
    """What, and what was expected."""
    settings = {"data": windows(1, 0.1, np.random.default_rng(0)), "noise": 0.1} | change
    with pytest.raises(ValueError, match=message):
        fitted(**settings)

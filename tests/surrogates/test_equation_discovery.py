"""Answers that check themselves."""

import numpy as np
import pytest

from understudy.equations.parse import parse
from understudy.equations.sensitivity import Sensitivity
from understudy.surrogates.equation_discovery import Discovery, _central
from understudy.surrogates.equation_search import EquationSearch

PREY = parse("x' = 1.1*x - 0.4*x*y; y' = 0.1*x*y - 0.4*y")
GUESS = parse("x' = a*x - b*x*y; y' = c*x*y - d*y")
STRANGE = parse("x' = sin(3*y); y' = -sin(3*x) + 0.3*cos(2*x)")
TIMES, AHEAD = np.linspace(0.0, 8.0, 48), np.linspace(0.0, 16.0, 95)


def runs(equation, count, noise, seed=0, times=TIMES):
    rng = np.random.default_rng(seed)
    clean = Sensitivity(equation, substeps=10).states_at(
        np.empty((0, count)), rng.uniform(2.0, 6.0, (2, count)), times
    )
    return clean, clean + noise * clean.std() * rng.standard_normal(clean.shape)


def solve(windows, guess, noise=None, **settings):
    return Discovery(**settings).solve(
        TIMES, windows, ("x", "y"), ahead=AHEAD, rng=np.random.default_rng(0), guess=guess,
        noise=noise,
    )  # fmt: skip


def test_a_good_answer_is_trusted_and_its_band_holds_the_truth():
    """Three windows with 2 % noise: forecast to 1 %, 95 % of the truth within the band."""
    clean, noisy = runs(PREY, 3, 0.02, times=AHEAD)
    found = solve(noisy[:, :48], GUESS)
    assert (found.verdict, found.horizon) == ("trusted", 16.0)
    truth = clean[-1]
    assert np.linalg.norm(found.forecast - truth) < 0.01 * np.linalg.norm(truth)
    inside = (found.low <= truth) & (truth <= found.high)
    assert inside.mean() > 0.85
    assert found.chi2 < 1.5
    assert found.held_out < 1.5
    assert (found.low <= found.high).all()


@pytest.mark.parametrize("draws", [48, 200])
def test_a_band_of_few_draws_holds_a_further_one_as_often_as_it_says(draws):
    """5,000 bands: 95 %, half a per cent off at most (NumPy's usual quantiles: .913 at 48)."""
    rng = np.random.default_rng(0)
    low, high = _central(rng.standard_normal((draws, 5000)))
    further = rng.standard_normal((20, 5000))
    assert ((low <= further) & (further <= high)).mean() == pytest.approx(0.95, abs=0.005)


def test_noise_that_is_told_is_the_unit_of_misfits_and_intervals():
    """Thrice the noise: a ninth of chi2, intervals as much wider; a third of it is refused."""
    clean, noisy = runs(PREY, 2, 0.02)
    level = np.full(2, 0.02 * clean.std())
    own, loud, quiet = (solve(noisy, GUESS, noise=f * level) for f in (1.0, 3.0, 1 / 3))
    assert own.chi2 == pytest.approx(1.0, abs=0.25)
    assert loud.chi2 == pytest.approx(own.chi2 / 9, rel=0.1)
    wide = loud.candidates[0].deviation / own.candidates[0].deviation
    assert np.allclose(wide, 3.0, rtol=0.1)
    assert (own.verdict, loud.verdict, quiet.verdict) == ("trusted", "trusted", "rejected")
    assert any("times the noise" in reason for reason in quiet.reasons)


@pytest.mark.slow
def test_a_truth_outside_the_library_is_rejected():
    """Sines of large arguments: no polynomial follows, and the reason says so."""
    _, noisy = runs(STRANGE, 2, 0.02)
    found = solve(noisy, parse("x' = a*y; y' = b*x + c"), search=EquationSearch(rounds=1))
    assert found.verdict == "rejected"
    assert any("noise" in reason for reason in found.reasons)


def test_a_last_window_of_another_system_is_noticed():
    """Two windows of one system and a third that grows faster."""
    _, noisy = runs(PREY, 2, 0.02)
    faster = parse("x' = 1.5*x - 0.4*x*y; y' = 0.1*x*y - 0.4*y")
    _, other = runs(faster, 1, 0.02, seed=1)
    found = solve(np.concatenate([noisy, other]), GUESS)
    assert found.held_out > 1.5
    assert found.verdict == "rejected"
    assert any("last window" in reason for reason in found.reasons)


@pytest.mark.parametrize(("odd", "source"), [(0, "search"), (2, "operator")])
def test_an_operator_speaks_where_the_window_that_goes_on_is_not_followed(odd, source):
    """Three windows, in the first or last of which four values are off by 20 deviations."""
    clean, noisy = runs(PREY, 3, 0.02)
    noisy[odd, [7, 19, 31, 43], 0] += 20 * 0.02 * clean.std() * np.array([1, -1, 1, -1])
    band = tuple(np.full((len(AHEAD), 2), v) for v in (0.0, -1.0, 1.0))
    found = Discovery(search=EquationSearch(rounds=0)).solve(
        TIMES, noisy[:, :48], ("x", "y"), ahead=AHEAD, rng=np.random.default_rng(0), guess=GUESS,
        operator=band,
    )  # fmt: skip
    assert (found.verdict, found.source) == ("rejected", source)
    assert (found.forecast == 0.0).all() == (source == "operator")
    assert any("operator" in reason for reason in found.reasons) == (source == "operator")


def test_draws_that_part_make_an_answer_doubtful():
    """One window with much noise and a narrow limit of the spread."""
    _, noisy = runs(PREY, 1, 0.2)
    found = solve(noisy, GUESS, spread=1e-3)
    assert found.verdict == "doubtful"
    assert found.held_out is None
    assert found.horizon < 16.0
    assert any("more windows" in reason for reason in found.reasons)


def test_the_same_generator_gives_the_same_answer():
    """Draws come from the argument alone."""
    _, noisy = runs(PREY, 1, 0.02)
    one, two = (solve(noisy, GUESS) for _ in range(2))
    assert np.array_equal(one.low, two.low)


def test_numbers_and_deviations_stand_in_the_order_of_the_fit():
    """Putting the numbers into the skeleton gives the equation."""
    _, noisy = runs(PREY, 2, 0.02)
    best = solve(noisy, GUESS).candidates[0]
    known = dict(zip(best.skeleton.parameters, best.fit.values.tolist(), strict=True))
    assert best.skeleton.with_values(known) == best.equation
    assert best.deviation.shape == best.fit.values.shape
    assert (np.abs(np.sort(best.fit.values) - [-0.4, -0.4, 0.1, 1.1]) < 0.05).all()


def test_bad_input_is_named():
    """A forecast that begins elsewhere; settings that make no sense."""
    _, noisy = runs(PREY, 1, 0.02)
    with pytest.raises(ValueError, match="expected to begin at 0, got 1"):
        Discovery().solve(
            TIMES, noisy, ("x", "y"), ahead=AHEAD + 1, rng=np.random.default_rng(0), guess=GUESS
        )
    with pytest.raises(ValueError, match="at least 8"):
        Discovery(draws=2)
    with pytest.raises(RuntimeError, match="no equation could be followed"):
        solve(
            np.random.default_rng(0).normal(size=(1, 48, 2)) * 1e6,
            None,
            search=EquationSearch(rounds=0),
        )

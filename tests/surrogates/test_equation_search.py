"""Search over edits of a guess."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.equations.numbers import number_by_product
from understudy.equations.parse import parse
from understudy.equations.sensitivity import Sensitivity
from understudy.equations.trajectories import TIMES as ODE_TIMES
from understudy.surrogates.equation_bench import Bench
from understudy.surrogates.equation_candidate import evidence
from understudy.surrogates.equation_refinement import least_noise
from understudy.surrogates.equation_search import EquationSearch
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_samples import Split, samples_of

TRUTH = parse("x' = 1.1*x - 0.4*x*y; y' = 0.1*x*y - 0.4*y")
TIMES = np.linspace(0.0, 8.0, 48)


def windows(count, share=0.02, seed=0):
    """Prey and predators with noise that is a share of each window's size."""
    rng = np.random.default_rng(seed)
    clean = Sensitivity(TRUTH, substeps=10).states_at(
        np.empty((0, count)), rng.uniform(2.0, 6.0, (2, count)), TIMES
    )
    noise = rng.standard_normal(clean.shape)
    sizes = [np.linalg.norm(a.reshape(count, -1), axis=1) for a in (clean, noise)]
    return clean + noise * (share * sizes[0] / sizes[1])[:, None, None]


def solve(guess, data, **settings):
    return EquationSearch(**settings).solve(
        TIMES, data, ("x", "y"), None if guess is None else parse(guess)
    )


@pytest.mark.parametrize(
    ("guess", "added", "removed"),
    [
        ("x' = a*x - b*x*y; y' = c*x*y - d*y", 0, 0),
        ("x' = a*x - b*x*y + e*y^2; y' = c*x*y - d*y", 0, 1),
        ("x' = a*x; y' = c*x*y - d*y", 1, 0),
    ],
    ids=["right", "a term too many", "a term too few"],
)
def test_a_wrong_guess_is_corrected_from_four_windows(guess, added, removed):
    """The skeleton of the truth, its numbers, and the edits that led to it."""
    found = solve(guess, windows(4))
    best = found.candidates[0]
    assert best.equation.skeleton == TRUTH.skeleton
    assert (best.added, best.removed) == (added, removed)
    numbers = [c for terms in best.equation.right for _, c in terms]
    truth = [c for terms in TRUTH.right for _, c in terms]
    assert np.allclose(numbers, truth, rtol=0.05)
    assert 0.8 < best.chi2 < 1.2
    assert found.weights.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("guess", ["x' = a*x - b*x*y; y' = c*x*y - d*y", "x' = a*x; y' = -d*y"])
def test_windows_without_noise_have_the_true_terms_alone(guess):
    """What the integrator errs by is no signal that further terms explain."""
    best = solve(guess, windows(1, share=0.0)).candidates[0]
    assert best.equation.skeleton == TRUTH.skeleton
    numbers = [c for terms in best.equation.right for _, c in terms]
    truth = [c for terms in TRUTH.right for _, c in terms]
    assert np.allclose(numbers, truth, rtol=1e-3)


def test_a_wrong_term_is_swapped_when_leaving_it_out_is_cheap():
    """x^2 in the place of x y: the right term comes in, the wrong one goes at a price of two."""
    best = solve("x' = a*x - b*x*y; y' = c*x^2 - d*y", windows(4), removed=2.0).candidates[0]
    assert best.equation.skeleton == TRUTH.skeleton
    assert (best.added, best.removed) == (1, 1)


def test_without_a_guess_the_weak_form_leads_on():
    """Eight windows, nothing known but the names."""
    assert solve(None, windows(8)).candidates[0].equation.skeleton == TRUTH.skeleton


def test_candidates_are_in_the_order_of_their_scores_and_weigh_accordingly():
    """Odds are exp(-dJ / 2), and nothing beyond `near` is returned."""
    found = solve("x' = a*x - b*x*y; y' = c*x*y - d*y", windows(1, 0.1), near=30.0)
    scores = np.array([c.score for c in found.candidates])
    assert len(scores) > 1
    assert (np.diff(scores) >= 0).all()
    assert scores[-1] <= scores[0] + 30.0
    odds = found.weights / found.weights[0]
    assert np.allclose(odds, np.exp(-(scores - scores[0]) / 2))


def test_prices_of_edits_are_in_the_score():
    """The same candidates at other prices: scores differ by prices times edits."""
    guess = "x' = a*x - b*x*y; y' = c*x*y - d*y"
    data = windows(1, 0.1)
    cheap, dear = (solve(guess, data, added=p, rounds=1, near=1e6) for p in (0.0, 50.0))
    # Those of a symmetry have the skeletons of others.
    free, others = (
        [c for c in found.candidates if len(c.fit.values) == len(number_by_product(c.equation))]
        for found in (cheap, dear)
    )
    known = {c.equation.skeleton: c.score for c in free}
    compared = [c for c in others if c.equation.skeleton in known]
    assert {c.added for c in compared} >= {0, 1}
    for candidate in compared:
        change = candidate.score - known[candidate.equation.skeleton]
        assert change == pytest.approx(50.0 * candidate.added, abs=0.5)


def test_a_score_is_that_of_its_formula():
    """Residuals of the candidate's own trajectories, Laplace's determinant, prior and prices."""
    data = windows(2)
    found = solve("x' = a*x - b*x*y + e*y^2; y' = c*x*y - d*y", data, near=30.0)
    best = next(c for c in found.candidates if c.removed == 1)
    fit, n = best.fit, data[0].size
    values = np.tile(fit.values[:, None], 2)
    u = Sensitivity(best.skeleton, substeps=4).states_at(values, fit.start.T, TIMES)
    rss = ((u - data) ** 2).sum(axis=(1, 2))
    assert np.allclose(rss, found.candidates[0].noise ** 2 * fit.misfit, rtol=1e-2)
    rate = np.diff(data, axis=1) / np.diff(TIMES)[:, None]
    level = fit.misfit.sum() / data.size
    sizes = {"x": 0, "y": 1}
    spread = []
    for terms, own in zip(best.equation.right, rate.transpose(2, 0, 1), strict=True):
        for monomial, _ in terms:
            product = np.prod([data[..., sizes[f.name]] ** e for f, e in monomial], axis=0)
            spread.append(2 * np.sqrt((own**2).mean() / (product**2).mean()))
    inside = fit.normal.copy()
    k = len(spread)
    inside[range(k), range(k)] -= np.array(spread) ** -2.0
    precise = inside / level
    precise[range(k), range(k)] += np.array(spread) ** -2.0
    expected = n * np.log(rss / n).sum() + np.linalg.slogdet(precise)[1]
    expected += 2 * np.log(spread).sum() + ((fit.values / spread) ** 2).sum() + 9.0 * best.removed
    assert best.score == pytest.approx(expected, abs=3.0)


def test_a_precise_guess_needs_few_candidates_and_windows_set_the_noise():
    """Noise of each window is told from what the best fit leaves: a fiftieth of its size."""
    data = windows(4)
    found = solve("x' = a*x - b*x*y; y' = c*x*y - d*y", data)
    size = np.sqrt((data**2).mean(axis=(1, 2)))
    assert np.allclose(found.candidates[0].noise, 0.02 * size, rtol=0.2)
    assert found.tried < 4


@pytest.mark.parametrize(
    ("guess", "change", "message"),
    [
        ("x' = a*x", {}, "guess: expected equations of first order for x, y, got x"),
        ("x' = sin(x); y' = y", {}, "guess: expected monomials of degree 3"),
        ("x' = x^4; y' = y", {}, "guess: expected monomials of degree 3"),
        (None, {"times": TIMES**2}, "times: expected at least 16, evenly spaced, got 48"),
        (None, {"windows": np.full((1, 48, 2), np.nan)}, "windows: expected finite values"),
        (None, {"states": ("x",)}, "expected a name for each of 2 components"),
    ],
)
def test_bad_input_is_named(guess, change, message):
    """What, and what was expected."""
    settings = {"times": TIMES, "windows": windows(1), "states": ("x", "y")} | change
    with pytest.raises(ValueError, match=message):
        EquationSearch().solve(**settings, guess=None if guess is None else parse(guess))


def test_bad_settings_are_named():
    """Degree and prices."""
    with pytest.raises(ValueError, match="expected 1 to 4"):
        EquationSearch(degree=5)
    with pytest.raises(ValueError, match="at least 0"):
        EquationSearch(added=-1.0)


def test_a_fit_beyond_the_integrator_counts_no_more():
    """A misfit of a thousandth of its error gives the evidence that a tenth of it gives."""
    data = windows(1, share=0.0)
    best = solve("x' = a*x - b*x*y; y' = c*x*y - d*y", data).candidates[0]
    spread = np.ones_like(best.fit.values)
    noise = least_noise(data)
    scores = [
        evidence(replace(best.fit, misfit=np.array([share**2 * data[0].size])),
                 np.zeros_like(spread), spread, noise, data)
        for share in (1e-3, 0.1, 1.0, 10.0)
    ]  # fmt: skip
    assert scores[0] == scores[1] == scores[2] < scores[3]


def test_without_a_guess_every_number_has_the_price_of_one_of_ten_monomials():
    """Two logarithms of ten each, on top of the evidence."""
    data = windows(4)
    found = solve(None, data, near=20.0)
    assert len(found.candidates) > 1
    for c in found.candidates:
        own = evidence(c.fit, c.centre, c.spread, c.noise, data)
        assert c.score == pytest.approx(own + 2 * np.log(10) * len(c.fit.values), abs=0.5)


def samples(name, each, count):
    """New windows of a family, and its equation."""
    split = Split(families=(name,), each=each, windows=count, guess="none", seed=77)
    (found,) = samples_of(split)
    return found.windows, found.names, found.family.equation.skeleton


def test_sets_of_terms_seen_by_a_fit_of_every_term_are_tried(monkeypatch):
    """Halvorsen from four windows without a guess: edits of few terms alone do not find it."""
    data, names, truth = samples("halvorsen", 3, 4)
    found = EquationSearch().solve(ODE_TIMES[:SEEN], data[0], names)
    assert found.candidates[0].skeleton.skeleton == truth
    monkeypatch.setattr(Bench, "subsets", lambda _: [])
    alone = EquationSearch().solve(ODE_TIMES[:SEEN], data[0], names)
    assert alone.candidates[0].score > found.candidates[0].score + 20


def test_steps_are_short_enough_for_the_noise_that_a_good_fit_leaves():
    """Chen and Lee, eight windows: a term that mends the integrator's error is no candidate."""
    data, names, truth = samples("chen_lee", 6, 8)
    found = EquationSearch().solve(ODE_TIMES[:SEEN], data[0], names)
    assert found.candidates[0].skeleton.skeleton == truth
    assert found.candidates[0].chi2 == pytest.approx(1.0, abs=0.05)

"""The equation of a field: numbers of a guess, evidence between rivals, bands, verdicts."""

import numpy as np
import pytest

pytest.importorskip("dolfinx")

from understudy.equations.parse import parse
from understudy.equations.pde_families import TIMES
from understudy.fem.domains import domain
from understudy.surrogates.equation_network import Learned
from understudy.surrogates.evolution_sets import SEEN, EvolutionSplit, field_samples
from understudy.surrogates.field_discovery import FieldDiscovery
from understudy.surrogates.field_places import Plane
from understudy.surrogates.field_prior import Prior, weak_numbers

SEEN_TIMES = TIMES[:SEEN]


@pytest.fixture(scope="module")
def fisher():
    return field_samples(EvolutionSplit(families=("fisher",), each=3, noise=0.01), {})[0]


@pytest.fixture(scope="module")
def wave():
    return field_samples(EvolutionSplit(families=("wave",), each=1, noise=0.0), {})[0]


def test_numbers_of_a_guess_without_noise(fisher, wave):
    """Of first and of second order in time, within a twentieth of the truth."""
    place, discovery = fisher.fields.place, FieldDiscovery()
    found = weak_numbers(
        parse("u_t = a*u_xx + b*u - c*u^2"), place, discovery.modes_of(place), SEEN_TIMES,
        fisher.fields.states[0, :SEEN],
    )  # fmt: skip
    nu, r = fisher.fields.values[0]
    assert found == pytest.approx([nu, r, r], rel=0.05)
    found = weak_numbers(
        parse("u_tt = a*u_xx"), wave.fields.place, discovery.modes_of(wave.fields.place),
        SEEN_TIMES, wave.windows[0],
    )  # fmt: skip
    assert found == pytest.approx(wave.fields.values[0], rel=0.05)


def test_a_diffusion_never_begins_negative(fisher):
    place = fisher.fields.place
    backwards = fisher.fields.states[0, :SEEN][::-1]
    found = weak_numbers(
        parse("u_t = a*u_xx"), place, FieldDiscovery().modes_of(place), SEEN_TIMES, backwards
    )
    assert found[0] == pytest.approx(1e-4)


def test_evidence_prefers_the_truth(fisher):
    """Against a term too few and a term too many, all with wide priors."""
    place, discovery = fisher.fields.place, FieldDiscovery()
    rows = []
    for window in fisher.windows:
        guesses = ("u_t = a*u_xx + b*u - c*u^2", "u_t = a*u_xx + b*u",
                   "u_t = a*u_xx + b*u - c*u^2 + d*u_x")  # fmt: skip
        rows.append([discovery.believed(parse(g), place, SEEN_TIMES, window) for g in guesses])
    found = discovery.solve(
        place, SEEN_TIMES, fisher.windows, rows, ahead=TIMES, rng=np.random.default_rng(0)
    )
    skeleton = fisher.fields.equation.skeleton
    for k, answer in enumerate(found):
        assert answer.candidates[0].equation.skeleton == skeleton
        assert len(answer.candidates) == 3
        truth = fisher.truth[k]
        error = np.linalg.norm(answer.forecast[SEEN:] - truth) / np.linalg.norm(truth)
        assert error < 0.02
        assert answer.verdict == "trusted"
        inside = (answer.low <= fisher.fields.states[k]) & (fisher.fields.states[k] <= answer.high)
        assert inside.mean() > 0.6


def test_an_equation_that_leaves_more_than_noise_is_rejected(fisher):
    """Then the forecast is that of the operator beside it."""
    place = fisher.fields.place
    prior = Prior(
        equation=parse("u_t = -c*u_x"), centre=np.array([0.5]), spread=np.array([0.05]),
        source="guess",
    )  # fmt: skip
    shape = fisher.truth.shape[1:]
    band = (np.full(shape, 7.0), np.full(shape, 6.0), np.full(shape, 8.0))
    (answer,) = FieldDiscovery().solve(
        place, SEEN_TIMES, fisher.windows[:1], [[prior]], ahead=TIMES,
        rng=np.random.default_rng(0), operators=[band],
    )  # fmt: skip
    assert (answer.verdict, answer.source) == ("rejected", "operator")
    assert (answer.forecast[SEEN:] == 7.0).all()
    assert "times the noise" in answer.reasons[0]


def test_noise_that_is_told_is_the_unit_of_the_misfit(fisher):
    """Told half of the noise, the same fields leave four times as much."""
    fields = fisher.fields
    prior = Prior(
        equation=fields.equation, centre=fields.centre, spread=0.1 * fields.centre, source="guess"
    )
    deviation = np.sqrt(((fisher.windows - fields.states[:, :SEEN]) ** 2).mean((1, 2)))
    own, quiet = (
        FieldDiscovery().solve(
            fields.place, SEEN_TIMES, fisher.windows[:1], [[prior]], ahead=TIMES,
            rng=np.random.default_rng(0), noise=factor * deviation[:1],
        )[0].candidates[0].chi2
        for factor in (1.0, 0.5)
    )  # fmt: skip
    assert own == pytest.approx(1.0, abs=0.1)
    assert quiet == pytest.approx(4 * own, rel=0.05)


@pytest.mark.parametrize("noise", [[-0.1, 0.1, 0.1], [np.nan, 0.1, 0.1]])
def test_noise_that_is_no_deviation_of_each_window_is_refused(fisher, noise):
    with pytest.raises(ValueError, match="noise: expected a deviation of each of 3 windows"):
        FieldDiscovery().solve(
            fisher.fields.place, SEEN_TIMES, fisher.windows, [[], [], []], ahead=TIMES,
            rng=np.random.default_rng(0), noise=np.array(noise),
        )  # fmt: skip


def test_nothing_proposed_is_no_answer(fisher):
    found = FieldDiscovery().solve(
        fisher.fields.place, SEEN_TIMES, fisher.windows, [[], [], []], ahead=TIMES,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert found == [None, None, None]


def test_what_a_network_wrote_takes_the_nearest_family():
    """Of two families of one skeleton the nearer, and none where both are far."""

    def family(mean):
        return Prior(
            equation=parse("u_t = nu*u_xx - u*u_x"), centre=np.array([mean]),
            spread=np.array([0.1 * mean]), source="network",
        )  # fmt: skip

    known = [family(0.003), family(0.01)]
    near = Learned(equation=parse("u_t = 0.0095*u_xx - u*u_x"), log_probability=0.0)
    assert Prior.of_written(near, known) is known[1]
    far = Learned(equation=parse("u_t = 0.1*u_xx - u*u_x"), log_probability=0.0)
    found = Prior.of_written(far, known)
    assert found.centre == pytest.approx([0.1])
    assert found.spread == pytest.approx([0.025])
    other = Learned(equation=parse("u_t = 0.1*u_xx"), log_probability=0.0)
    assert Prior.of_written(other, known).centre == pytest.approx([0.1])


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="waves, modes, draws"):
        FieldDiscovery(draws=1)
    with pytest.raises(ValueError, match="misfit, spread"):
        FieldDiscovery(misfit=0.5)


def test_a_guess_that_a_mesh_has_no_derivative_for_is_no_proposal():
    place = Plane(mesh=domain("square", 0.2))
    window = np.ones((SEEN, len(place.points)))
    discovery = FieldDiscovery()
    guess = parse("u_t = a*u_xxx")
    assert discovery.believed(guess, place, SEEN_TIMES, window) is None
    prior = Prior(equation=guess, centre=np.ones(1), spread=np.ones(1), source="guess")
    found = discovery.solve(
        place, SEEN_TIMES, window[None], [[prior]], ahead=TIMES, rng=np.random.default_rng(0)
    )
    assert found == [None]

"""Splits, errors, and equations that a network proposes."""

import numpy as np
import pytest

from understudy.equations.equation import renamed
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.parse import parse
from understudy.equations.trajectories import TIMES
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.equation_network import Learned
from understudy.surrogates.forecast_errors import judged
from understudy.surrogates.prose_baselines import BASELINES, true_family
from understudy.surrogates.prose_evaluation import answers, ask, evaluate, judged_answers
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_samples import Split, outside_systems, samples_of


class Oracle:
    """A network that writes the equations it is told to, and forecasts zeros."""

    def __init__(self, equation, families):
        self.equation = equation
        self.families = families

    def decode(self, windows, states, guesses=None, beam=1):
        del guesses, beam
        equation = renamed(self.equation, tuple(states))
        return [[Learned(equation=equation, log_probability=-1.0)] for _ in windows]

    def forecast(self, windows, ahead, guesses=None):
        return np.stack([band[0] for band in self.bands(windows, ahead, guesses)])

    def bands(self, windows, ahead, guesses=None, written=None):
        del guesses, written
        zero = np.zeros((len(ahead), windows.shape[2]))
        return [(zero, zero - 1, zero + 1) for _ in windows]


class Silent(Oracle):
    """One that writes nothing that is an equation."""

    def decode(self, windows, states, guesses=None, beam=1):
        del states, guesses, beam
        return [[] for _ in windows]


def known(name, **values):
    family = ODE_FAMILIES[name]
    return family.equation.with_values({**family.means, **values})


def test_samples_share_coefficients_and_have_noise_of_their_size():
    """Windows of a sample obey one equation; another seed draws others."""
    split = Split(families=("lorenz",), each=3, windows=2, noise=0.02)
    (sample,) = samples_of(split)
    assert sample.states.shape == (3, 2, len(TIMES), 3)
    assert sample.windows.shape == (3, 2, SEEN, 3)
    assert len(sample.guesses) == 3
    oracle = BASELINES["oracle"](sample)
    assert judged(sample.truth, oracle).error.max() < 0.1
    (other,) = samples_of(Split(families=("lorenz",), each=3, windows=2, noise=0.02, seed=2))
    assert not np.array_equal(other.values, sample.values)


def test_noise_that_is_known_is_that_of_the_windows():
    """Within what 192 numbers tell; without the setting nothing is told."""
    split = Split(families=("lorenz",), each=3, windows=2, noise=0.02, known_noise=True)
    (sample,) = samples_of(split)
    own = (sample.windows - sample.states[:, :, :SEEN]).std(axis=(2, 3))
    assert np.allclose(sample.noise, own, rtol=0.2)
    assert samples_of(Split(families=("lorenz",), each=3))[0].noise is None


def test_eight_windows_of_a_family_that_often_blows_up():
    """Two thirds of the initial values leave the bound: each window is drawn again alone."""
    split = Split(families=("rabinovich_fabrikant",), each=3, windows=8)
    (sample,) = samples_of(split)
    assert np.isfinite(sample.states).all()
    assert np.abs(sample.states).max() < 1e3
    starts = sample.states[:, :, 0].reshape(3, 8, -1)
    assert len(np.unique(starts.reshape(24, -1), axis=0)) == 24


def test_errors_are_relative_and_at_most_one():
    truth = np.ones((3, 4, 2))
    forecast = truth * np.array([1.0, 1.1, np.nan])[:, None, None]
    found = judged(truth, forecast)
    assert np.allclose(found.error, [0.0, 0.1, 1.0])
    assert np.allclose(found.halves, [[0, 0], [0.1, 0.1], [1, 1]])
    assert np.allclose(found.curve, 1.1 / 3)


def test_a_network_s_equation_is_refined_with_the_family_s_prior():
    """Five numbers off by a tenth: those of the window to one per cent."""
    (sample,) = samples_of(Split(families=("lorenz",), each=2, noise=0.005))
    model = Oracle(known("lorenz", s=11.0, r=25.5), ("lorenz",))
    found = ask(sample, model).offered
    for k, (candidate,) in enumerate(found):
        assert candidate.source == "network"
        assert candidate.skeleton.parameters == ("b", "r", "s")
        assert np.allclose(candidate.fit.values, sample.values[k], rtol=0.01)
        assert candidate.chi2 < 1.5


def test_an_equation_of_no_family_keeps_its_own_numbers():
    (sample,) = samples_of(Split(families=("sprott_linz_f",), each=1, noise=0.005))
    model = Oracle(known("sprott_linz_f", a=0.55), ("lorenz",))
    ((candidate,),) = ask(sample, model).offered
    assert candidate.skeleton.parameters == ("c0",)
    assert candidate.fit.values == pytest.approx(sample.values[0], rel=0.02)


def test_sines_need_the_network():
    """Thomas' equation is no polynomial: without a proposal no answer, with one a good one."""
    (sample,) = samples_of(Split(families=("thomas",), each=1))
    assert answers(sample, Discovery(), None, 0) == [None]
    model = Oracle(known("thomas"), ("thomas",))
    found = answers(sample, Discovery(), ask(sample, model), 0)
    score = judged_answers(sample, found, 0.0)
    assert score.exact.all()
    assert score.named == ("network",)
    assert score.error[0] < 0.05
    assert score.number_error[0] < 0.1


def test_a_family_that_was_learned_is_found_where_the_network_writes_nothing():
    """Thomas' sines are in no polynomial; three of four families are asked, and it is the best."""
    (sample,) = samples_of(Split(families=("thomas",), each=1, guess="none"))
    model = Silent(known("thomas"), ("lorenz", "four_wing", "sprott_b", "thomas"))
    (row,) = ask(sample, model).offered
    assert len(row) == 3
    best = min(row, key=lambda candidate: candidate.score)
    assert best.skeleton.skeleton == ODE_FAMILIES["thomas"].equation.skeleton
    assert best.chi2 < 1.5
    assert sorted(c.chi2 > 1.5 for c in row) == [False, True, True]
    assert any(np.isinf(c.score) for c in row)


def test_a_wrong_family_loses_against_the_search():
    """The guess is right: the search's equation is taken, and forecasts well where trusted."""
    (sample,) = samples_of(Split(families=("sprott_linz_f",), each=2, guess="right", windows=4))
    model = Oracle(known("lorenz"), ("lorenz",))
    score = judged_answers(sample, answers(sample, Discovery(), ask(sample, model), 0), 0.0)
    assert score.exact.all()
    assert score.named == ("search", "search")
    assert score.trusted.any()
    assert score.error[score.trusted].max() < 0.1


@pytest.mark.parametrize("windows", [1, 2])
def test_an_equation_that_cannot_be_followed_leaves_the_operator(windows):
    """A proposal that blows up at once beside a guess that the search cannot read."""
    (sample,) = samples_of(Split(families=("thomas",), each=1, windows=windows))
    model = Oracle(parse("x' = 9e5*x^3; y' = 9e5*y^3; z' = 9e5*z^3"), ())
    (found,) = answers(sample, Discovery(), ask(sample, model), 0)
    assert (found.candidates, found.verdict, found.source) == ((), "rejected", "operator")
    assert (found.forecast == 0).all()
    score = judged_answers(sample, [found], 0.0)
    assert not score.exact.any()
    assert score.error[0] == pytest.approx(1.0)
    assert answers(sample, Discovery(), None, 0) == [None]


def test_an_operator_speaks_when_no_equation_holds():
    """A proposal that fits nothing, and no readable guess: the operator's zeros, rejected."""
    (sample,) = samples_of(Split(families=("thomas",), each=1, guess="right"))
    model = Oracle(known("lorenz"), ("lorenz",))
    (found,) = answers(sample, Discovery(), ask(sample, model), 0)
    assert (found.verdict, found.source) == ("rejected", "operator")
    assert (found.forecast == 0).all()
    assert any("operator" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"families": ("rossler",)}, "families: expected some of"),
        ({"guess": "wild"}, "guess: expected one of perturbed"),
        ({"each": 0}, "each, windows: expected at least 1"),
    ],
)
def test_a_split_that_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Split(**{"families": ("lorenz",), **change})


def test_systems_outside_have_no_family(tmp_path):
    """They are taken from a file; who needs the family leaves them out."""
    rng = np.random.default_rng(0)
    states = np.cumsum(rng.standard_normal((2, 3, len(TIMES), 2)), axis=2)
    np.savez(tmp_path / "systems.npz", walk=states)
    outside = outside_systems(tmp_path / "systems.npz")
    split = Split(outside=("walk",), each=2, windows=3, guess="none", spread=0.0)
    (sample,) = samples_of(split, outside)
    assert (sample.name, sample.family, sample.names) == ("walk", None, ("u0", "u1"))
    assert np.allclose(sample.truth, states[:, -1, SEEN:])
    with pytest.raises(ValueError, match="walk: expected a family"):
        true_family(sample)
    with pytest.raises(ValueError, match="expected 3 samples of 3 windows of walk, got 2 of 3"):
        samples_of(Split(outside=("walk",), each=3, windows=3, guess="none"), outside)
    with pytest.raises(ValueError, match="outside: expected no families beside them"):
        Split(families=("lorenz",), outside=("walk",), guess="none")
    with pytest.raises(ValueError, match=r"none\.npz: no such file"):
        outside_systems(tmp_path / "none.npz")


def test_a_table_of_systems_outside_has_no_method_that_knows_the_family():
    """Rivals are asked too; nothing is exact where nothing is known."""
    wave = np.sin(TIMES)[None, None, :, None] * np.ones((1, 1, 1, 3))
    split = Split(outside=("wave",), each=1, windows=1, guess="none", spread=0.0)

    class Zeros:
        def forecast(self, windows, ahead):
            return np.zeros((len(windows), len(ahead), windows.shape[2]))

    found, named = evaluate(
        split, Oracle(known("sprott_b"), ("sprott_b",)), Discovery(),
        rivals={"zeros": Zeros()}, outside={"wave": wave},
    )  # fmt: skip
    assert "oracle" not in found
    assert "baseline_family_mean" not in found
    assert found["baseline_zeros"][0].error == pytest.approx([1.0])
    assert not found["answer"][0].exact.any()
    assert np.isfinite(found["baseline_sindy"][0].error).all()
    assert len(named) == 1

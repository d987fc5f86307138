"""Families: draws, guesses, noise."""

import numpy as np
import pytest

from understudy.equations.family import Family, guess, monomials
from understudy.equations.ode_families import ODE_FAMILIES, SIX
from understudy.equations.parse import parse
from understudy.equations.pde_families import PDE_FAMILIES, gaussian_process, two_sines
from understudy.equations.rhs import Periodic
from understudy.equations.trajectories import draw, noisy

LINE = Periodic(length=2.0, points=256)
ALL = {**ODE_FAMILIES, **PDE_FAMILIES}


def test_there_are_fifteen_an_oscillator_and_twenty():
    """As in the papers, and six that small studies use."""
    assert (len(ODE_FAMILIES), len(PDE_FAMILIES)) == (15 + 1, 20)
    assert set(SIX) < set(ODE_FAMILIES)


def test_parameters_stay_within_a_tenth_of_their_means():
    """Uniform in [0.9 c, 1.1 c], negative means too."""
    family = ODE_FAMILIES["chen_lee"]
    ratio = family.values(2000, np.random.default_rng(0)) / family.centre[:, None]
    assert 0.9 <= ratio.min() < 0.901
    assert 1.099 < ratio.max() <= 1.1


@pytest.mark.parametrize("name", ALL)
def test_guesses_differ_by_one_term_and_never_empty_a_component(name):
    """Untouched: the skeleton; added: one product more; deleted: one fewer."""
    equation = ALL[name].equation
    truth = equation.skeleton
    for seed in range(8):
        rng = np.random.default_rng(seed)
        for kind, change in (("untouched", 0), ("added", 1), ("deleted", -1)):
            found = guess(equation, rng, kind)
            sizes = [len(products) for _, products in found.equation.skeleton]
            assert min(sizes) >= 1
            difference = sum(sizes) - sum(len(products) for _, products in truth)
            if found.kind == "untouched":
                assert found.equation.skeleton == truth
            else:
                assert difference == change
            assert equation.skeleton == truth


def test_kinds_of_guesses_come_in_their_shares():
    """14, 3 and 3 of 20, within four deviations of 2,000 draws."""
    rng = np.random.default_rng(0)
    equation = ODE_FAMILIES["lorenz"].equation
    kinds = [guess(equation, rng).kind for _ in range(2000)]
    for kind, share in (("untouched", 0.7), ("added", 0.15), ("deleted", 0.15)):
        assert kinds.count(kind) / 2000 == pytest.approx(share, abs=4 * 0.5 / 2000**0.5)


def test_an_equation_of_one_term_loses_none():
    """The kind says that nothing was taken."""
    assert guess(parse("u_t = -2*u_x"), np.random.default_rng(0), "deleted").kind == "untouched"


def test_draws_that_leave_the_bound_are_drawn_again():
    """Rabinovich and Fabrikant: about half of the initial values escape."""
    found = draw(ODE_FAMILIES["rabinovich_fabrikant"], 20, np.random.default_rng(0))
    assert found.states.shape == (20, 192, 3)
    assert np.abs(found.states).max() < 1e3
    assert found.accepted < 1.0
    explosive = Family(name="explosive", equation=parse("u' = a*u^3 + a*u"), means={"a": 1e3})
    with pytest.raises(ValueError, match="explosive: only"):
        draw(explosive, 20, np.random.default_rng(0), times=np.linspace(0.0, 6.0, 3))


def test_noise_has_its_size_exactly_and_the_clean_states_stay():
    """|noise| = share |u| for each trajectory."""
    states = np.random.default_rng(0).normal(size=(4, 10, 3)) * [[[1.0, 5.0, 0.1]]]
    before = states.copy()
    noise = noisy(states, 0.02, np.random.default_rng(1)) - states
    ratio = np.linalg.norm(noise, axis=(1, 2)) / np.linalg.norm(states, axis=(1, 2))
    assert np.allclose(ratio, 0.02, rtol=1e-12)
    assert np.array_equal(states, before)


def test_monomials_are_counted_by_the_binomial():
    """Three states up to the third degree: (3 + 3) over 3."""
    found = monomials(("x", "y", "z"), 3)
    assert len(found) == len(set(found)) == 20


def test_initial_fields_have_few_waves_or_unit_variance():
    """Two sines have modes 1 to 4 only; a Gaussian process has variance one."""
    spectrum = np.abs(np.fft.rfft(two_sines(50, LINE, np.random.default_rng(0)), axis=1))
    assert spectrum[:, 1:5].max() > 1.0
    assert np.delete(spectrum, range(1, 5), axis=1).max() < 1e-10
    variance = gaussian_process(4000, LINE, np.random.default_rng(0))[:, 0].var()
    assert variance == pytest.approx(1.0, abs=4 * (2 / 4000) ** 0.5)


def test_shares_start_between_their_bounds():
    """Fisher's equation from fields between zero and one, which it keeps."""
    fields = PDE_FAMILIES["fisher"].draw(3, np.random.default_rng(0), times=np.linspace(0, 2, 5))
    assert fields.states.shape == (3, 5, 128)
    assert fields.states[:, 0].min() == pytest.approx(0.0, abs=1e-3)
    assert fields.states.max() <= 1.0 + 1e-9


def test_means_must_name_the_parameters():
    """The error lists both."""
    with pytest.raises(ValueError, match=r"expected means of \['a'\], got \['b'\]"):
        Family(name="f", equation=parse("u' = a*u"), means={"b": 1.0})

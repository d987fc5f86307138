"""Plastic strain through its latent is the return mapping of a proportional path."""

import numpy as np
import pytest

from understudy.equations import Material, State, plane_strain, respond
from understudy.surrogates import PlasticClosure

LAW = PlasticClosure()
INPUTS = {"E": 7e4, "R0": 120.0, "H": 3e3}
COLUMNS = {name: np.array([value]) for name, value in INPUTS.items()}
STRAIN = 1e-3 * np.random.default_rng(0).normal(size=(3, 1, 40))
FIELDS = dict(zip(LAW.strain, STRAIN, strict=True))


def test_the_latent_gives_the_plastic_strain_of_the_return_mapping():
    material = Material(young=7e4, poisson_ratio=0.3, yield_stress=120.0, hardening=3e3)
    rows = plane_strain(STRAIN[:, 0].T * [1, 1, np.sqrt(2)])
    expected = respond(material, rows, State.virgin(40)).state.accumulated
    found = LAW.plastic(LAW.latent(FIELDS, COLUMNS)[0], INPUTS)
    assert 0 < (expected > 0).sum() < 40
    np.testing.assert_allclose(found, expected, atol=1e-14)


def test_the_latent_of_a_peak_is_the_inverse_of_the_map():
    latent = LAW.latent(FIELDS, COLUMNS)
    peak = np.array([2e-3])
    found = LAW.peak_latent(latent, peak, COLUMNS)
    assert LAW.plastic(found, INPUTS) == pytest.approx(peak)
    below = LAW.peak_latent(latent - 10, np.zeros(1), COLUMNS)
    assert LAW.plastic(below, INPUTS) == 0.0


def test_moments_are_those_of_draws():
    mean, sd = np.array([0.02, 0.5]), np.array([0.3, 0.2])
    first, spread = LAW.moments(mean, sd, INPUTS)
    draws = LAW.plastic(mean + sd * np.random.default_rng(1).normal(size=(200_000, 2)), INPUTS)
    np.testing.assert_allclose(first, draws.mean(axis=0), atol=0.01 * draws.std(axis=0).max())
    np.testing.assert_allclose(spread, draws.std(axis=0), rtol=0.02)
    beyond = LAW.exceedance(mean, sd, INPUTS, level=2e-4)
    np.testing.assert_allclose(beyond, np.mean(draws > 2e-4, axis=0), atol=0.005)


def test_the_weight_of_a_node_is_what_an_error_of_its_latent_does():
    """By differences: (p(L + d) - p(L))^2 / d^2, mean over samples, up to one factor."""
    rng, step = np.random.default_rng(2), 1e-6
    latent = rng.normal(0.2, 0.3, size=(30, 5))
    columns = {n: v * rng.uniform(0.8, 1.2, size=30) for n, v in INPUTS.items()}
    square = np.zeros(5)
    for i, row in enumerate(latent):
        own = {n: float(v[i]) for n, v in columns.items()}
        square += ((LAW.plastic(row + step, own) - LAW.plastic(row, own)) / step) ** 2
    found = LAW.weight(latent, columns) - 0.02
    np.testing.assert_allclose(found, square / square.mean(), rtol=1e-4)


def test_a_latent_moved_by_what_is_beyond_brings_plastic_strain_within_reach():
    rng = np.random.default_rng(3)
    columns = {n: np.full(20, v) for n, v in INPUTS.items()}
    latent = rng.normal(0.2, 0.3, size=(20, 6))
    plastic = np.maximum(rng.normal(1e-3, 1e-3, size=(20, 6)), 0.0)
    reach = np.full(6, 1e-4)
    gap = LAW.beyond(latent, plastic, reach, columns)
    ends = [LAW.plastic_rows(latent + sign * gap, columns) for sign in (-1, 1)]
    near = np.minimum(*(np.abs(e - plastic) for e in ends))
    assert (near <= reach * (1 + 1e-6)).all()
    # And no less would do.
    moved = [LAW.plastic_rows(latent + sign * 0.9 * gap, columns) for sign in (-1, 1)]
    still = np.minimum(*(np.abs(e - plastic) for e in moved))
    assert (still[gap > 1e-9] > reach[0]).all()
    assert (gap == 0).any()


@pytest.mark.parametrize("wrong", [{"offset": 0.0}, {"poisson_ratio": 0.5}])
def test_constants_without_meaning_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PlasticClosure(**wrong)

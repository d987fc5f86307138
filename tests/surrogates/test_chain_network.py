"""The map of a probability as a certified network, and the rival of the learned zone."""

import numpy as np
import pytest

from understudy.data.hole_family import HoleFamily
from understudy.regression import GP
from understudy.surrogates.chain_network import ChainMaps, fit_map, load_maps, save_maps
from understudy.surrogates.direct_peaks import DirectPeaks
from understudy.surrogates.failure_probability import Failure
from understudy.surrogates.quantity_of_interest import QuantityOfInterest

FAMILY = HoleFamily(radius=(0.01, 0.02), stretch=0.3)
SPEC = QuantityOfInterest(beta=1e-3, tolerance=1e-2, proved=0, calibration=0.2, level=0.8)


def odds(holes):
    """A kink in the radius, a slope in the first stretch."""
    return 100 * np.maximum(holes[:, 0] - 0.014, 0) - holes[:, 1]


@pytest.fixture(scope="module")
def found():
    holes = FAMILY.draw(48, 1)
    p = 1 / (1 + np.exp(-odds(holes)))
    failures = [
        Failure(
            probability=float(v), low=0.0, high=1.0, parts={"draws": 0.01}, slope=-1.0, dof=9.0
        )
        for v in p
    ]
    return fit_map(SPEC, FAMILY, holes, failures, "log odds")


def test_the_map_is_that_of_the_chain(found):
    holes = FAMILY.draw(64, 7)
    inner = holes[(np.abs(holes[:, 1:]) < 0.25).all(axis=1)]
    truth = 1 / (1 + np.exp(-odds(inner)))
    assert np.abs(found.probability(inner) - truth).max() < 0.03
    low, high = found.interval(inner, 1.96)
    assert ((low < truth) & (truth < high)).mean() > 0.9
    # An error of P is that over p (1 - p) of log odds: 0.04 at one half, more beyond.
    assert 0.04 < found.error < 0.06


def test_the_sensitivity_is_the_slope_of_the_map(found):
    hole, step = np.array([[0.017, 0.02, 0.05]]), np.array([1e-6, 1e-4, 1e-4])
    slopes = [
        (found.probability(hole + e) - found.probability(hole - e))[0] / (2 * e.sum())
        for e in np.diag(step)
    ]
    assert found.sensitivity(hole)[0] == pytest.approx(slopes, rel=1e-3, abs=1e-4)


def test_no_hole_is_safer_than_the_safest(found):
    many = FAMILY.draw(2048, 3)
    least = found.network.predict(found.least[None])[0]
    assert found.least_bound - 1e-6 <= least <= found.network.predict(many).min() + 1e-6
    assert found.least[0] < 0.0145
    assert found.least[1] == pytest.approx(0.3)


def test_maps_survive_a_file(found, tmp_path):
    save_maps(tmp_path / "maps.h5", ChainMaps(by_event={"stress": found}), {})
    again = load_maps(tmp_path / "maps.h5").by_event["stress"]
    holes = FAMILY.draw(5, 2)
    assert np.array_equal(again.probability(holes), found.probability(holes))


def test_the_rival_learns_a_peak_of_shape_and_mode_and_draws_the_rest():
    """log peak = log load + shape + 0.5 c_1 + noise of deviation 0.2, as a law."""
    rng = np.random.default_rng(0)
    shapes, load = np.linspace(-1, 1, 8)[:, None], np.exp(0.2 * rng.normal(size=200))
    c = rng.normal(size=(200, 2))
    weights = np.column_stack([load, load[:, None] * c])
    noise = 0.2 * rng.normal(size=(8, 200))
    peak = load * np.exp(shapes + 0.5 * c[:, 0] + noise)
    fitted = DirectPeaks(modes=1, samples=300, gp=GP()).fit(shapes, weights, peak)
    drawn = np.log(fitted.draw(np.array([0.5]), weights, np.random.default_rng(1)) / load)
    left = drawn - 0.5 - 0.5 * c[:, 0]
    assert left.mean() == pytest.approx(0.0, abs=0.06)
    assert left.std() == pytest.approx(0.2, rel=0.25)
    with pytest.raises(ValueError, match="modes, samples: expected at least 1 and 8, got 0, 8"):
        DirectPeaks(modes=0, samples=8)

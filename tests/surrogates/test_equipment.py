"""An oscillator on a node: what drives it, and what its free decay tells."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.nn import Training
from understudy.operators import Sizes
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.equipment import Decay, Equipment, identify, swing
from understudy.surrogates.prose_model import ProseRecipe
from understudy.surrogates.prose_training import train_prose

EQUIPMENT = Equipment(
    place=(0.0, 0.0), axis=1, frequency=1e4, damping=0.1, hardening=0.0, length=1e-5, limit=1e-5
)
HARD = replace(EQUIPMENT, hardening=0.3, decay=Decay(windows=3, seed=1))
NONE = np.zeros(0)


def test_a_linear_oscillator_swings_as_the_transfer_function_says():
    """|x| = r^2 U / ((1 - r^2)^2 + (2 zeta r)^2)^(1/2) at r times its frequency, once settled."""
    r, size = 0.5, 2e-6
    times = np.linspace(0.0, 1.5e-3, 400)
    # Slowly on, so that nothing of the start is left.
    base = (
        size
        * np.sin(r * EQUIPMENT.omega * times)
        * 0.5
        * (1 - np.cos(np.pi * np.minimum(times / 1e-3, 1.0)))
    )
    motion = np.zeros((2, len(times), 2))
    motion[0, :, 1], motion[1, :, 0] = base, base
    found = swing(EQUIPMENT.equation, NONE, EQUIPMENT, times, motion)
    wanted = r**2 * size / np.hypot(1 - r**2, 2 * 0.1 * r)
    assert found[0] == pytest.approx(wanted, rel=0.02)
    assert found[1] == 0.0  # what moves along the other axis does nothing


def test_a_stiff_oscillator_follows_its_node():
    """Far below its frequency |x| = U'' / omega^2: little."""
    times = np.linspace(0.0, 1e-3, 200)
    motion = np.zeros((1, 200, 2))
    motion[0, :, 1] = 1e-4 * (times / times[-1]) ** 2
    found = swing(EQUIPMENT.equation, NONE, EQUIPMENT, times, motion)
    assert found[0] == pytest.approx(2e-4 / (times[-1] * EQUIPMENT.omega) ** 2, rel=0.8)


@pytest.fixture(scope="module")
def found():
    guess = "x' = v; v' = -c*v - k*x"
    return identify(HARD, guess, Discovery(), np.random.default_rng(0))


def test_the_cubic_term_that_a_guess_lacks_is_found_with_its_band(found):
    assert found.complete
    assert len(found.names) == 4
    assert (np.abs(found.values - found.truth) < 4 * found.deviation).all()
    assert found.deviation.max() < 0.05
    assert found.held >= 0.5
    drawn = found.draws(4000, np.random.default_rng(1))
    assert drawn.std(axis=0) == pytest.approx(found.deviation, rel=0.1)


@pytest.fixture(scope="module")
def reader():
    """A network that has seen oscillators for a moment: it knows the family, and cannot write."""
    sizes = Sizes(width=16, heads=2, data=1, symbols=1, fusion=1, queries=1, words=1)
    training = Training(steps=2, every=1)
    return train_prose(
        ProseRecipe(families=("oscillator",), sizes=sizes, patch=16, batch=4, training=training)
    )


def test_a_network_s_equation_is_in_the_equipment_s_own_time(found, reader):
    """Its family competes with the search; the numbers are those of the other clock, the same."""
    guess = "x' = v; v' = -c*v - k*x"
    read = identify(HARD, guess, Discovery(), np.random.default_rng(0), reader)
    assert (found.source, read.source) == ("search", "network")
    assert read.complete
    assert read.held >= 0.5
    assert read.names == ("c", "h", "k", "w")
    assert read.truth.tolist() == pytest.approx([0.2, 0.3, 1.0, 1.0])
    # The search has x' = c0 v, v' = c1 x + c2 v + c3 x^3.
    same = [2, 3, 1, 0]
    assert found.truth[same].tolist() == pytest.approx([-0.2, -0.3, -1.0, 1.0])
    own, deviation = abs(found.values[same]), found.deviation[same]
    assert (abs(read.values - own) < 2 * deviation).all()
    assert ((read.deviation > 0.5 * deviation) & (read.deviation < 1.5 * deviation)).all()


def test_records_of_another_length_than_the_network_s_are_refused(reader):
    short = replace(HARD, decay=Decay(points=48))
    with pytest.raises(ValueError, match=r"decay.points: expected 64, .* got 48"):
        identify(short, "x' = v; v' = -x", Discovery(), np.random.default_rng(0), reader)


def test_the_identified_equation_drives_as_the_simulated_one(found):
    times = np.linspace(0.0, 2e-4, 64)
    motion = np.zeros((5, 64, 2))
    motion[:, :, 1] = 2e-5 * np.arange(1, 6)[:, None] * np.sin(4e4 * times) ** 2
    own = swing(found.equation, found.values, HARD, times, motion)
    truth = swing(HARD.equation, NONE, HARD, times, motion)
    assert own == pytest.approx(truth, rel=0.02)


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(ValueError, match="axis: expected 0 or 1, got 2"):
        replace(EQUIPMENT, axis=2)
    with pytest.raises(ValueError, match="damping: expected a positive number, got 0"):
        replace(EQUIPMENT, damping=0.0)
    with pytest.raises(ValueError, match="windows, points: expected at least 1 and 16"):
        Decay(windows=0)
    with pytest.raises(ValueError, match="guess: expected equations of x and v"):
        identify(EQUIPMENT, "a' = -a", Discovery(), np.random.default_rng(0))

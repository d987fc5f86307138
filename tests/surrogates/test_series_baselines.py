"""What one would try first to continue a window."""

import numpy as np
import pytest

from understudy.surrogates.series_baselines import dynamic_modes, ensemble_sindy, persistence

TIMES = np.arange(120) * 0.1


def test_modes_continue_a_sum_of_oscillations_that_decay():
    """Two frequencies, no noise: exact to rounding times the conditioning of the delays."""
    waves = np.stack(
        [np.exp(-0.05 * TIMES) * np.cos(2 * TIMES), 0.5 * np.sin(3.1 * TIMES + 0.4)], axis=1
    )
    found = dynamic_modes(waves[None, :64], 56, energy=1 - 1e-13)
    assert np.abs(found[0] - waves[64:]).max() < 1e-3
    wrong = persistence(waves[None, :64], 56)
    assert np.abs(wrong[0] - waves[64:]).max() > 0.5


def test_modes_do_not_blow_up():
    """A growing signal is held at its size: no eigenvalue beyond the unit circle."""
    grows = np.exp(0.3 * TIMES)[None, :64, None]
    found = dynamic_modes(grows, 400)
    assert np.abs(found).max() < 2 * grows.max()


def test_persistence_is_the_mean_of_the_last_points():
    windows = np.arange(10.0).reshape(1, 10, 1)
    assert (persistence(windows, 3) == 7.5).all()


def test_too_many_delays():
    with pytest.raises(ValueError, match="delays: expected at most 8"):
        dynamic_modes(np.zeros((1, 10, 1)), 2)


def test_sparse_identification_finds_a_damped_oscillator():
    """u' = v, v' = -4 u - 0.2 v, without noise: the window goes on to a hundredth."""
    step = 0.05
    times = step * np.arange(128)
    decay, turn = np.exp(-0.1 * times), np.sqrt(4 - 0.01)
    u = decay * np.cos(turn * times)
    v = -decay * (0.1 * np.cos(turn * times) + turn * np.sin(turn * times))
    states = np.stack([u, v], axis=1)
    found = ensemble_sindy(times[:64], states[None, :64], ("u", "v"), times)
    assert np.abs(found[64:] - states[64:]).max() < 0.02
    wrong = persistence(states[None, :64], 64)
    assert np.abs(wrong[0] - states[64:]).max() > 0.5

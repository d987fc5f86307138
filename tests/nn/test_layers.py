"""Small layers."""

import numpy as np
import pytest
import torch

from understudy.nn import FourierFeatures, SpectralConvolution, mlp, seeded

GRID = torch.arange(32) / 32 * 2 * np.pi


def test_features_are_waves_of_the_coordinate():
    """x, sin(2 pi f x), cos(2 pi f x) at f = 1 and 4."""
    layer = FourierFeatures(coordinates=1, frequencies=2, least=1.0, greatest=4.0)
    x = torch.tensor([[0.3]])
    expected = [0.3, *np.sin(2 * np.pi * np.array([0.3, 1.2]))]
    expected += [*np.cos(2 * np.pi * np.array([0.3, 1.2]))]
    assert layer.width == 5
    assert np.allclose(layer(x)[0], expected, atol=1e-6)


def test_a_spectral_convolution_maps_each_mode_to_itself():
    """A wave of mode k goes to the wave R_k of it; modes from `modes` up go to zero."""
    with seeded(0):
        layer = SpectralConvolution(width=1, modes=4)
    matrix = torch.view_as_complex(layer.weight.detach())[:, 0, 0]
    for mode in (1, 3):
        wave = torch.cos(mode * GRID)[None, None]
        number = matrix[mode]
        expected = number.real * torch.cos(mode * GRID) - number.imag * torch.sin(mode * GRID)
        assert torch.allclose(layer(wave)[0, 0], expected, atol=1e-6)
    assert torch.allclose(layer(torch.cos(4 * GRID)[None, None]), torch.zeros(1, 1, 32), atol=1e-6)


def test_a_spectral_convolution_does_not_depend_on_the_grid():
    """Half the points give the same signal at those points."""
    with seeded(0):
        layer = SpectralConvolution(width=2, modes=5)
    signal = torch.stack([torch.cos(GRID) + 0.3 * torch.sin(3 * GRID), torch.sin(2 * GRID)])[None]
    assert torch.allclose(layer(signal)[..., ::2], layer(signal[..., ::2]), atol=1e-6)


def test_a_grid_that_is_too_coarse_is_refused():
    """Modes beyond the Nyquist mode cannot be seen."""
    with pytest.raises(ValueError, match="at least 8 points for 5 modes, got 6"):
        SpectralConvolution(width=1, modes=5)(torch.zeros(1, 1, 6))


def test_a_seed_decides_weights_and_leaves_the_global_state():
    """Same seed, same weights; torch's own random numbers go on as if nothing had happened."""
    before = torch.get_rng_state()
    with seeded(3):
        one = mlp(2, 4, 1)
    with seeded(3):
        two = mlp(2, 4, 1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))

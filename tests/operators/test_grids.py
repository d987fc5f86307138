"""Operators on grids."""

import pytest
import torch

from understudy.nn import seeded
from understudy.operators import FNO, DeepONet, SymbolFNO
from understudy.operators.grids import interpolated

GRID = torch.arange(16)[None, :, None].expand(2, -1, -1) / 8
FEATURES = torch.randn(2, 16, 3, generator=torch.Generator().manual_seed(0))
T, X = torch.meshgrid(torch.linspace(0, 1, 5), GRID[0, :, 0], indexing="ij")
QUERIES = torch.stack([T, X], dim=-1).flatten(0, 1).expand(2, -1, -1)
SETTINGS = {"features": 3, "knots": 5, "first": 0.0, "last": 1.0, "width": 8, "modes": 5}
with seeded(0):
    FOURIER = FNO(**SETTINGS)
    SYMBOLS = SymbolFNO(**SETTINGS, words=6, longest=4)
GUESS = torch.tensor([[3, 4], [5, 3]])


@pytest.mark.parametrize("module", [FOURIER, SYMBOLS], ids=["FNO", "SymbolFNO"])
def test_a_shifted_line_gives_the_shifted_answer(module):
    """On the torus there is no first point; words do not see the shift."""
    base = module(GRID, FEATURES, QUERIES, GUESS).view(2, 5, 16)
    moved = module(GRID, FEATURES.roll(3, dims=1), QUERIES, GUESS).view(2, 5, 16)
    assert torch.allclose(moved, base.roll(3, dims=2), atol=1e-5)
    if module is SYMBOLS:
        one, two = (module.memory(GRID, f, GUESS)[0] for f in (FEATURES, FEATURES.roll(3, 1)))
        assert torch.allclose(one, two, atol=1e-5)


@pytest.mark.parametrize(
    "module", [FOURIER, DeepONet(sensors=16, features=3, queries=2, outputs=1)]
)
def test_the_answer_scales_with_the_data(module):
    """As the law of a linear equation does."""
    base = module(GRID, FEATURES, QUERIES)
    assert torch.allclose(module(GRID, 1e3 * FEATURES, QUERIES), 1e3 * base, rtol=1e-4, atol=1e-2)


def test_places_that_samples_share_are_answered_as_if_each_had_its_own():
    """DeepONet evaluates its trunk once for them."""
    module = DeepONet(sensors=16, features=3, queries=2, outputs=1)
    shared, copied = module(GRID, FEATURES, QUERIES), module(GRID, FEATURES, QUERIES.clone())
    assert torch.allclose(shared, copied, atol=1e-6)
    assert not torch.allclose(shared[0], shared[1], atol=1e-3)


@pytest.mark.parametrize("periodic", [True, False])
def test_interpolation_is_exact_at_knots_and_for_planes(periodic):
    """u = 2 t + 3 x + 1 is linear in both, whatever lies between."""
    x, t = GRID[0, :, 0], torch.linspace(0.5, 1.5, 4)
    channels = (2 * t + 3 * x[:, None] + 1)[None].expand(2, -1, -1)
    queries = torch.tensor([[[0.5, 0.0], [1.1, 0.31], [1.5, 1.874], [0.77, 1.0]]]).expand(
        2, -1, -1
    )
    found = interpolated(channels, GRID, queries, 0.5, 1.5, periodic=periodic)
    expected = 2 * queries[..., 0] + 3 * queries[..., 1] + 1
    assert torch.allclose(found[..., 0], expected, atol=1e-5)


def test_beyond_the_last_point_of_a_torus_comes_the_first():
    """Half a step beyond the last point is the mean of last and first."""
    channels = torch.arange(16.0)[None, :, None].expand(2, -1, 2)
    queries = torch.tensor([[[0.0, 15.5 / 8], [0.0, 2.0]]]).expand(2, -1, -1)
    found = interpolated(channels, GRID, queries, 0.0, 1.0, periodic=True)
    assert torch.allclose(found[..., 0], torch.tensor([7.5, 0.0]).expand(2, 2))


def test_points_that_are_no_grid_are_refused():
    """Uneven, or not all there."""
    uneven = GRID.clone()
    uneven[:, 3] += 0.01
    with pytest.raises(ValueError, match="uniform grid"):
        FOURIER(uneven, FEATURES, QUERIES)
    with pytest.raises(ValueError, match="points missing"):
        FOURIER(GRID, FEATURES, QUERIES, None, torch.arange(16).expand(2, 16) < 15)

"""Encoders of values at points."""

import pytest
import torch

from understudy.nn import seeded
from understudy.operators import PROSE, MeshEncoder, PatchEncoder, Sizes
from understudy.operators.encoders import magnitude

RANDOM = torch.Generator().manual_seed(0)
POINTS = torch.rand(2, 12, 2, generator=RANDOM)
FEATURES = torch.randn(2, 12, 3, generator=RANDOM)
QUERIES = torch.rand(2, 5, 2, generator=RANDOM)


def mesh():
    return MeshEncoder(coordinates=2, features=3, latents=4, width=16, heads=2, layers=1)


def patch():
    return PatchEncoder(coordinates=2, features=3, patch=3, width=16, heads=2, layers=1)


def prose(make):
    with seeded(0):
        sizes = Sizes(width=16, heads=2, fusion=1, queries=1, words=1)
        return PROSE(encoder=make(), sizes=sizes, queries=2, words=5, longest=4)


def test_the_numbers_of_nodes_do_not_matter():
    """A mesh is a set: nodes in another order give the same answer."""
    module, order = prose(mesh), torch.randperm(12, generator=RANDOM)
    again = module(POINTS[:, order], FEATURES[:, order], QUERIES)
    assert torch.allclose(again, module(POINTS, FEATURES, QUERIES), atol=1e-5)


def test_whole_patches_may_be_taken_in_any_order():
    """Points carry their coordinates, rows of patches nothing else."""
    module = prose(patch)
    order = torch.tensor([9, 10, 11, 0, 1, 2, 6, 7, 8, 3, 4, 5])
    again = module(POINTS[:, order], FEATURES[:, order], QUERIES)
    assert torch.allclose(again, module(POINTS, FEATURES, QUERIES), atol=1e-5)


@pytest.mark.parametrize("make", [mesh, patch])
def test_points_that_are_not_there_change_nothing(make):
    """A mesh of fewer nodes may be filled up with anything."""
    module = prose(make)
    points = torch.cat([POINTS, torch.full((2, 3, 2), 7.0)], dim=1)
    features = torch.cat([FEATURES, torch.full((2, 3, 3), 1e3)], dim=1)
    present = torch.arange(15).expand(2, 15) < 12
    found = module(points, features, QUERIES, None, present)
    assert torch.allclose(found, module(POINTS, FEATURES, QUERIES), atol=1e-5)


def test_a_component_that_is_zero_stays_zero_and_answers_have_the_size_of_the_data():
    """Root mean square; one where all is zero."""
    features = FEATURES.clone()
    features[..., 1] = 0.0
    expected = features.square().mean(dim=1, keepdim=True).sqrt()
    expected[..., 1] = 1.0
    assert torch.allclose(magnitude(features), expected)


def test_a_number_of_points_that_is_no_multiple_of_the_patch_is_refused():
    """The error says what came."""
    with pytest.raises(ValueError, match="expected a multiple of 3, got 11"):
        prose(patch)(POINTS[:, :11], FEATURES[:, :11], QUERIES)


@pytest.mark.parametrize("kind", [MeshEncoder, PatchEncoder])
def test_the_size_of_the_data_is_read_from_its_logarithm_alone(kind):
    """A patch's row stays as it was when data is doubled, and the row of the size does not; latent
    rows move by what the logarithm moves them."""
    number = {"latents": 4} if kind is MeshEncoder else {"patch": 3}
    with seeded(0):
        encoder = kind(coordinates=2, features=3, **number, width=16, heads=2, layers=0)
    with torch.no_grad():
        one, two = (encoder(POINTS, f)[0] for f in (FEATURES, 2 * FEATURES))
        assert not torch.allclose(one[:, 0], two[:, 0], atol=1e-3)
        encoder.size.weight.zero_()
        one, two = (encoder(POINTS, f)[0] for f in (FEATURES, 2 * FEATURES))
    assert torch.allclose(one, two, atol=1e-5)

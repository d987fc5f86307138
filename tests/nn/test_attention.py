"""Attention."""

import pytest
import torch

from understudy.nn import CausalBlock, CrossAttention, EncoderBlock, SelfAttention, seeded

X = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
MEMORY = torch.randn(2, 4, 8, generator=torch.Generator().manual_seed(1))


def test_equal_scores_give_the_mean_of_the_values():
    """softmax(0) is uniform: with queries of zero the answer is the mean of the values."""
    with seeded(0):
        layer = CrossAttention(width=8, heads=2)
    with torch.no_grad():
        layer.query.weight.zero_()
        layer.query.bias.zero_()
        values = layer.memory(MEMORY).chunk(2, dim=-1)[1]
        expected = layer.outward(values.mean(dim=1, keepdim=True)).expand(-1, 5, -1)
        assert torch.allclose(layer(X, MEMORY), expected, atol=1e-6)


def test_a_causal_row_does_not_see_what_comes_after_it():
    """Changing row j leaves all rows before j as they were."""
    with seeded(0):
        layer = SelfAttention(width=8, heads=2, causal=True)
    changed = X.clone()
    changed[:, 3] += 1.0
    before, after = layer(X), layer(changed)
    assert torch.equal(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3:], after[:, 3:])


def test_rows_that_are_not_there_change_nothing():
    """Masked rows of the memory may hold anything."""
    with seeded(0):
        layer = CrossAttention(width=8, heads=2)
    padded = torch.cat([MEMORY, torch.full((2, 3, 8), 1e3)], dim=1)
    present = torch.arange(7).expand(2, 7) < 4
    assert torch.allclose(layer(X, padded, present), layer(X, MEMORY), atol=1e-6)
    weights = layer.weights(X, padded, present)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 5))
    assert torch.equal(weights[..., 4:], torch.zeros(2, 5, 3))


def test_an_encoder_commutes_with_permutations():
    """Rows carry no number: permuted rows give permuted rows."""
    with seeded(0):
        block = EncoderBlock(width=8, heads=2)
    order = torch.tensor([3, 0, 4, 1, 2])
    assert torch.allclose(block(X[:, order]), block(X)[:, order], atol=1e-6)


def test_steps_of_a_causal_block_are_all_rows_at_once():
    """Keys and values that were kept are those that are made anew."""
    with seeded(0):
        block = CausalBlock(width=8, heads=2)
    past, rows = None, []
    for place in range(X.shape[1]):
        row, past = block.step(X[:, place : place + 1], past, MEMORY)
        rows.append(row)
    assert torch.allclose(torch.cat(rows, dim=1), block(X, MEMORY), atol=1e-6)


def test_heads_must_divide_the_width():
    """The error says what came."""
    with pytest.raises(ValueError, match="divisor of the width 8, got 3"):
        SelfAttention(width=8, heads=3)

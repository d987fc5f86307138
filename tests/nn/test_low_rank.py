"""Adapters of low rank."""

import pytest
import torch
from torch import nn

from understudy.nn import Training, fit, mlp, seeded
from understudy.nn.low_rank import LowRank, with_adapters

INPUTS = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))


def network():
    with seeded(0):
        return mlp(4, 16, 2)


def test_at_first_nothing_changes_and_the_original_never_does():
    """Only the adapters learn: r (in + out) numbers a layer."""
    original = network()
    before = {k: v.clone() for k, v in original.state_dict().items()}
    adapted = with_adapters(original, rank=2, seed=1)
    assert torch.equal(adapted(INPUTS), original(INPUTS))
    free = sum(p.numel() for p in adapted.parameters() if p.requires_grad)
    layers = [m for m in original.modules() if isinstance(m, nn.Linear)]
    assert free == sum(2 * (m.in_features + m.out_features) for m in layers)
    target = INPUTS[:, :2] * 3

    def loss(module, _):
        return (module(INPUTS) - target).square().mean()

    first = loss(adapted, 0).item()
    fit(adapted, loss, lambda k: k, Training(steps=80, learning_rate=3e-2, every=80))
    assert loss(adapted, 0).item() < 0.2 * first
    assert all(torch.equal(before[k], v) for k, v in original.state_dict().items())


def test_the_change_has_the_rank():
    layer = nn.Linear(8, 6)
    adapted = LowRank(layer, rank=2)
    nn.init.normal_(adapted.outward)
    change = adapted(torch.eye(8)) - layer(torch.eye(8))
    assert torch.linalg.matrix_rank(change, rtol=1e-5) == 2
    with pytest.raises(ValueError, match="rank: expected at least 1, got 0"):
        LowRank(layer, rank=0)

"""The critic's gradient in closed form against automatic differentiation in float64."""

import numpy as np
import pytest
import torch

from understudy.generative.descent import initialise
from understudy.generative.wgan_critic import CriticStep
from understudy.generative.wgan_networks import Critic, flatten

BATCH, FEATURES, WIDTH = 12, 7, 16
EPS = torch.finfo(torch.float64).eps


def draws(conditions):
    random = torch.Generator().manual_seed(1)

    def normal(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=random)

    real, fake = normal(BATCH, FEATURES), 2.0 * normal(BATCH, FEATURES) + 1.0
    mix = torch.rand(BATCH, 1, dtype=torch.float64, generator=random)
    return real, fake, normal(BATCH, conditions), mix


def critic_of(conditions, depth):
    critic = Critic(features=FEATURES, conditions=conditions, width=WIDTH, depth=depth).double()
    initialise(critic, torch.Generator().manual_seed(0))
    return critic, flatten(critic)


def by_autograd(critic, vector, real, fake, condition, mix, penalty):
    vector.grad.zero_()
    between = (mix * real + (1.0 - mix) * fake).requires_grad_()
    value = critic(between, condition).sum()
    (slope,) = torch.autograd.grad(value, between, create_graph=True)
    norm = slope.norm(dim=1)
    gap = critic(real, condition).mean() - critic(fake, condition).mean()
    loss = penalty * (norm - 1.0).square().mean() - gap
    loss.backward()
    return loss.detach(), gap.detach(), norm.mean().detach(), vector.grad.clone()


@pytest.mark.parametrize("conditions", [0, 2])
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("penalty", [0.1, 10.0])
def test_loss_and_gradient_are_those_of_double_backward_to_round_off(conditions, depth, penalty):
    """Sums of at most 12 x 16 x 3 products: a hundred roundings are plenty."""
    critic, vector = critic_of(conditions, depth)
    given = draws(conditions)
    step = CriticStep(critic, BATCH, penalty)
    found = [value.clone() for value in step(*given)] + [vector.grad.clone()]
    for a, b in zip(found, by_autograd(critic, vector, *given, penalty), strict=True):
        assert (a - b).abs().max() <= 100 * EPS * b.abs().max()


def test_a_second_batch_is_not_touched_by_the_first():
    critic, vector = critic_of(2, 3)
    step, given = CriticStep(critic, BATCH, 1.0), draws(2)
    step(*given)
    first = vector.grad.clone()
    step(*(3.0 * value for value in given[:3]), given[3])
    step.pull(given[1], given[2])
    step(*given)
    assert torch.equal(vector.grad, first)


def test_the_generators_pull_is_the_slope_of_its_loss():
    critic, _ = critic_of(2, 3)
    _, fake, condition, _ = draws(2)
    loss, pull = CriticStep(critic, BATCH, 1.0).pull(fake, condition)
    moved = fake.clone().requires_grad_()
    expected = -critic(moved, condition).mean()
    expected.backward()
    assert torch.isclose(loss, expected.detach(), rtol=100 * EPS, atol=0.0)
    assert (pull - moved.grad).abs().max() <= 100 * EPS * moved.grad.abs().max()


def test_weights_and_gradients_are_views_of_one_vector():
    critic, vector = critic_of(0, 2)
    with torch.no_grad():
        vector.fill_(0.5)
    assert all((p == 0.5).all() for p in critic.parameters())
    assert np.sum([p.numel() for p in critic.parameters()]) == vector.numel()


def test_a_network_that_is_not_flattened_is_refused():
    with pytest.raises(ValueError, match="flattened"):
        CriticStep(Critic(features=2, conditions=0, width=3, depth=1), 4, 1.0)

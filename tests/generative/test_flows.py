"""Normalizing flows and flow matching against laws of known distance."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import norm

from understudy.generative import Descent, Flow, FlowMatching
from understudy.generative.flow_matching import _slope

LEVELS = (np.arange(4000) + 0.5) / 4000
FAST = Descent(epochs=50, batch=200, patience=50, learning_rate=5e-3)


def away(drawn, truth):
    return float(np.abs(np.sort(drawn) - truth).mean())


def test_flow_matching_moves_a_shifted_normal_law_into_place():
    """Before: W1(N(m, s), N(m + 3 s c, s)) = 3 s for another c; after: the sampling error."""
    rng = np.random.default_rng(0)
    c = rng.choice([-1.0, 1.0], size=(1000, 1))
    x = 10.0 + 0.2 * (3.0 * c + rng.standard_normal((1000, 1)))
    training = Descent(epochs=100, batch=100, patience=100, learning_rate=5e-3)
    sampler = FlowMatching(width=32, depth=2, steps=16, training=training).fit(x, c)
    for sign in (-1.0, 1.0):
        truth = 10.0 + 0.2 * (3.0 * sign + norm.ppf(LEVELS))
        drawn = sampler.sample(4000, np.random.default_rng(1), np.full((4000, 1), sign))
        assert away(drawn[:, 0], truth) < 0.2 * 0.15


def test_without_a_network_the_velocity_keeps_the_normal_law_to_second_order():
    """The solution of dy/dt = u is y_0 sqrt(t^2 + (1 - t)^2), and y(1) = y(0)."""
    x = np.random.default_rng(0).normal(size=(50, 2)) * [2.0, 0.1] + 3.0
    sampler = FlowMatching(width=4, depth=1, training=Descent(epochs=1)).fit(x)
    zero = {name: np.zeros_like(w) for name, w in sampler.weights.items()}
    z = np.random.default_rng(1).standard_normal((20, 2))
    truth = x.mean(axis=0) + x.std(axis=0) * z
    error = [
        np.abs(
            replace(sampler, weights=zero, steps=n).sample(20, np.random.default_rng(1)) - truth
        )
        for n in (8, 16)
    ]
    ratio = error[0].max() / error[1].max()
    assert error[1].max() < 0.05
    assert ratio > 3.0  # 4 for second order, more here by symmetry


def test_the_velocity_without_a_network_is_the_regression_of_two_normal_variables():
    """E[y_1 - y_0 | y_t] = Cov(y_1 - y_0, y_t) / Var(y_t) y_t, with covariance t - (1 - t)."""
    time = torch.linspace(0.0, 1.0, 5)[:, None]
    y = torch.full((5, 1), 2.0)
    nothing, network = torch.zeros(5, 0), torch.nn.Linear(10, 1)
    torch.nn.init.zeros_(network.weight)
    torch.nn.init.zeros_(network.bias)
    found = _slope(network, torch.ones(1), y, time, nothing)
    expected = 2.0 * (time - (1.0 - time)) / (time**2 + (1.0 - time) ** 2)
    assert torch.allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(("transform", "transforms"), [("maf", 2), ("nsf", 1)])
def test_a_flow_learns_a_curved_dependence(transform, transforms):
    """y | x ~ N(x^2, 0.1): the residual of a draw has the law N(0, 0.1), W1 known exactly."""
    rng = np.random.default_rng(0)
    first = rng.standard_normal((1000, 1))
    x = np.concatenate([first, first**2 + 0.1 * rng.standard_normal((1000, 1))], axis=1)
    sampler = Flow(transform=transform, width=32, transforms=transforms, training=FAST).fit(x)
    drawn = sampler.sample(4000, np.random.default_rng(1))
    inside = np.abs(drawn[:, 0]) < 2.0
    rest = drawn[inside, 1] - drawn[inside, 0] ** 2
    linear = np.std(x[:, 1])  # what a law without curvature leaves
    assert np.abs(rest).mean() < 0.15 * linear
    assert away(drawn[:, 0], norm.ppf(LEVELS)) < 0.15


def test_training_stops_early_and_keeps_the_best_epoch():
    """Thirty samples are soon learned by heart: the held-out loss rises long before the end."""
    x = np.random.default_rng(0).standard_normal((30, 3))
    training = Descent(epochs=200, batch=10, patience=15, learning_rate=1e-2, validation=0.3)
    sampler = Flow(training=training).fit(x)
    best = int(np.argmin(sampler.history))
    assert len(sampler.history) == best + 1 + 15 < 200


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Flow(transform="glow"),
        lambda: Flow(transforms=0),
        lambda: FlowMatching(steps=0),
        lambda: Descent(validation=1.0),
    ],
)
def test_settings_without_meaning_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        wrong()

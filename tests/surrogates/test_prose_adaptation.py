"""A trained PROSE meets a family that it has not learned."""

import numpy as np
import pytest
import torch

from understudy.nn import Training
from understudy.operators import Sizes
from understudy.surrogates.prose_adaptation import Adaptation, adapt
from understudy.surrogates.prose_model import ProseRecipe
from understudy.surrogates.prose_training import train_prose


@pytest.fixture(scope="module")
def model():
    return train_prose(
        ProseRecipe(
            families=("lorenz",), batch=16, training=Training(steps=30, every=30),
            sizes=Sizes(width=32, heads=4, data=1, symbols=0, fusion=1, queries=1, words=1),
        )
    )  # fmt: skip


def test_few_solutions_of_a_damped_oscillator_help(model):
    """All weights and adapters, on windows that neither has seen; the model stays as it was."""
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    spec = Adaptation(
        families=("duffing",), shots=16, tests=16, rank=4,
        training=Training(steps=60, learning_rate=3e-3, every=60),
    )  # fmt: skip
    ways = adapt(model, spec)["duffing"]
    assert {k: v.shape for k, v in ways.items()} == dict.fromkeys(
        ("none", "low_rank", "all_weights", "residual"), (16,)
    )
    mean = {k: float(np.mean(v)) for k, v in ways.items()}
    assert mean["all_weights"] < 0.9 * mean["none"]
    assert mean["low_rank"] < 0.95 * mean["none"]
    assert np.isfinite(ways["residual"]).all()
    assert all(torch.equal(before[k], v) for k, v in model.network.state_dict().items())


def test_families_that_it_has_learned_are_refused(model):
    with pytest.raises(ValueError, match="families: expected none that was learned, got lorenz"):
        adapt(model, Adaptation(families=("lorenz",)))
    with pytest.raises(ValueError, match="shots, tests, rank"):
        Adaptation(families=("duffing",), rank=0)

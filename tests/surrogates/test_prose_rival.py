"""A DeepONet on the lessons of PROSE."""

import numpy as np
import pytest
import torch

from understudy.equations.trajectories import TIMES
from understudy.nn import Training
from understudy.operators import Sizes
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_model import ProseRecipe, load_prose
from understudy.surrogates.prose_rival import load_rival, save_rival, train_rival

RECIPE = ProseRecipe(
    families=("lorenz", "duffing"), batch=8, training=Training(steps=4, every=2),
    sizes=Sizes(width=16, heads=2, data=0, symbols=0, fusion=0, queries=1, words=1),
)  # fmt: skip


def test_a_file_gives_the_network_back(tmp_path):
    """The same forecasts, of as many states as the window has; another format is refused."""
    rival = train_rival(RECIPE)
    save_rival(tmp_path / "r.safetensors", rival, {})
    again = load_rival(tmp_path / "r.safetensors")
    windows = np.random.default_rng(0).standard_normal((3, SEEN, 2))
    made = rival.forecast(windows, TIMES[SEEN:])
    assert made.shape == (3, len(TIMES) - SEEN, 2)
    assert np.array_equal(made, again.forecast(windows, TIMES[SEEN:]))
    assert again.recipe == RECIPE
    with pytest.raises(ValueError, match="expected understudy-prose, got"):
        load_prose(tmp_path / "r.safetensors")


def test_it_learns():
    """Less error after more steps, on trajectories that it has not seen."""
    torch.manual_seed(0)
    longer = ProseRecipe(
        families=("duffing",), batch=32, sizes=RECIPE.sizes,
        training=Training(steps=60, every=20, learning_rate=3e-3),
    )  # fmt: skip
    quality = train_rival(longer).history.quality
    assert quality[-1] < 0.9 * quality[0]

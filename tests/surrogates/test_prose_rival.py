"""Networks without equations on the lessons of PROSE."""

import numpy as np
import pytest
import torch

from understudy.equations.trajectories import TIMES
from understudy.nn import Training
from understudy.operators import Sizes
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_model import ProseRecipe, load_prose
from understudy.surrogates.prose_rival import RIVALS, load_rival, save_rival, train_rival

RECIPE = ProseRecipe(
    families=("lorenz", "duffing"), batch=8, training=Training(steps=4, every=2),
    sizes=Sizes(width=16, heads=2, data=0, symbols=0, fusion=0, queries=1, words=1),
)  # fmt: skip


@pytest.mark.parametrize("name", RIVALS)
def test_a_file_gives_the_network_back(name, tmp_path):
    """The same forecasts, of as many states as the window has; another format is refused."""
    rival = train_rival(name, RECIPE)
    save_rival(tmp_path / "r.safetensors", rival, {})
    again = load_rival(tmp_path / "r.safetensors")
    windows = np.random.default_rng(0).standard_normal((3, SEEN, 2))
    made = rival.forecast(windows, TIMES[SEEN:])
    assert made.shape == (3, len(TIMES) - SEEN, 2)
    assert np.array_equal(made, again.forecast(windows, TIMES[SEEN:]))
    assert (again.name, again.recipe) == (name, RECIPE)
    with pytest.raises(ValueError, match="expected understudy-prose-2, got"):
        load_prose(tmp_path / "r.safetensors")


@pytest.mark.parametrize("name", RIVALS)
def test_it_learns(name):
    """Less error after more steps, on trajectories that it has not seen."""
    torch.manual_seed(0)
    longer = ProseRecipe(
        families=("duffing",), batch=32, sizes=RECIPE.sizes,
        training=Training(steps=60, every=20, learning_rate=3e-3),
    )  # fmt: skip
    quality = train_rival(name, longer).history.quality
    assert quality[-1] < 0.9 * quality[0]


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="rival: expected one of deeponet, fno, got 'unet'"):
        train_rival("unet", RECIPE)

"""What a trained PROSE looks at."""

import numpy as np
import pytest

from understudy.equations.family import guess
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.nn import Training
from understudy.operators import Sizes
from understudy.surrogates.prose_attention import looks
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_model import ProseRecipe
from understudy.surrogates.prose_training import train_prose


def test_weights_are_shares_of_all_rows():
    """Those of a time over sizes and patches; those of a word over the data and the guess."""
    recipe = ProseRecipe(
        families=("lorenz",), batch=4, training=Training(steps=2, every=2),
        sizes=Sizes(width=16, heads=2, data=1, symbols=1, fusion=1, queries=1, words=1),
    )  # fmt: skip
    model = train_prose(recipe)
    family = ODE_FAMILIES["lorenz"]
    rng = np.random.default_rng(0)
    truth = family.equation.with_values(family.means)
    found = looks(model, rng.standard_normal((SEEN, 3)), guess(family.equation, rng).equation,
                  truth, many=5)  # fmt: skip
    assert found.queries.shape == (5, 1 + SEEN // recipe.patch)
    assert found.words.shape == (len(found.written), 1 + len(found.guessed))
    for weights in (found.queries, found.words):
        assert weights.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
        assert (weights >= 0).all()
    assert not model.network.answers[-1].attention._forward_hooks

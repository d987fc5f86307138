"""The weak form of polynomial systems."""

import numpy as np
import pytest

from understudy.equations.polynomials import Library
from understudy.surrogates.weak_form import smooth, stepwise, weak_form

TIMES = np.linspace(0.0, 2.0, 81)


def test_quadratics_pass_through_the_smoothing():
    """Inside a window; Savitzky and Golay's weights are exact for them."""
    window = np.stack([TIMES**2 - TIMES, 3 * TIMES], axis=1)[None]
    assert np.allclose(smooth(window)[:, 2:-2], window[:, 2:-2], atol=1e-12)


def test_both_sides_agree_for_a_solution():
    """u' = -0.7 u: the integral of the rate is -0.7 times that of u, to the rule's h^2."""
    window = np.exp(-0.7 * TIMES)[None, :, None]
    library = Library(states=1, degree=2)
    features, targets = weak_form(TIMES, window, library, 20)
    place = library.exponents.tolist().index([1])
    assert targets[:, 0] == pytest.approx(-0.7 * features[:, place], rel=1e-3)


def test_elimination_keeps_the_terms_that_matter():
    """Three columns of eight make the target, with noise of a hundredth."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 8))
    target = features[:, [1, 4, 6]] @ [2.0, -1.0, 0.5] + 0.01 * rng.normal(size=60)
    assert sorted(stepwise(features, target, 4.0)) == [1, 4, 6]

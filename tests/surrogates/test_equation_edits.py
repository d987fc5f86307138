"""What edits promise, against what they do."""

import numpy as np
import pytest

from understudy.equations.parse import parse
from understudy.equations.polynomials import Library, refine
from understudy.equations.sensitivity import Sensitivity
from understudy.surrogates.equation_edits import least_sure, losses, score_gains

TRUTH = parse("x' = 1.1*x - 0.4*x*y; y' = 0.1*x*y - 0.4*y + 0.004*x")
TIMES = np.linspace(0.0, 8.0, 48)
LIBRARY = Library(states=2, degree=2)
# x, y, x^2, x y, y^2 are monomials 1 to 5.
TERMS = [(0, 1), (0, 4), (1, 1), (1, 2), (1, 4)]
NOISE = np.full(3, 0.1)


@pytest.fixture(scope="module")
def windows():
    rng = np.random.default_rng(3)
    start = rng.uniform(2.0, 6.0, (2, 3))
    clean = Sensitivity(TRUTH, substeps=10).states_at(np.empty((0, 3)), start, TIMES)
    return clean + 0.1 * rng.standard_normal(clean.shape)


def fitted(terms, windows):
    first = [{(0, 1): 1.1, (0, 4): -0.4, (1, 2): -0.4, (1, 4): 0.1}.get(t, 0.0) for t in terms]
    return refine(
        LIBRARY, np.array(terms), TIMES, windows, first=np.array(first), start=windows[:, 0],
        spread=np.full(len(terms), 1e3), noise=NOISE, iterations=40,
    )  # fmt: skip


def test_a_loss_is_the_rise_of_the_misfit_where_the_term_is_small(windows):
    whole = fitted(TERMS, windows)
    (loss,) = losses(TERMS, whole, [[(1, 1)]])
    without = fitted([t for t in TERMS if t != (1, 1)], windows)
    assert loss == pytest.approx(without.misfit.sum() - whole.misfit.sum(), rel=0.1)
    assert loss > 4


def test_a_loss_of_several_is_at_least_that_of_each(windows):
    whole = fitted(TERMS, windows)
    both, one, other = losses(TERMS, whole, [[(1, 1), (1, 4)], [(1, 1)], [(1, 4)]])
    assert both >= max(one, other)
    assert least_sure(TERMS, whole)[0] == (1, 1)


def test_a_gain_is_the_fall_of_the_misfit(windows):
    terms = [t for t in TERMS if t != (1, 1)]
    fewer, whole = fitted(terms, windows), fitted(TERMS, windows)
    gains, precision = score_gains(
        LIBRARY, terms, [(1, 1)], TIMES, windows, fit=fewer, noise=NOISE, substeps=2
    )
    assert gains[0] == pytest.approx(fewer.misfit.sum() - whole.misfit.sum(), rel=0.1)
    variance = np.linalg.inv(whole.normal)[2, 2]
    assert precision[0] == pytest.approx(1 / variance, rel=0.1)

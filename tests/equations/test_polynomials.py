"""Compiled polynomial systems."""

import numpy as np
import pytest

from understudy.equations.parse import parse
from understudy.equations.polynomials import Library, information, refine
from understudy.equations.sensitivity import Sensitivity

LIBRARY = Library(states=2, degree=3)
ROWS = LIBRARY.exponents.tolist()
ACTIVE = np.array(
    [[0, ROWS.index([1, 0])], [0, ROWS.index([1, 1])], [1, ROWS.index([1, 1])],
     [1, ROWS.index([0, 1])], [1, ROWS.index([2, 1])]]
)  # fmt: skip
VALUES = np.array([1.1, -0.4, 0.1, -0.4, -0.01])
EQUATION = parse("x' = a*x + b*x*y; y' = c*x*y + d*y + e*x^2*y")
TIMES = np.linspace(0.0, 3.0, 13)


def windows(count, noise=0.0):
    rng = np.random.default_rng(0)
    start = rng.uniform(2.0, 5.0, (2, count))
    clean = Sensitivity(EQUATION, substeps=20).states_at(
        np.tile(VALUES[:, None], count), start, TIMES
    )
    return clean + noise * rng.standard_normal(clean.shape)


def test_monomials_are_counted_by_the_binomial_and_have_their_values():
    """(2 + 3) over 3 of them; x^2 y at (2, 3) is 12."""
    assert len(ROWS) == 10
    assert LIBRARY.values(np.array([2.0, 3.0]))[ROWS.index([2, 1])] == 12.0


def test_slopes_are_those_of_the_sensitivity_equations():
    """J'J and J'r of two windows, assembled by hand from another implementation."""
    data, noise = windows(2, 0.3), np.array([0.5, 2.0])
    start = data[:, 0] + 0.1
    misfit, normal, slope = information(
        LIBRARY, ACTIVE, TIMES, data, values=VALUES, start=start, noise=noise, substeps=4
    )
    u, s = Sensitivity(EQUATION, substeps=4).solve(np.tile(VALUES[:, None], 2), start.T, TIMES)
    expected, pull = np.zeros((9, 9)), np.zeros(9)
    for w in range(2):
        jacobian = np.zeros((26, 9))
        own = [*range(5), 5 + 2 * w, 6 + 2 * w]
        jacobian[:, own] = s[w].reshape(26, 7) / noise[w]
        error = (u[w] - data[w]).ravel() / noise[w]
        assert misfit[w] == pytest.approx(error @ error, rel=1e-9)
        expected += jacobian.T @ jacobian
        pull += jacobian.T @ error
    assert np.allclose(normal, expected, rtol=1e-8, atol=1e-8)
    assert np.allclose(slope, pull, rtol=1e-8, atol=1e-8)


def test_without_noise_the_truth_comes_back():
    """From numbers that are 10 % off."""
    data = windows(1)
    found = refine(
        LIBRARY, ACTIVE, TIMES, data, first=1.1 * VALUES, start=data[:, 0],
        spread=np.full(5, 1e3), noise=np.array([1e-3]), lengths=(6,), iterations=30, substeps=20,
    )  # fmt: skip
    assert np.allclose(found.values, VALUES, rtol=1e-4)
    assert found.misfit.sum() < 1e-2


def test_the_prior_pulls_towards_zero():
    """A prior far narrower than the data allow leaves nothing of the numbers."""
    data = windows(1)
    found = refine(
        LIBRARY, ACTIVE, TIMES, data, first=VALUES, start=data[:, 0], spread=np.full(5, 1e-6),
        noise=np.array([1.0]),
    )  # fmt: skip
    assert np.abs(found.values).max() < 1e-4


def test_states_that_blow_up_cost_infinity():
    """x' = 1000 x."""
    data = windows(1)
    misfit, _, _ = information(
        LIBRARY, ACTIVE[:1], TIMES, data, values=np.array([1e3]), start=data[:, 0],
        noise=np.ones(1),
    )  # fmt: skip
    assert np.isinf(misfit).all()


def test_a_degree_that_is_too_high_is_refused():
    """The error says what came."""
    with pytest.raises(ValueError, match="a degree of 1 to 4, got 2, 5"):
        Library(states=2, degree=5)


def test_terms_of_a_label_have_one_number():
    """Prey and predators that eat and are eaten at the same rate: three numbers for four terms."""
    truth = parse("x' = 1.1*x - 0.3*x*y; y' = 0.3*x*y - 0.9*y")
    start = np.random.default_rng(0).uniform(2.0, 5.0, (2, 2))
    clean = Sensitivity(truth, substeps=20).states_at(np.empty((0, 2)), start, TIMES)
    data = clean + 0.05 * np.random.default_rng(1).standard_normal(clean.shape)
    # x' = c0 x + c1 x y is tied to y' = c2 x y + c3 y by c3 = c1, which the truth is not.
    free, labels = ACTIVE[:4], np.array([0, 1, 2, 1])
    settings = {"start": data[:, 0], "noise": np.full(2, 0.05), "iterations": 60, "substeps": 4}
    tied = refine(
        LIBRARY, free, TIMES, data, first=np.array([1.0, -0.4, 0.3]), spread=np.full(3, 1e3),
        labels=labels, **settings,
    )  # fmt: skip
    own = refine(
        LIBRARY, free, TIMES, data, first=np.array([1.0, -0.3, 0.3, -0.8]),
        spread=np.full(4, 1e3), **settings,
    )  # fmt: skip
    assert (len(tied.values), tied.normal.shape) == (3, (7, 7))
    assert tied.misfit.sum() > 5 * own.misfit.sum()
    # A step along the tied number is one along both.
    values = tied.values[labels]
    misfit, normal, slope = information(
        LIBRARY, free, TIMES, data, values=values, start=tied.start, noise=np.full(2, 0.05),
        substeps=4,
    )  # fmt: skip
    assert misfit == pytest.approx(tied.misfit, rel=1e-9)
    both = np.zeros((8, 7))
    both[range(4), labels] = 1.0
    both[range(4, 8), range(3, 7)] = 1.0
    assert np.allclose(both.T @ normal @ both, tied.normal, rtol=1e-4, atol=1e-4)
    assert np.abs(both.T @ slope).max() < 1e-2 * np.abs(slope).max()

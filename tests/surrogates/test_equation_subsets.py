"""Sets of terms as a fit with every term sees them."""

from itertools import combinations

import numpy as np
import pytest

from understudy.surrogates.equation_subsets import Subsets

PRICE, SPREAD = 3.0, 2.0


def problem(seed=0, rows=60, terms=8):
    """Correlated columns, of which three are in the data; noise of deviation one."""
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((rows, terms)) + 1.5 * rng.standard_normal((rows, 1))
    numbers = np.zeros(terms)
    numbers[[1, 4, 6]] = [1.5, -1.0, 0.8]
    return columns, columns @ numbers + rng.standard_normal(rows)


def fitted(columns, data):
    precision = columns.T @ columns + np.eye(columns.shape[1]) / SPREAD**2
    covariance = np.linalg.inv(precision)
    values = covariance @ columns.T @ data
    return Subsets(values, covariance, np.full(len(values), SPREAD), PRICE)


def evidence(columns, data):
    """Minus twice the logarithm of the density of the data, numbers integrated out."""
    covariance = np.eye(len(data)) + SPREAD**2 * columns @ columns.T
    _, determinant = np.linalg.slogdet(covariance)
    return determinant + data @ np.linalg.solve(covariance, data)


def test_scores_part_as_evidences_do():
    """Of a linear model nothing is an approximation."""
    columns, data = problem()
    sets = fitted(columns, data)
    for one, two in combinations([(1, 4, 6), (0,), (0, 1, 2, 3, 4, 5, 6, 7), (1, 4)], 2):
        wanted = evidence(columns[:, one], data) + PRICE * len(one)
        wanted -= evidence(columns[:, two], data) + PRICE * len(two)
        assert sets.score(one) - sets.score(two) == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("first", [(), range(8)], ids=["from nothing", "from all"])
def test_the_best_set_is_that_of_all_there_are(seed, first):
    """2^8 of them one by one."""
    sets = fitted(*problem(seed))
    every = [s for k in range(9) for s in combinations(range(8), k)]
    best = min(every, key=sets.score)
    assert sets.best(first) == frozenset(best)

"""Symmetries of a polynomial system: states that change places and leave its terms the same.

Under a permutation s of the states a term c u_j^e ... of component i becomes one of component s(i)
with u_s(j) in the place of u_j. A system whose terms all become terms of its own may have the same
number in each of an orbit; whether it has, the evidence says.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, permutations

import numpy as np
from jaxtyping import Float, Int

from understudy.surrogates.equation_edits import Term

__all__ = ["symmetric", "tied_start"]

_ALL = 6
"""States up to which all permutations are looked at; beyond, shifts of all and swaps of two."""
Tied = tuple[tuple[Term, ...], tuple[int, ...]]
"""Terms in order, and which number each has."""


def symmetric(terms: Iterable[Term], exponents: Int[np.ndarray, "M D"], edits: int) -> list[Tied]:
    """Systems of few numbers that permutations of the states leave the same.

    Of an orbit that the terms have in part, all are taken if they have half of it, else none.

    Args:
        terms: of a system.
        exponents: a row a monomial.
        edits: most terms that are added or left out.

    Returns:
        The fewest edits first, then the fewest numbers.
    """
    own = frozenset(terms)
    rows = {tuple(row): m for m, row in enumerate(exponents.tolist())}
    many = exponents.shape[1]
    found: dict[Tied, tuple[int, int]] = {}
    for change in _changes(many):
        back = np.argsort(change)
        taken: dict[Term, int] = {}
        count = 0
        for term in sorted(own):
            orbit = [term]
            while True:
                i, m = orbit[-1]
                image = (change[i], rows[tuple(exponents[m][back].tolist())])
                if image == term:
                    break
                orbit.append(image)
            if term not in taken and 2 * len(own & set(orbit)) >= len(orbit):
                taken |= dict.fromkeys(orbit, count)
                count += 1
        away = len(own ^ set(taken))
        whole = {i for i, _ in taken} == set(range(many))
        if whole and away <= edits and count < len(taken):
            order = sorted(taken)
            labels = [taken[term] for term in order]
            numbers = {label: k for k, label in enumerate(dict.fromkeys(labels))}
            found[tuple(order), tuple(numbers[label] for label in labels)] = (away, count)
    return sorted(found, key=lambda tied: found[tied])


def _changes(many: int) -> Iterator[tuple[int, ...]]:
    """Permutations of states."""
    if many <= _ALL:
        yield from permutations(range(many))
        return
    for shift in range(1, many):
        yield tuple((j + shift) % many for j in range(many))
    for a, b in combinations(range(many), 2):
        swapped = list(range(many))
        swapped[a], swapped[b] = b, a
        yield tuple(swapped)


def tied_start(
    terms: Sequence[Term],
    labels: Sequence[int],
    features: Float[np.ndarray, "B M"],
    targets: Float[np.ndarray, "B D"],
) -> tuple[Float[np.ndarray, " O"], float]:
    """Numbers by least squares of the weak form, and the sum of squares that they leave.

    Args:
        terms: of the system.
        labels: which number each has.
        features: integrals of the monomials.
        targets: those of the rates of the states.
    """
    many = len(features)
    columns = np.zeros((targets.size, max(labels) + 1))
    for (i, m), label in zip(terms, labels, strict=True):
        columns[i * many : (i + 1) * many, label] += features[:, m]
    wanted = targets.T.ravel()
    numbers = np.linalg.lstsq(columns, wanted, rcond=None)[0]
    return numbers, float(((columns @ numbers - wanted) ** 2).sum())

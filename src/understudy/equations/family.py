"""Families of equations: one equation, laws of its parameters and of its initial values.

From the equation's one list of terms come right-hand side, words, residual and LaTeX; here are
draws of parameters, and guesses as a user would make them: the skeleton with unknown numbers, of
20 in 14 right, in 3 with a term too many, in 3 with one too few (Liu, Zhang & Schaeffer 2024,
section 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation, freed
from understudy.equations.terms import Derivative, Factor, Symbol, Terms

__all__ = ["Family", "Guess", "guess", "guesses", "monomials"]

KINDS = ("untouched", "added", "deleted")


@final
@dataclass(frozen=True, kw_only=True)
class Family:
    """Trajectories of an ordinary differential equation.

    Attributes:
        name: of the family.
        equation: with parameters.
        means: of the parameters.
        spread: half width of their uniform laws, as a share of the mean.
        reach: initial values are uniform in [-reach, reach].
    """

    name: str
    equation: Equation
    means: Mapping[str, float]
    spread: float = 0.1
    reach: float = 2.0

    def __post_init__(self) -> None:
        wanted = set(self.equation.parameters)
        if wanted != set(self.means):
            raise ValueError(
                f"{self.name}: expected means of {sorted(wanted)}, got {sorted(self.means)}"
            )
        if not 0.0 <= self.spread < 1.0:
            raise ValueError(f"spread: expected in [0, 1), got {self.spread}")

    @property
    def centre(self) -> Float[np.ndarray, " P"]:
        """Means in the order of the equation's parameters."""
        return np.array([self.means[name] for name in self.equation.parameters])

    def values(self, n: int, rng: np.random.Generator) -> Float[np.ndarray, "P n"]:
        """Draws of the parameters."""
        share = rng.uniform(1 - self.spread, 1 + self.spread, size=(len(self.means), n))
        return self.centre[:, None] * share

    def initial(self, n: int, rng: np.random.Generator) -> Float[np.ndarray, "D n"]:
        """Draws of the initial values."""
        return rng.uniform(-self.reach, self.reach, size=(len(self.equation.states), n))


@final
@dataclass(frozen=True, kw_only=True)
class Guess:
    """What a user believes.

    Attributes:
        equation: with a parameter for every number that is not known.
        kind: `untouched`, `added` or `deleted`.
    """

    equation: Equation
    kind: str


def monomials(states: tuple[str, ...], degree: int) -> tuple[Terms, ...]:
    """All products of states up to a degree, the constant first."""
    found = [Terms.number(1.0)]
    for d in range(1, degree + 1):
        for names in combinations_with_replacement(states, d):
            product = Terms.number(1.0)
            for name in names:
                product = product * Terms.symbol(name)
            found.append(product)
    return tuple(found)


def _candidates(equation: Equation) -> tuple[Terms, ...]:
    """Terms that a user may wrongly add: products up to the second degree, derivatives."""
    slopes: list[Factor] = [
        Derivative(s, k) for s in equation.states for k in range(1, 5) if equation.space
    ]
    return (*monomials(equation.states, 2), *(Terms.factor(f) for f in slopes))


@lru_cache(maxsize=256)
def guesses(equation: Equation) -> Mapping[str, tuple[Equation, ...]]:
    """All guesses of an equation by kind.

    Numbers and parameters become unknown, those that are 1 or -1 stay. No component is emptied, so
    an equation of one term a component has none with a term too few.
    """
    known = {p: 2.0 + i for i, p in enumerate(equation.parameters)}
    base = freed(equation.with_values(known))[0]
    added, deleted = [], []
    for i, (_, own) in enumerate(base.skeleton):
        for term in _candidates(equation):
            if term.monomials[0] not in own:
                more = base.right[i] + Terms.symbol("extra") * term
                added.append(_with(base, i, more))
        for j in range(len(base.right[i]) if len(base.right[i]) > 1 else 0):
            fewer = Terms.of(item for k, item in enumerate(base.right[i].items) if k != j)
            deleted.append(_with(base, i, fewer))
    return {"untouched": (base,), "added": tuple(added), "deleted": tuple(deleted)}


def _with(equation: Equation, place: int, terms: Terms) -> Equation:
    """Other terms in one component, and parameters numbered anew."""
    right = tuple(terms if i == place else r for i, r in enumerate(equation.right))
    found = Equation(states=equation.states, orders=equation.orders, right=right)
    names: dict[Factor, Terms] = {
        Symbol(p): Terms.symbol(f"c{i}") for i, p in enumerate(found.parameters)
    }
    return Equation(
        states=found.states, orders=found.orders, right=tuple(r.replaced(names) for r in right)
    )


def guess(equation: Equation, rng: np.random.Generator, kind: str | None = None) -> Guess:
    """One of the guesses of an equation.

    Args:
        equation: the truth.
        rng: draws the kind if there is none, and the guess.
        kind: `untouched`, `added` or `deleted`; where there is no guess of a kind, the kind of
            what is returned is `untouched`.
    """
    if kind is None:
        kind = str(rng.choice(KINDS, p=[0.7, 0.15, 0.15]))
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    every = guesses(equation)
    kind = kind if every[kind] else "untouched"
    return Guess(equation=every[kind][int(rng.integers(len(every[kind])))], kind=kind)

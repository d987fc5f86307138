"""An equation from noisy windows and a guess that may be wrong: search over edits.

Candidates are polynomial systems. Each is refined through the integrator and judged by

    J = sum_w n log(chi2_w / n) + log det(J'J + P^-1) + log det P + c' P^-1 c
        + 11 added + 9 removed,

minus twice the logarithm of its evidence by Laplace's method (the noise of each window unknown, a
normal prior of the numbers c) and of a prior of edits of the guess. The deviation of a number is
twice the size of the rate over that of its monomial. From the best candidate so far terms are
dropped (those that are least sure), added and swapped, unless the second order of the misfit says
that it is in vain; at last numbers are tied that a symmetry makes one. Which to add, the weak form
of the equation says while the misfit is large,

    - int psi' u dt = sum_a c_a int psi p_a(u) dt,

psi bumps along the window (Messenger & Bortz 2021), and the slope of the misfit along each missing
term where it is small (a score test). Without a guess the search begins at sets of few terms of
the weak form, and at the best of all sets as a fit of every term sees them (`equation_subsets`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.polynomials import Library
from understudy.equations.terms import Symbol
from understudy.surrogates.equation_bench import Bench, Searched
from understudy.surrogates.equation_edits import Term
from understudy.surrogates.equation_refinement import noise_level

__all__ = ["EquationSearch"]

_LOOKS = 3
"""Times that a fit of every term is made and its best sets are edited."""


@final
@dataclass(frozen=True, kw_only=True)
class EquationSearch:
    """Settings.

    Attributes:
        degree: greatest of the monomials.
        added: price of a term that the guess does not have.
        removed: price of a term of the guess that is left out.
        rounds: of edits.
        near: scores that are this much greater than the best are returned too.
    """

    degree: int = 3
    added: float = 11.0
    removed: float = 9.0
    rounds: int = 12
    near: float = 8.0

    def __post_init__(self) -> None:
        if not 1 <= self.degree <= 4 or self.rounds < 0:
            raise ValueError(
                f"degree, rounds: expected 1 to 4 and at least 0, got {self.degree}, {self.rounds}"
            )
        if min(self.added, self.removed, self.near) < 0:
            raise ValueError("added, removed, near: expected at least 0")

    def solve(
        self,
        times: Float[np.ndarray, " T"],
        windows: Float[np.ndarray, "w T D"],
        states: Sequence[str],
        guess: Equation | None = None,
        noise: Float[np.ndarray, " w"] | None = None,
    ) -> Searched:
        """Search from a guess, or from what the weak form says alone.

        Args:
            times: evenly spaced, of the points of a window.
            windows: of one system, in any number, each with noise.
            states: names of the components.
            guess: polynomial; its numbers and parameters are all free.
            noise: its deviation in each window, if it is known; None: measured.

        Raises:
            ValueError: uneven times, fewer than 16 of them, values that are not finite, a guess of
                other states or with terms that are no monomials of the degree.
        """
        _check(times, windows, states)
        library = Library(states=len(states), degree=self.degree)
        size = noise_level(windows, noise)
        known = None if guess is None else frozenset(_terms(guess, tuple(states), library))
        bench = Bench(
            library, times, windows, tuple(states), size, known=noise is not None,
            guess=known, added=self.added, removed=self.removed, near=self.near,
        )  # fmt: skip
        for support in bench.sparse() if known is None else [known]:
            bench.try_out(support)
        for _ in range(_LOOKS if known is None else 1):
            before = bench.best()
            for support in bench.subsets() if known is None else []:
                bench.try_out(support)
            self._edit(bench)
            if bench.best() == before:
                break
        bench.tie()
        return bench.found()

    def _edit(self, bench: Bench) -> None:
        """Try what is near the best candidate, until nothing of it is better."""
        for _ in range(self.rounds):
            before = bench.best()
            for support in bench.edits(before):
                bench.try_out(support)
            if bench.best() == before:
                break

    def reads(self, guess: Equation, states: Sequence[str]) -> bool:
        """Whether a guess is a system of monomials that it can edit."""
        library = Library(states=len(states), degree=self.degree)
        try:
            return bool(frozenset(_terms(guess, tuple(states), library)))
        except ValueError:
            return False


def _check(times: np.ndarray, windows: np.ndarray, states: Sequence[str]) -> None:
    if len(times) < 16 or np.ptp(np.diff(times)) > 1e-6 * np.diff(times).mean():
        raise ValueError(f"times: expected at least 16, evenly spaced, got {len(times)} of them")
    if not np.isfinite(windows).all():
        raise ValueError("windows: expected finite values, got NaN or infinity")
    if windows.shape[2] != len(states):
        raise ValueError(
            f"states: expected a name for each of {windows.shape[2]} components, "
            f"got {list(states)}"
        )


def _terms(equation: Equation, states: tuple[str, ...], library: Library) -> Iterable[Term]:
    """Places of the terms of an equation in the library."""
    if equation.states != states or set(equation.orders) != {1} or equation.space:
        raise ValueError(
            f"guess: expected equations of first order for {', '.join(states)}, "
            f"got {', '.join(equation.states)}"
        )
    rows = {tuple(row): m for m, row in enumerate(library.exponents.tolist())}
    for i, (_, products) in enumerate(equation.skeleton):
        for product in products:
            powers = dict.fromkeys(states, 0)
            for factor, exponent in product:
                if isinstance(factor, Symbol) and factor.name in powers:
                    powers[factor.name] = int(exponent) if exponent == int(exponent) else -1
                else:
                    powers["?"] = -1
            row = tuple(powers.values())
            if row not in rows:
                raise ValueError(
                    f"guess: expected monomials of degree {library.degree} at most in "
                    f"component {states[i]}"
                )
            yield i, rows[row]

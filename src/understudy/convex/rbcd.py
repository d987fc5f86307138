"""The splitting of `ADMM` with random blocks in place of its linear system.

The step of the blocks minimises a quadratic form; here some of them, drawn at random, are
minimised one after the other (the inexact step of Bai, Gautam & Sojoudi 2023, arXiv 2201.01965,
section 4). A block costs O(n d), and no matrix of n by n is made: for many samples and few
sweeps. Slower than `ADMM` wherever that matrix fits.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve

from understudy.convex.admm import Splitting, alternated, patterns_of
from understudy.convex.patterns import Patterns
from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution

__all__ = ["RBCD"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class RBCD:
    """Settings.

    Attributes:
        patterns: that neurons may have; None: `count` of random directions.
        count: of them.
        seed: of the directions and the blocks.
        rho: first penalty of the splitting.
        share: of the blocks that a step minimises over.
        tolerance: gap at which it stops.
        iterations: most steps.
        every: steps between two looks at the gap, at which rho may change.
    """

    patterns: Patterns | None = None
    count: int = 50
    seed: int = 0
    rho: float = 1.0
    share: float = 1.0
    tolerance: float = 1e-2
    iterations: int = 2000
    every: int = 50

    def __post_init__(self) -> None:
        if min(self.count, self.iterations, self.every) < 1:
            raise ValueError(
                f"count, iterations, every: expected at least 1, got {self.count}, "
                f"{self.iterations}, {self.every}"
            )
        if not self.rho > 0 or not 0 < self.share <= 1:
            raise ValueError(
                f"rho, share: expected more than 0 and in (0, 1], got {self.rho:g}, {self.share:g}"
            )

    def solve(self, problem: ReluProblem) -> Solution:
        """The best network of the patterns, to the tolerance.

        Raises:
            ValueError: patterns of other samples, or more than there are.
        """
        own = patterns_of(problem, self.patterns, self.count, self.seed)
        blocks = _Blocks(problem, own, self.share, np.random.default_rng(self.seed))
        state = Splitting(problem, own, self.rho, 1.0, blocks.step)
        return alternated(state, self.tolerance, self.iterations, self.every)


class _Blocks:
    """Factors of the blocks, anew for each rho."""

    def __init__(
        self, problem: ReluProblem, patterns: Patterns, share: float, rng: np.random.Generator
    ) -> None:
        self.x, self.seen = problem.x, patterns.seen
        self.share, self.rng, self.weight = share, rng, 0.0
        self.factors: list[tuple[np.ndarray, bool]] = []

    def step(
        self, state: Splitting, right: Float[np.ndarray, "2 P d"]
    ) -> Float[np.ndarray, "2 P d"]:
        """(C + F'F / rho) u = right, a block at a time, from the u before."""
        count, d = len(self.seen.T), self.x.shape[1]
        weight = 1 / state.rho if state.plain else 1.0
        core = np.eye(d) + self.x.T @ self.x
        if weight != self.weight:
            grams = [self.x[seen].T @ self.x[seen] for seen in self.seen.T]
            self.factors = [cho_factor(core + weight * gram) for gram in grams]
            self.weight = weight
        u = state.u.copy()
        said = state.said_by(u)
        for k in self.rng.permutation(2 * count)[: max(1, round(self.share * 2 * count))]:
            sign, p = divmod(int(k), count)
            turn, own = 1.0 - 2.0 * sign, self.x[self.seen[:, p]]
            left = (
                right[sign, p]
                - core @ u[sign, p]
                - turn * weight * (own.T @ said[self.seen[:, p]])
            )
            step = cho_solve(self.factors[p], left)
            u[sign, p] += step
            said[self.seen[:, p]] += turn * (own @ step)
        return u

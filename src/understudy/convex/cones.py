"""The cones of given patterns, E_i X u >= 0: products with them, their centres, prices of blocks.

Blocks are numbered by pattern, those of sign -1 after those of sign 1.
"""

from typing import final, no_type_check

import numpy as np
from jaxtyping import Float
from numba import njit

from understudy.convex.patterns import Patterns
from understudy.convex.problem import ReluProblem

__all__ = ["Cones"]

_UNDER, _SWEEPS = 1 - 1e-9, 1000
"""Share of beta that is low enough for a block; most sweeps over its multipliers."""


@final
class Cones:
    """What does not change: samples, patterns, products of columns."""

    def __init__(self, problem: ReluProblem, patterns: Patterns) -> None:
        self.problem, self.x = problem, problem.x
        self.seen = patterns.seen.T.astype(float)
        self.turned = 2 * self.seen - 1
        self.count = len(self.seen)
        d = self.x.shape[1]
        self.row, self.column = np.tril_indices(d)
        self.outer = self.x[:, self.row] * self.x[:, self.column]
        self.centre = self._centres(patterns.directions)

    def bent(self, weights: Float[np.ndarray, "m n"]) -> Float[np.ndarray, "m d d"]:
        """X' diag(weights) X of each row."""
        d = self.x.shape[1]
        full = np.empty((len(weights), d, d))
        full[:, self.row, self.column] = full[:, self.column, self.row] = weights @ self.outer
        return full

    def _centres(self, u: Float[np.ndarray, "P d"]) -> Float[np.ndarray, "P d"]:
        """Unit vectors along the u of least n |u|^2 / 2 - sum log(E X u), by damped steps."""
        n, d = self.x.shape
        u = u.copy()
        for _ in range(30):
            s = self.turned * (u @ self.x.T)
            matrix = self.bent(1 / s**2) + n * np.eye(d)
            gradient = n * u - (self.turned / s) @ self.x
            step = -np.linalg.solve(matrix, gradient[..., None])[..., 0]
            decrement = np.sqrt(np.maximum(-(step * gradient).sum(axis=1), 0.0))
            if decrement.max() < 0.1:
                break
            share = np.where(decrement > 0.25, 1 / (1 + decrement), 1.0)
            u = u + share[:, None] * step
        return u / np.linalg.norm(u, axis=1, keepdims=True)

    def said(self, u: np.ndarray, index: np.ndarray) -> Float[np.ndarray, " n"]:
        """F u."""
        signs = np.where(index < self.count, 1.0, -1.0)[:, None]
        return (self.seen[index % self.count] * (signs * u @ self.x.T)).sum(axis=0)

    def spread(self, z: np.ndarray, index: np.ndarray) -> Float[np.ndarray, "m d"]:
        """F'z."""
        signs = np.where(index < self.count, 1.0, -1.0)[:, None]
        return signs * ((self.seen[index % self.count] * z) @ self.x)

    def priced(
        self, z: np.ndarray, beta: float, known: Float[np.ndarray, "b n"]
    ) -> Float[np.ndarray, " b"]:
        """A bound of |F'z + X'E mu| of each block; multipliers are left better than they were."""
        every = np.arange(2 * self.count)
        sums = self.spread(z, every)
        norms = _lowered(
            self.x, self.turned, every % self.count, every, sums, known, beta * _UNDER, _SWEEPS
        )
        slack = 1e-14 * float(np.abs(z).sum() + known.sum(axis=1).max()) * np.abs(self.x).max()
        return norms + float(slack)


@njit(cache=True)
@no_type_check
def _lowered(x, turned, pattern, outside, sums, known, enough, sweeps):
    """|F'z + X'E mu| of each block, lowered one multiplier at a time until it is enough."""
    n, d = x.shape
    norms = np.empty(len(outside))
    squares = np.empty(n)
    for k in range(n):
        squares[k] = 0.0
        for i in range(d):
            squares[k] += x[k, i] * x[k, i]
    for b in range(len(outside)):
        sign, mu, left = turned[pattern[b]], known[outside[b]], sums[b].copy()
        for k in range(n):
            if mu[k] > 0.0:
                for i in range(d):
                    left[i] += sign[k] * mu[k] * x[k, i]
        size = np.sqrt((left * left).sum())
        for _ in range(sweeps):
            if size <= enough:
                break
            before = size
            for k in range(n):
                along = 0.0
                for i in range(d):
                    along += x[k, i] * left[i]
                step = max(-mu[k], -sign[k] * along / squares[k])
                if step != 0.0:
                    mu[k] += step
                    for i in range(d):
                        left[i] += sign[k] * step * x[k, i]
            size = np.sqrt((left * left).sum())
            if before - size < 1e-10 * size:
                break
        norms[b] = size
    return norms

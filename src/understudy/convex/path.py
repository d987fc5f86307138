"""Networks along beta, from the greatest that learns anything to small ones, and a choice of it.

beta_max = max over unit u of |z_0' relu(X u)|, z_0 the residual of the zero network: at and above
it nothing is learned. Directions found at one beta are the start at the next. K folds share the
betas; the choice is the greatest beta whose error is within one standard error of the least
(Hastie, Tibshirani & Friedman 2009, section 7.10).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.convex.branch_and_bound import BranchAndBound
from understudy.convex.column_generation import ColumnGeneration
from understudy.convex.network import ReluNetwork
from understudy.convex.pricing import Pricing
from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution

__all__ = ["Selection", "beta_max", "fold_rows", "learning_curve", "path", "selected"]

_EXACT = 5
"""Columns up to which branch and bound finds beta_max."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Selection:
    """A choice of beta.

    Attributes:
        beta: within one standard error of the best.
        least: of the least error.
        errors: mean loss a sample on the folds that were left out, a row a fold.
        betas: of the columns.
    """

    beta: float
    least: float
    errors: Float[np.ndarray, "k b"]
    betas: Float[np.ndarray, " b"]


def beta_max(problem: ReluProblem, delta: float = 1e-3, seed: int = 0) -> tuple[float, bool]:
    """The least beta at which the zero network is the best, and whether that is proved.

    Up to five columns branch and bound gives a bound to `delta`; beyond, many starts give the
    greatest value that was found.
    """
    z = problem.residual(np.zeros(len(problem.y)))
    d = problem.x.shape[1]
    if d <= _EXACT:
        return BranchAndBound(delta=delta).greatest(problem.x, z).high, True
    rng, none = np.random.default_rng(seed), np.empty((0, d))
    found = [float(Pricing().price(problem.x, s * z, none, rng).values[0]) for s in (1.0, -1.0)]
    return max(found), False


def path(
    problem: ReluProblem,
    betas: Sequence[float] | Float[np.ndarray, " b"],
    solver: ColumnGeneration | None = None,
) -> tuple[Solution, ...]:
    """A solution a beta, in the order given; neurons are carried from each to the next.

    Raises:
        ValueError: betas do not fall.
    """
    values = np.asarray(betas, dtype=float)
    if not len(values) or (np.diff(values) >= 0).any():
        raise ValueError(f"betas: expected numbers that fall, got {values.tolist()}")
    own = solver or ColumnGeneration()
    start: ReluNetwork | None = None
    found = []
    for beta in values:
        solution = own.solve(replace(problem, beta=float(beta)), start)
        found.append(solution)
        start = solution.network
    return tuple(found)


def fold_rows(count: int, folds: int, seed: int) -> list[np.ndarray]:
    """Rows of each fold, drawn without return.

    Raises:
        ValueError: fewer than two folds, or more than rows.
    """
    if not 2 <= folds <= count:
        raise ValueError(f"folds: expected 2 to {count}, got {folds}")
    return np.array_split(np.random.default_rng(seed).permutation(count), folds)


def selected(
    problem: ReluProblem,
    betas: Sequence[float] | Float[np.ndarray, " b"],
    *,
    folds: int = 5,
    seed: int = 0,
    solver: ColumnGeneration | None = None,
) -> Selection:
    """The beta of a path by K folds and one standard error.

    Betas are those of all samples; a fold's are as many times smaller as its samples are fewer.
    """
    values = np.asarray(betas, dtype=float)
    count = len(problem.y)
    errors = []
    for rows in fold_rows(count, folds, seed):
        rest = np.setdiff1d(np.arange(count), rows)
        own = replace(problem, x=problem.x[rest], y=problem.y[rest])
        found = path(own, values * len(rest) / count, solver)
        left = problem.x[rows], problem.y[rows]
        errors.append(
            [problem.loss.value(s.network.predict(left[0]), left[1]) / len(rows) for s in found]
        )
    table = np.array(errors)
    mean = table.mean(axis=0)
    best = int(mean.argmin())
    within = mean <= mean[best] + table[:, best].std(ddof=1) / np.sqrt(folds)
    return Selection(
        beta=float(values[within].max()), least=float(values[best]), errors=table, betas=values
    )


def learning_curve(
    problem: ReluProblem,
    sizes: Sequence[int],
    test: tuple[Float[np.ndarray, "t d"], Float[np.ndarray, " t"]],
    solver: ColumnGeneration | None = None,
) -> Float[np.ndarray, " s"]:
    """Mean loss on test samples of networks of the first rows; beta grows with their number."""
    own, told = solver or ColumnGeneration(), []
    for size in sizes:
        if not 1 <= size <= len(problem.y):
            raise ValueError(f"sizes: expected 1 to {len(problem.y)}, got {size}")
        part = replace(
            problem, x=problem.x[:size], y=problem.y[:size],
            beta=problem.beta * size / len(problem.y),
        )  # fmt: skip
        said = own.solve(part).network.predict(test[0])
        told.append(problem.loss.value(said, test[1]) / len(test[1]))
    return np.array(told)

"""Empirical marginals joined by the copula of a normal law.

Sorted values q_1 <= ... <= q_N of a column stand at levels (i - 1/2) / N, linear in between, and
have normal scores y = Phi^-1(level). The scores of all columns, and of the conditions, are taken
as jointly normal with their correlation matrix (Nelsen 2006, section 2.3; scores as in van der
Waerden 1952), so that

    x_j = Q_j(Phi(y_j)),    y | y(c) ~ N(m(y(c)), Schur complement).

Each marginal of the law without condition is the interpolated empirical one: nothing is drawn
beyond the extreme values of the data.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from understudy.generative.checks import asked, learned
from understudy.generative.contract import Generator, Sampler
from understudy.generative.linear import LinearPart, factor, regress

__all__ = ["CopulaSampler", "GaussianCopula"]


@final
@dataclass(frozen=True, kw_only=True)
class GaussianCopula(Generator):
    """Specification of the copula; nothing to set."""

    def fit(
        self, x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> "CopulaSampler":
        """Sort columns, correlate their normal scores; errors as in the contract."""
        given = learned(x, condition)
        linear, residual = regress(_scores(x), _scores(given))
        return CopulaSampler(
            quantiles=np.sort(x, axis=0),
            condition_quantiles=np.sort(given, axis=0),
            linear=linear,
            factor=factor(residual.T @ residual / len(x)),
        )


def _scores(x: Float[np.ndarray, "N d"]) -> Float[np.ndarray, "N d"]:
    """Normal scores of mean 0 and variance 1; ties share their mean rank, a constant has 0."""
    if not x.shape[1]:
        return x
    score = ndtri((rankdata(x, axis=0) - 0.5) / len(x))
    score -= score.mean(axis=0)
    deviation = score.std(axis=0)
    return score / np.where(deviation > 0.0, deviation, 1.0)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class CopulaSampler(Sampler):
    """Marginals and a correlation.

    Attributes:
        quantiles: sorted columns of the data, shape (N, d).
        condition_quantiles: sorted columns of the conditions, shape (N, k).
        linear: mean of the normal scores given the scores of the condition.
        factor: F with F'F their covariance given these, shape (r, d).
    """

    quantiles: Float[np.ndarray, "N d"]
    condition_quantiles: Float[np.ndarray, "N k"]
    linear: LinearPart
    factor: Float[np.ndarray, "r d"]

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` rows; see the contract. A condition beyond the data counts as the extreme."""
        given = asked(n, condition, self.linear.width)
        level = (np.arange(len(self.quantiles)) + 0.5) / len(self.quantiles)
        score = np.empty(given.shape)
        for j, column in enumerate(self.condition_quantiles.T):
            score[:, j] = ndtri(np.interp(given[:, j], column, level))
        drawn = rng.standard_normal((n, len(self.factor))) @ self.factor
        uniform = ndtr(self.linear.at(score) + drawn)
        columns = zip(uniform.T, self.quantiles.T, strict=True)
        return np.stack([np.interp(u, level, q) for u, q in columns], axis=1)

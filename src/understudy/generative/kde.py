"""Kernel density estimate with a normal kernel of the covariance's shape, its variance corrected.

With residuals r_i = x_i - m(c_i) of the linear part of x given c, their covariance S and weights
w_i(c) ~ exp(-|c - c_i|^2 / 2 a^2) in standardised conditions (1 / N without), x given c is

    x = m(c) + r_w + (r_i - r_w + h S^(1/2) z) / sqrt(1 + h^2),    i ~ w(c),  z ~ N(0, I),

r_w = sum_i w_i r_i: a smoothed bootstrap that keeps mean and covariance of the data (Silverman
1986, eq. 6.4.1, shrunk as in section 6.4.1). Bandwidths h and a are those of the list with the
greatest likelihood of each sample under the estimate that all others give,

    sum_i log sum_(j != i) w_j(c_i) N(r_i; r_j, h^2 S) / sum_(j != i) w_j(c_i).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from understudy.generative.checks import asked, learned
from understudy.generative.contract import Generator, Sampler
from understudy.generative.linear import LinearPart, factor, regress
from understudy.linalg import exp

__all__ = ["KDE", "KDESampler"]


@final
@dataclass(frozen=True, kw_only=True)
class KDE(Generator):
    """Specification of the estimate.

    Attributes:
        bandwidths: values of h, and of a where there are conditions, among which likelihood
            chooses; in deviations of the data.
    """

    bandwidths: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)

    def __post_init__(self) -> None:
        if not self.bandwidths or min(self.bandwidths) <= 0.0:
            raise ValueError(f"bandwidths: expected values above 0, got {self.bandwidths}")

    def fit(
        self, x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> "KDESampler":
        """Choose the bandwidths; errors as in the contract."""
        given = learned(x, condition)
        linear, residual = regress(x, given)
        root = factor(residual.T @ residual / len(x))
        c = linear.standardised(given)
        h, a = _bandwidths(self.bandwidths, _whitened(residual, root), c)
        return KDESampler(
            linear=linear, residual=residual, condition=c, factor=root, bandwidth=h, focus=a
        )


def _whitened(
    residual: Float[np.ndarray, "N d"], root: Float[np.ndarray, "r d"]
) -> Float[np.ndarray, "N r"]:
    """Coordinates of unit variance along the rows of the factor, which are orthogonal."""
    return residual @ (root / np.maximum(np.sum(root**2, axis=1, keepdims=True), 1e-300)).T


def _bandwidths(
    choices: tuple[float, ...], r: Float[np.ndarray, "N r"], c: Float[np.ndarray, "N k"]
) -> tuple[float, float]:
    """Bandwidths h and a of the greatest likelihood; a is infinite without conditions."""
    apart, away = cdist(r, r, "sqeuclidean"), cdist(c, c, "sqeuclidean")
    apart[np.diag_indices(len(r))] = np.inf
    best, found = -np.inf, (choices[-1], np.inf)
    for a in choices if c.shape[1] else (np.inf,):
        weight = -0.5 * away / a**2
        weight[np.diag_indices(len(r))] = -np.inf
        norm = logsumexp(weight, axis=1)
        for h in choices:
            value = logsumexp(weight - 0.5 * apart / h**2, axis=1) - norm
            likelihood = float(value.sum()) - len(r) * r.shape[1] * np.log(h)
            if likelihood > best:
                best, found = likelihood, (h, a)
    return found


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class KDESampler(Sampler):
    """A kernel density estimate.

    Attributes:
        linear: mean given the condition.
        residual: data less their linear part, shape (N, d).
        condition: standardised conditions of the data, shape (N, k).
        factor: F with F'F = S, shape (r, d).
        bandwidth: h, in deviations of the residuals.
        focus: a, in deviations of the conditions; infinite where there are none.
    """

    linear: LinearPart
    residual: Float[np.ndarray, "N d"]
    condition: Float[np.ndarray, "N k"]
    factor: Float[np.ndarray, "r d"]
    bandwidth: float
    focus: float

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` rows; see the contract."""
        given = asked(n, condition, self.linear.width)
        level = rng.random(n)
        noise = rng.standard_normal((n, len(self.factor))) @ self.factor
        shrink = 1.0 / np.sqrt(1.0 + self.bandwidth**2)
        if not self.linear.width:
            kernel = self.residual[(level * len(self.residual)).astype(int)]
            return self.linear.mean + shrink * (kernel + self.bandwidth * noise)
        away = cdist(self.linear.standardised(given), self.condition, "sqeuclidean")
        weight = exp(-0.5 * (away - away.min(axis=1, keepdims=True)) / self.focus**2)
        total = np.cumsum(weight, axis=1)
        chosen = (total <= level[:, None] * total[:, -1:]).sum(axis=1)
        middle = weight @ self.residual / total[:, -1:]
        spread = self.residual[chosen] - middle + self.bandwidth * noise
        return self.linear.at(given) + middle + shrink * spread

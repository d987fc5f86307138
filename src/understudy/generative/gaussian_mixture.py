"""A mixture of normal laws with full covariances, as many as the Bayesian criterion wants.

Expectation-maximisation is scikit-learn's; the number of components is the one of the least BIC
(Schwarz 1978). The joint law of (x, c) is fitted, and given c it is again a mixture, exactly:

    p(x | c) = sum_k w_k(c) N(x; m_k + G_k (c - n_k), S_k),    w_k(c) ~ w_k N(c; n_k, C_k),

G_k the gain and S_k the Schur complement of component k (Bishop 2006, eqs. 2.81, 2.82).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float
from sklearn import mixture
from threadpoolctl import threadpool_limits

from understudy.generative.checks import asked, learned, positive, scales
from understudy.generative.contract import Generator, Sampler
from understudy.linalg import exp, log

__all__ = ["GaussianMixture", "MixtureSampler"]


@final
@dataclass(frozen=True, kw_only=True)
class GaussianMixture(Generator):
    """Specification of the mixture.

    Attributes:
        components: most components tried.
        reg: variance added to every direction, as a share of the mean variance of a column.
        starts: initialisations by k-means for each number of components; the best one stays.
        iterations: most steps of expectation-maximisation.
        seed: of the initialisations.
    """

    components: int = 5
    reg: float = 1e-4
    starts: int = 3
    iterations: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        positive(
            components=self.components, reg=self.reg, starts=self.starts,
            iterations=self.iterations,
        )  # fmt: skip

    def fit(
        self, x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> "MixtureSampler":
        """Fit mixtures of 1, 2, ... components, keep the best; errors as in the contract."""
        given = learned(x, condition)
        k = given.shape[1]
        centre, scale = scales(given)
        # One scale for all of x: `reg` must not drown columns of little energy in each other.
        mean, unit = x.mean(axis=0), float(np.sqrt(x.var(axis=0).mean())) or 1.0
        joint = np.concatenate([(given - centre) / scale, (x - mean) / unit], axis=1)
        best = self._best(joint)
        parts = [_conditional(covariance, k) for covariance in best.covariances_]
        return MixtureSampler(
            weights=best.weights_,
            means=mean + unit * best.means_[:, k:],
            factors=unit * np.stack([root for _, root, _ in parts]),
            condition_means=centre + scale * best.means_[:, :k],
            gains=unit * np.stack([gain for gain, _, _ in parts]) / scale[:, None],
            condition_whitening=np.stack([white for _, _, white in parts]) / scale[:, None],
        )

    def _best(self, joint: Float[np.ndarray, "N q"]) -> mixture.GaussianMixture:
        """Mixture of the least BIC."""
        found = []
        with threadpool_limits(1):
            for count in range(1, min(self.components, len(joint)) + 1):
                model = mixture.GaussianMixture(
                    count, reg_covar=self.reg, n_init=self.starts, max_iter=self.iterations,
                    random_state=self.seed,
                )  # fmt: skip
                found.append(model.fit(joint))
            return min(found, key=lambda model: model.bic(joint))


def _conditional(
    covariance: Float[np.ndarray, "q q"], k: int
) -> tuple[Float[np.ndarray, "k d"], Float[np.ndarray, "d d"], Float[np.ndarray, "k k"]]:
    """Gain, factor of the Schur complement and whitening of the first `k` of joint variables."""
    cc, cx, xx = covariance[:k, :k], covariance[:k, k:], covariance[k:, k:]
    if not k:
        return cx, scipy.linalg.cholesky(xx), cc
    white = scipy.linalg.solve_triangular(scipy.linalg.cholesky(cc), np.eye(k))
    half = white.T @ cx
    return white @ half, scipy.linalg.cholesky(xx - half.T @ half), white


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class MixtureSampler(Sampler):
    """A mixture of K normal laws of x given c.

    Attributes:
        weights: w_k, shape (K,).
        means: m_k, shape (K, d).
        factors: F_k with F_k'F_k = S_k, shape (K, d, d).
        condition_means: n_k, shape (K, k).
        gains: G_k', shape (K, k, d).
        condition_whitening: R_k with R_k R_k' the inverse of C_k, upper triangular, (K, k, k).
    """

    weights: Float[np.ndarray, " K"]
    means: Float[np.ndarray, "K d"]
    factors: Float[np.ndarray, "K d d"]
    condition_means: Float[np.ndarray, "K k"]
    gains: Float[np.ndarray, "K k d"]
    condition_whitening: Float[np.ndarray, "K k k"]

    def responsibilities(self, condition: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n K"]:
        """w_k(c), a row a condition."""
        away = condition[:, None, :] - self.condition_means
        white = np.einsum("nKk,Kkj->nKj", away, self.condition_whitening)
        volume = np.abs(np.einsum("Kkk->Kk", self.condition_whitening))
        power = log(self.weights) + log(volume).sum(axis=1) - 0.5 * np.sum(white**2, axis=2)
        share = exp(power - power.max(axis=1, keepdims=True))
        return share / share.sum(axis=1, keepdims=True)

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` rows; see the contract."""
        given = asked(n, condition, self.condition_means.shape[1])
        total = np.cumsum(self.responsibilities(given), axis=1)
        level = rng.random(n)[:, None] * total[:, -1:]
        chosen = (total <= level).sum(axis=1)
        z = rng.standard_normal((n, self.means.shape[1]))
        out = np.empty_like(z)
        for k in range(len(self.weights)):
            own = chosen == k
            shift = (given[own] - self.condition_means[k]) @ self.gains[k]
            out[own] = self.means[k] + shift + z[own] @ self.factors[k]
        return out

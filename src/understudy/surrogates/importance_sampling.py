"""Probability of a rare event in latent space, by importance sampling with cross entropy.

For z ~ N(0, I_d) with density phi, and points drawn from another density q,

    P(g(z) > a) = E_q[1[g > a] phi / q],

with the error of that mean. The best q is that of z given the event; in its place stands a mixture
of Gaussian laws, fitted in steps to the smooth events

    h_s(z) ~ Phi((g(z) - a) / s) phi(z),    s_1 > s_2 > ...,

each s as small as lets the weights Phi phi / q of the present points vary by the coefficient
`target` only (Papaioannou, Geyer & Straub 2019, improved cross entropy; weighted expectation-
maximisation for more than one law: Geyer, Papaioannou & Straub 2019). Steps end when the event
varies no more than that under h_s, P_h(g > a) >= 1 / (1 + target^2), or when s no longer falls.
The probability comes from fresh points of the last q alone, so that it has no bias. Variances of q
are held above one half, where the square of phi / q is integrable whatever the event: a narrower
law gives errors that look small and are not.
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float
from scipy.special import log_ndtr, logsumexp
from sklearn.cluster import KMeans

from understudy.surrogates.rare_events import (
    LimitState,
    RareEvent,
    evaluated,
    logarithmic_interval,
)

__all__ = ["ImportanceSampling"]

_LEAST_VARIANCE = 0.75
_EM_STEPS = 30
_BISECTIONS = 50
_STALLED, _PATIENCE = 0.9, 4
"""A width still above this share of that so many steps ago: the laws cannot come nearer."""
_FEWEST = 50
"""Equally weighted points of the event that a sure error of their mean takes: cov < 50^-1/2."""


@final
@dataclass(frozen=True, kw_only=True)
class ImportanceSampling:
    """Specification of importance sampling.

    Attributes:
        samples: latent points of a step.
        final: fresh points of the last density.
        components: Gaussian laws of the mixture: as many as there are separate ways to the event.
        target: coefficient of variation of weights that a step accepts.
        steps: most steps.
        level: probability that the interval holds the truth.
    """

    samples: int = 1000
    final: int = 2000
    components: int = 1
    target: float = 1.5
    steps: int = 20
    level: float = 0.95

    def __post_init__(self) -> None:
        for name, least in (("samples", 2), ("final", 2), ("components", 1), ("steps", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}: expected at least {least}, got {getattr(self, name)}")
        if not self.target > 0:
            raise ValueError(f"target: expected above 0, got {self.target}")
        if not 0 < self.level < 1:
            raise ValueError(f"level: expected in (0, 1), got {self.level}")

    def solve(
        self, g: LimitState, threshold: float, dimension: int, rng: np.random.Generator
    ) -> RareEvent:
        """Estimate P(g(z) > threshold); arguments as of `SubsetSimulation.solve`."""
        density = _Mixture(
            share=np.ones(1), mean=np.zeros((1, dimension)), covariance=np.eye(dimension)[None]
        )
        widths = [math.inf]
        while len(widths) <= self.steps:
            z = density.sample(self.samples, rng)
            away = evaluated(g, z) - threshold
            ratio = _log_normal(z) - density.log(z)
            widths.append(_narrower(away, ratio, widths[-1], self.target))
            smooth = log_ndtr(away / widths[-1])
            weight = _normalised(smooth + ratio)
            inside = float(weight[away > 0].sum())
            density = _fitted(z, weight, self.components, rng)
            stalled = widths[-1] > _STALLED * widths[-1 - min(_PATIENCE, len(widths) - 1)]
            if stalled or inside * (1 + self.target**2) >= 1:
                break
        steps = len(widths) - 1
        z = density.sample(self.final, rng)
        beyond = evaluated(g, z) > threshold
        term = np.where(beyond, np.exp(_log_normal(z) - density.log(z)), 0.0)
        probability = float(term.mean())
        error = float(term.std(ddof=1)) / math.sqrt(self.final)
        cov = error / probability if probability > 0 else math.inf
        low, high = logarithmic_interval(probability, cov, float(self.final - 1), self.level)
        return RareEvent(
            probability=probability,
            cov=cov,
            low=low,
            high=high,
            level=self.level,
            evaluations=steps * self.samples + self.final,
            converged=cov**2 * _FEWEST <= 1,
            iterations=steps,
            samples=z[beyond],
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Mixture:
    """Gaussian laws with shares."""

    share: Float[np.ndarray, " k"]
    mean: Float[np.ndarray, "k d"]
    covariance: Float[np.ndarray, "k d d"]

    def sample(self, n: int, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
        label = rng.choice(len(self.share), size=n, p=self.share)
        factor = np.linalg.cholesky(self.covariance)
        xi = rng.normal(size=(n, self.mean.shape[1]))
        return self.mean[label] + np.einsum("nij,nj->ni", factor[label], xi)

    def parts(self, z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n k"]:
        """Logarithm of share times density of each law."""
        out = np.empty((len(z), len(self.share)))
        for k, (share, mean, covariance) in enumerate(
            zip(self.share, self.mean, self.covariance, strict=True)
        ):
            factor = np.linalg.cholesky(covariance)
            xi = scipy.linalg.solve_triangular(factor, (z - mean).T, lower=True)
            scale = float(np.log(np.diag(factor)).sum())
            out[:, k] = math.log(max(share, 1e-300)) + _log_normal(xi.T) - scale
        return out

    def log(self, z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        return logsumexp(self.parts(z), axis=1)


def _log_normal(z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    return -0.5 * np.einsum("nd,nd->n", z, z) - 0.5 * z.shape[1] * math.log(2 * math.pi)


def _normalised(logarithm: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    weight = np.exp(logarithm - logarithm.max())
    return weight / weight.sum()


def _variation(values: Float[np.ndarray, " n"]) -> float:
    """Coefficient of variation."""
    return float(values.std() / values.mean())


def _narrower(
    away: Float[np.ndarray, " n"], ratio: Float[np.ndarray, " n"], width: float, target: float
) -> float:
    """The least width of the smooth event, below the last, whose weights vary by `target`."""
    spread = max(float(np.abs(away).max()), 1e-300)
    low, high = math.log(1e-6 * spread), math.log(min(width, 1e3 * spread))
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        weight = _normalised(log_ndtr(away / math.exp(middle)) + ratio)
        if _variation(weight) > target:
            low = middle
        else:
            high = middle
    return math.exp(high)


def _fitted(
    z: Float[np.ndarray, "n d"],
    weight: Float[np.ndarray, " n"],
    components: int,
    rng: np.random.Generator,
) -> _Mixture:
    """The mixture of greatest weighted likelihood, from groups of near points."""
    duty = np.ones((len(z), 1))
    if components > 1:
        seed = int(rng.integers(2**31))
        groups = KMeans(components, n_init=5, random_state=seed).fit(z, sample_weight=weight)
        duty = np.eye(components)[groups.labels_]
    mixture = _maximised(z, weight, duty)
    for _ in range(_EM_STEPS if components > 1 else 0):
        parts = mixture.parts(z)
        duty = np.exp(parts - logsumexp(parts, axis=1, keepdims=True))
        mixture = _maximised(z, weight, duty)
    return mixture


def _maximised(
    z: Float[np.ndarray, "n d"], weight: Float[np.ndarray, " n"], duty: Float[np.ndarray, "n k"]
) -> _Mixture:
    """Weighted shares, means and covariances, eigenvalues of the latter not below their least."""
    part = weight[:, None] * duty
    share = part.sum(axis=0)
    mean = part.T @ z / np.maximum(share, 1e-300)[:, None]
    covariance = np.empty((len(share), z.shape[1], z.shape[1]))
    for k in range(len(share)):
        away = z - mean[k]
        value, vector = np.linalg.eigh((part[:, k, None] * away).T @ away / max(share[k], 1e-300))
        covariance[k] = (vector * np.maximum(value, _LEAST_VARIANCE)) @ vector.T
    return _Mixture(share=share / share.sum(), mean=mean, covariance=covariance)

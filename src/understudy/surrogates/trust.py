"""Is a sample of the kind that the model was trained on? One p-value from four distances.

A new sample has, each larger for a stranger one,

    shape distance      Mahalanobis distance of its shape coefficients,
    nearest shape       mean distance to the three nearest training shapes,
    shape left out      what the shape basis does not represent of its coordinates,
    process variance    mean over outputs of predictive over prior variance.

Each logarithm is measured in training spreads, t = (log d - median) / (90 % quantile - median), on
training samples that were held out of what measures them; the score is the largest of the four.
Its p-value is the share of held-out training samples with a score at least as large, continued by
an exponential tail beyond their 90 % quantile (peaks over threshold; Coles 2001, section 4.2). A
mesh that the morphing refuses has p = 0. No sample outside the training set is used.
"""

import math
from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array

from understudy.linalg import POD, log
from understudy.surrogates.encoding import Trust

__all__ = ["TrustModel", "fit_trust", "refusal"]

_NAMES = ("shape distance", "nearest shape", "shape left out", "process variance")
_NEIGHBOURS = 3
_FOLDS = 4


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class TrustModel:
    """Training statistics.

    Attributes:
        shapes: shape coefficients of training samples, shape (N, a).
        precision: inverse of their covariance, shape (a, a).
        medians: of the four logarithms, shape (4,).
        spreads: 90 % quantile less median, shape (4,).
        scores: joined scores of held-out training samples, increasing, shape (s,).
        warn: p-value below which a prediction comes with a warning.
        refuse: p-value below which it is refused.
    """

    shapes: Float[np.ndarray, "N a"]
    precision: Float[np.ndarray, "a a"]
    medians: Float[np.ndarray, " 4"]
    spreads: Float[np.ndarray, " 4"]
    scores: Float[np.ndarray, " s"]
    warn: float = 0.05
    refuse: float = 0.01

    def assess(self, shape: Float[np.ndarray, " a"], left_out: float, variance: float) -> Trust:
        """Judge one sample.

        Args:
            shape: its shape coefficients.
            left_out: root mean square of its coordinates outside the basis.
            variance: mean ratio of predictive to prior variance.
        """
        distances = [
            *_distances(shape[None], self.shapes, self.precision)[0],
            left_out,
            variance,
        ]
        terms = (_log(np.array(distances)) - self.medians) / self.spreads
        score = float(terms.max())
        p = self.p_value(score)
        worst = _NAMES[int(terms.argmax())]
        decision: Literal["accept", "warn", "refuse"] = "accept"
        reason = "like the training samples"
        if p < self.warn:
            decision = "refuse" if p < self.refuse else "warn"
            reason = f"unlike the training samples: {worst}, p = {p:.2g}"
        named = dict(zip(_NAMES, terms.tolist(), strict=True))
        return Trust(decision=decision, p_value=p, score=score, reason=reason, terms=named)

    def p_value(self, score: float) -> float:
        """Share of training-like samples with at least this score."""
        n = len(self.scores)
        rank = (1 + int((self.scores >= score).sum())) / (n + 1)
        edge = float(np.quantile(self.scores, 0.9))
        if score <= edge:
            return rank
        excess = self.scores[self.scores > edge] - edge
        scale = float(excess.mean()) if len(excess) else 1.0
        return 0.1 * math.exp(-(score - edge) / max(scale, 1e-12))


def refusal(reason: str) -> Trust:
    """What a mesh gets that could not be mapped."""
    return Trust(decision="refuse", p_value=0.0, score=float("inf"), reason=reason, terms={})


def fit_trust(
    coordinates: Float[np.ndarray, "N n"],
    shapes: Float[np.ndarray, "N a"],
    variance: Float[np.ndarray, " N"],
    pod: POD,
    mass: csr_array,
) -> TrustModel:
    """Measure training samples, each held out of what measures it; some hundred are enough.

    Args:
        coordinates: their coordinate fields, a row a sample.
        shapes: their shape coefficients.
        variance: mean ratio of leave-one-out to prior variance of each.
        pod: how the shape basis is found.
        mass: mass matrix of the coordinate fields.
    """
    count = len(shapes)
    rows = np.empty((count, 4))
    rows[:, 3] = variance
    folds = min(_FOLDS, count // 2)
    for fold in range(folds):
        out = np.arange(fold, count, folds)
        others = np.setdiff1d(np.arange(count), out)
        rows[out, :2] = _distances(shapes[out], shapes[others], _precision(shapes[others]))
        basis = pod.fit(coordinates[others], mass)
        rest = coordinates[out] - basis.decode(basis.encode(coordinates[out]))
        rows[out, 2] = np.sqrt(np.mean(rest**2, axis=1))
    logs = _log(rows)
    medians = np.median(logs, axis=0)
    # Identical samples have no spread: then any difference is strange, but not infinitely so.
    spreads = np.maximum(np.quantile(logs, 0.9, axis=0) - medians, 1e-3)
    scores = np.sort(((logs - medians) / spreads).max(axis=1))
    return TrustModel(
        shapes=shapes,
        precision=_precision(shapes),
        medians=medians,
        spreads=spreads,
        scores=scores,
    )


def _log(values: np.ndarray) -> np.ndarray:
    return log(np.maximum(values, 1e-300))


def _precision(shapes: Float[np.ndarray, "N a"]) -> Float[np.ndarray, "a a"]:
    covariance = np.cov(shapes, rowvar=False).reshape(shapes.shape[1], shapes.shape[1])
    ridge = 1e-10 * np.trace(covariance) + 1e-300
    return np.linalg.inv(covariance + ridge * np.eye(len(covariance)))


def _distances(
    own: Float[np.ndarray, "k a"],
    others: Float[np.ndarray, "N a"],
    precision: Float[np.ndarray, "a a"],
) -> Float[np.ndarray, "k 2"]:
    """Mahalanobis distance, and mean distance to the nearest of the others."""
    off = own - others.mean(axis=0)
    mahalanobis = np.sqrt(np.einsum("ka,ab,kb->k", off, precision, off).clip(0.0))
    gaps = np.linalg.norm(own[:, None, :] - others[None, :, :], axis=2)
    count = min(_NEIGHBOURS, len(others))
    nearest = np.sort(gaps, axis=1)[:, :count].mean(axis=1)
    return np.stack([mahalanobis, nearest], axis=1)

"""The peak of a plastic strain as the greatest value of its predicted latent field.

A peak over the nodes of one mesh carries the noise of that mesh, and a process of its own learns
it; the field's modes average over many nodes. With T the greatest value of that field's mean,

    L_peak ~ N(T + b, s^2),    P(yield) = Phi(a (T - t) + d),

t being the latent at which the part counts as yielded. All four constants come from fields that
leave-one-out predicts; where plasticity begins it fills less than an element, and its peak is not
that of the strain, so the probability has constants of its own (J. Platt, "Probabilistic outputs
for support vector machines", 1999, with a probit).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr

from understudy.metrics import HALF_WIDTH_95

__all__ = ["Greatest", "fit_greatest"]

_STEEPEST = 1e3
"""Greatest slope: perfectly separable samples have none."""


@final
@dataclass(frozen=True, kw_only=True)
class Greatest:
    """From the greatest value of a latent field to its peak.

    Attributes:
        offset: b.
        deviation: s, so that 95 % bands hold what was left out.
        slope: a.
        shift: d.
    """

    offset: float
    deviation: float
    slope: float
    shift: float

    def probability(
        self, top: Float[np.ndarray, " k"], bound: float | Float[np.ndarray, "*k"]
    ) -> Float[np.ndarray, " k"]:
        """P(yield) of fields with these greatest values."""
        return ndtr(self.slope * (top - bound) + self.shift)


def fit_greatest(
    left_out: Float[np.ndarray, "k n"],
    peak: Float[np.ndarray, " k"],
    seen: Bool[np.ndarray, " k"],
    bound: Float[np.ndarray, " k"],
) -> Greatest:
    """Compare peaks with leave-one-out fields.

    Args:
        left_out: latent fields, each predicted without its sample.
        peak: latent that belongs to each peak.
        seen: samples with a peak above zero; without any, all count.
        bound: latent at which each sample counts as yielded.
    """
    top = left_out.max(axis=1)
    chosen = seen if seen.any() else np.ones(len(peak), dtype=bool)
    gap = (peak - top)[chosen]
    offset = float(gap.mean())
    rank = min(len(gap), int(np.ceil(0.95 * (len(gap) + 1))))
    reach = float(np.sort(np.abs(gap - offset))[rank - 1])
    sign, far = np.where(peak > bound, 1.0, -1.0), top - bound

    def loss(theta: Float[np.ndarray, " 2"]) -> float:
        return -float(log_ndtr(sign * (theta[0] * far + theta[1])).sum())

    start = np.array([1.0 / max(reach, 1e-6), 0.0]).clip(0.0, _STEEPEST)
    bounds = [(0.0, _STEEPEST), (-_STEEPEST, _STEEPEST)]
    slope, shift = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x.tolist()
    return Greatest(
        offset=offset, deviation=max(reach / HALF_WIDTH_95, 1e-9), slope=slope, shift=shift
    )

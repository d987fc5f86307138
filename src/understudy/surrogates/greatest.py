"""The peak of a plastic strain as the greatest value of its predicted latent field.

A peak over the nodes of one mesh carries the noise of that mesh, and a process of its own learns
it; the field's modes average over many nodes. With the mean M of the latent field,

    L_peak ~ N(max_nodes M + b, s^2),

b and s from fields that leave-one-out predicts, of samples that yield.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float

from understudy.metrics import HALF_WIDTH_95

__all__ = ["Greatest", "fit_greatest"]


@final
@dataclass(frozen=True, kw_only=True)
class Greatest:
    """What is to be added to the greatest value of a latent field.

    Attributes:
        offset: b.
        deviation: s, so that 95 % bands hold what was left out.
    """

    offset: float
    deviation: float


def fit_greatest(
    left_out: Float[np.ndarray, "k n"],
    peak: Float[np.ndarray, " k"],
    seen: Bool[np.ndarray, " k"],
) -> Greatest:
    """Compare peaks with leave-one-out fields.

    Args:
        left_out: latent fields, each predicted without its sample.
        peak: latent that belongs to each peak.
        seen: samples that yield; without any, all count.
    """
    seen = seen if seen.any() else np.ones(len(peak), dtype=bool)
    gap = peak[seen] - left_out[seen].max(axis=1)
    offset = float(gap.mean())
    rank = min(len(gap), int(np.ceil(0.95 * (len(gap) + 1))))
    reach = float(np.sort(np.abs(gap - offset))[rank - 1])
    return Greatest(offset=offset, deviation=max(reach / HALF_WIDTH_95, 1e-9))

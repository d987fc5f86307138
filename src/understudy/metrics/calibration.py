"""Whether stated uncertainties are true: a 95 % band should hold 95 % of the truth."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

__all__ = ["HALF_WIDTH_95", "coverage_95"]

HALF_WIDTH_95 = float(ndtri(0.975))
"""Half width of the central 95 % interval of a Gaussian, in standard deviations."""


def coverage_95(
    truth: Sequence[Float[np.ndarray, " _"]],
    mean: Sequence[Float[np.ndarray, " _"]],
    deviation: Sequence[Float[np.ndarray, " _"]],
) -> float:
    """Share of values within the Gaussian 95 % band: mean over samples of the share in each."""
    inside = [
        np.mean(np.abs(u - m) <= HALF_WIDTH_95 * s)
        for u, m, s in zip(truth, mean, deviation, strict=True)
    ]
    return float(np.mean(inside))

"""The part of a law that is linear in its condition.

With the joint covariance S of samples x and conditions c, the best linear prediction of x and the
covariance of what it leaves, the Schur complement, are

    m(c) = E x + S_xc S_cc^+ (c - E c),        S_xx - S_xc S_cc^+ S_cx.

The residuals x_i - m(c_i) have exactly this covariance.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float

from understudy.generative.checks import scales

__all__ = ["LinearPart", "factor", "regress"]

_NULL = 1e-13
"""Share of the greatest eigenvalue below which a variance is rounding."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LinearPart:
    """The linear prediction m(c).

    Attributes:
        mean: E x, shape (d,).
        centre: E c, shape (k,).
        scale: deviations of c, shape (k,).
        gain: change of x per deviation of c, shape (k, d).
    """

    mean: Float[np.ndarray, " d"]
    centre: Float[np.ndarray, " k"]
    scale: Float[np.ndarray, " k"]
    gain: Float[np.ndarray, "k d"]

    @property
    def width(self) -> int:
        """Number of conditions k."""
        return len(self.centre)

    def standardised(self, condition: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n k"]:
        """Conditions less their mean over their deviations."""
        return (condition - self.centre) / self.scale

    def at(self, condition: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """m(c) of each row."""
        return self.mean + self.standardised(condition) @ self.gain


def regress(
    x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "N k"]
) -> tuple[LinearPart, Float[np.ndarray, "N d"]]:
    """The linear part of x given c, and the residuals, shape (N, d)."""
    centre, scale = scales(condition)
    mean = x.mean(axis=0)
    z = (condition - centre) / scale
    # Minimum norm: a condition that repeats another, or is constant, adds nothing.
    gain = scipy.linalg.lstsq(z, x - mean)[0] if z.shape[1] else np.zeros((0, x.shape[1]))
    return LinearPart(mean=mean, centre=centre, scale=scale, gain=gain), x - mean - z @ gain


def factor(covariance: Float[np.ndarray, "d d"]) -> Float[np.ndarray, "r d"]:
    """F with F'F = covariance, a row a direction of variance; singular matrices are welcome."""
    value, vector = scipy.linalg.eigh(covariance)
    kept = value > _NULL * max(value[-1], 1e-300)
    return np.sqrt(value[kept])[:, None] * vector[:, kept].T

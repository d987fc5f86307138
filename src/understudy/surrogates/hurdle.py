"""Outputs that are zero in a share of the samples: probability of a positive value x its law.

Plastic strain is zero where nothing yields, so that no process through zeros and positive values
is a good one. With labels t = +-1 (zero, positive), a process of them with leave-one-out outputs
m_i, v_i, and a process of the positive samples alone,

    P(x) = Phi((a m(x) + b) / sqrt(1 + a^2 v(x))),    a, b: greatest sum_i log P(t_i | m_i, v_i),

(least-squares classification, Rasmussen & Williams 2006, section 6.5, eqs. 6.41 to 6.44). A scalar
has a log-normal positive part, log w ~ N(m, s^2), a field a normal one cut off below, max(0, u):

    E w   = P exp(m + s^2/2),               E w^2   = P exp(2 m + 2 s^2),
    E u+  = P (m Phi(m/s) + s phi(m/s)),    E u+^2  = P ((m^2 + s^2) Phi(m/s) + m s phi(m/s)),

and the quantile at level q is 0 for q <= 1 - P, else that of the positive part at (q - 1 + P) / P.
"""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize
from scipy.special import log_ndtr, ndtr, ndtri

from understudy.metrics import HALF_WIDTH_95
from understudy.regression import GP
from understudy.regression.posterior import GPPosterior

__all__ = ["Gate", "Hurdle", "above_zero", "cut_moments", "fit_gate", "fit_hurdle", "log_moments"]

_ZERO = 1e-6
"""Share of the greatest value below which a sample counts as zero: solvers tell no less."""
_LEAST_SHARE = 0.05
"""Of zeros, and of positive samples, without which there is nothing to tell apart."""
_LEAST_COUNT = 8
_STEEPEST = 1e3
_WIDEST = 10.0
"""Deviation of a logarithm up to which moments are finite numbers."""


def above_zero(
    least: Float[np.ndarray, " N"], greatest: Float[np.ndarray, " N"]
) -> Bool[np.ndarray, " N"] | None:
    """Which samples are above zero; None where no hurdle is worth a try.

    Args:
        least: smallest value of each sample; for a scalar its value.
        greatest: greatest value of each sample.
    """
    floor = _ZERO * float(greatest.max())
    above = greatest > floor
    fewest = max(_LEAST_COUNT, _LEAST_SHARE * len(above))
    if floor <= 0 or least.min() < -floor or min(above.sum(), (~above).sum()) < fewest:
        return None
    return above


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Gate:
    """Probability that a sample is above zero.

    Attributes:
        labels: process of +-1.
        slope: a of the probit.
        shift: b of the probit.
    """

    labels: GPPosterior
    slope: float
    shift: float

    def probability(self, x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, " k"]:
        """At inputs `x`."""
        z = self.labels.predict(x)
        return ndtr(_argument(z.mean[:, 0], z.variance[:, 0], self.slope, self.shift))

    def leave_one_out(self) -> Float[np.ndarray, " N"]:
        """Of each training sample, given the labels of all others."""
        z = self.labels.leave_one_out()
        return ndtr(_argument(z.mean[:, 0], z.variance[:, 0], self.slope, self.shift))


def fit_gate(x: Float[np.ndarray, "N d"], above: Bool[np.ndarray, " N"], gp: GP) -> Gate:
    """Train the labels and their probit.

    Raises:
        ValueError: all samples are of one kind.
    """
    if above.all() or not above.any():
        raise ValueError(f"hurdle: expected zeros and positive samples, got {above.sum()} positive"
                         f" of {len(above)}")  # fmt: skip
    sign = np.where(above, 1.0, -1.0)
    labels = replace(gp, sharing="none").fit(x, sign[:, None])
    z = labels.leave_one_out()

    def loss(theta: Float[np.ndarray, " 2"]) -> float:
        return -float(log_ndtr(sign * _argument(z.mean[:, 0], z.variance[:, 0], *theta)).sum())

    bounds = [(0.0, _STEEPEST), (-_STEEPEST, _STEEPEST)]
    # A label that no input tells has the slope 0 and the probability of the base rate.
    starts = [np.array([1.0, 0.0]), np.array([0.1, float(ndtri(above.mean()))])]
    found = [minimize(loss, start, method="L-BFGS-B", bounds=bounds) for start in starts]
    slope, shift = min(found, key=lambda f: f.fun).x.tolist()
    return Gate(labels=labels, slope=slope, shift=shift)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Hurdle:
    """A scalar that is zero in a share of the samples.

    Attributes:
        gate: probability of a positive value.
        positive: process of log w, trained on the positive samples.
        calibration: factor of its deviations, conformal on its leave-one-out ratios.
    """

    gate: Gate
    positive: GPPosterior
    calibration: float = 1.0

    def predict(
        self, x: Float[np.ndarray, "k d"]
    ) -> tuple[
        Float[np.ndarray, " k"],
        Float[np.ndarray, " k"],
        Float[np.ndarray, " k"],
        Float[np.ndarray, "2 k"],
    ]:
        """Probability of a positive value, mean, deviation and ends of the 95 % band."""
        probability = self.gate.probability(x)
        return probability, *log_moments(probability, *self._logarithm(x))

    def exceedance(self, x: Float[np.ndarray, "k d"], level: float) -> Float[np.ndarray, " k"]:
        """Probability of a value above a positive level."""
        mean, deviation = self._logarithm(x)
        return self.gate.probability(x) * ndtr((mean - np.log(level)) / deviation)

    def left_out(
        self, x: Float[np.ndarray, "N d"], w: Float[np.ndarray, " N"]
    ) -> Float[np.ndarray, " N"]:
        """Mean of each training sample given all others.

        Args:
            x: inputs that it was trained on.
            w: values that it was trained on.
        """
        above = w > _ZERO * w.max()
        mean, deviation = self._logarithm(x)
        z = self.positive.leave_one_out()
        mean[above] = z.mean[:, 0]
        deviation[above] = self.calibration * np.sqrt(z.variance[:, 0])
        return log_moments(self.gate.leave_one_out(), mean, deviation)[0]

    def _logarithm(
        self, x: Float[np.ndarray, "k d"]
    ) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
        z = self.positive.predict(x)
        return z.mean[:, 0], self.calibration * np.sqrt(z.variance[:, 0])


def fit_hurdle(x: Float[np.ndarray, "N d"], w: Float[np.ndarray, " N"], gp: GP) -> Hurdle:
    """Train both parts.

    Raises:
        ValueError: too few zeros or positive samples, or a negative value.
    """
    above = above_zero(w, w)
    if above is None:
        raise ValueError(
            f"hurdle: expected at least {_LEAST_COUNT} zeros and as many positive values and no "
            f"negative one, got {(w > 0).sum()} positive of {len(w)}, the least {w.min():g}"
        )
    positive = replace(gp, sharing="none").fit(x[above], np.log(w[above])[:, None])
    z = positive.leave_one_out()
    ratio = np.sort(np.abs(np.log(w[above]) - z.mean[:, 0]) / np.sqrt(z.variance[:, 0]))
    rank = min(len(ratio), int(np.ceil(0.95 * (len(ratio) + 1))))
    return Hurdle(
        gate=fit_gate(x, above, gp),
        positive=positive,
        calibration=max(float(ratio[rank - 1]) / HALF_WIDTH_95, 1e-6),
    )


def log_moments(
    probability: Float[np.ndarray, "*s"],
    mean: Float[np.ndarray, "*s"],
    deviation: Float[np.ndarray, "*s"],
) -> tuple[Float[np.ndarray, "*s"], Float[np.ndarray, "*s"], Float[np.ndarray, "2 *s"]]:
    """Mean, deviation and 95 % band of zero or a log-normal value.

    Args:
        probability: of a positive value.
        mean: of its logarithm.
        deviation: of its logarithm.
    """
    s = np.clip(deviation, 1e-12, _WIDEST)
    first = probability * np.exp(mean + s**2 / 2)
    second = probability * np.exp(2 * mean + 2 * s**2)
    spread = np.sqrt(np.maximum(second - first**2, 0.0))
    return first, spread, np.exp(mean + s * _levels(probability))


def cut_moments(
    probability: Float[np.ndarray, " k"],
    mean: Float[np.ndarray, "k n"],
    deviation: Float[np.ndarray, "k n"],
) -> tuple[Float[np.ndarray, "k n"], Float[np.ndarray, "k n"], Float[np.ndarray, "2 k n"]]:
    """Mean, deviation and 95 % band of zero or a normal value cut off below zero.

    Args:
        probability: that a sample is not zero everywhere, a number a row.
        mean: at the nodes of a sample that is not.
        deviation: likewise.
    """
    share, s = probability[:, None], np.maximum(deviation, 1e-300)
    ratio = np.clip(mean / s, -40.0, 40.0)
    inside, density = ndtr(ratio), np.exp(-(ratio**2) / 2) / np.sqrt(2 * np.pi)
    first = share * (mean * inside + s * density)
    second = share * ((mean**2 + s**2) * inside + mean * s * density)
    spread = np.sqrt(np.maximum(second - first**2, 0.0))
    return first, spread, np.maximum(0.0, mean + s * _levels(share))


def _levels(probability: Float[np.ndarray, "*s"]) -> Float[np.ndarray, "2 *s"]:
    """Standard normal ends of the positive part for the band of the whole; -inf: at zero."""
    ends = ndtr(HALF_WIDTH_95 * np.array([-1.0, 1.0]))
    ends = ends.reshape(2, *[1] * np.ndim(probability))
    level = (ends - 1 + probability) / np.maximum(probability, 1e-300)
    return ndtri(np.clip(level, 0.0, 1.0))


def _argument(
    mean: Float[np.ndarray, " k"], variance: Float[np.ndarray, " k"], slope: float, shift: float
) -> Float[np.ndarray, " k"]:
    return (slope * mean + shift) / np.sqrt(1 + slope**2 * variance)

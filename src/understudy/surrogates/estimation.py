"""Statistics of a Monte Carlo sample with intervals that own up to the training set as well.

A statistic T of n values v_i has the sampling variance mean(psi_i^2) / (n - 1), with the influence
psi_i of each value (Efron & Tibshirani 1993, section 22.6):

    mean  v - m,    std  ((v - m)^2 - s^2) / 2s,    P(v > a)  1[v > a] - p,
    q_p   (1[v > q] - (1 - p)) / f(q),    sqrt(p (1 - p) / n) / f(q) = error of Maritz & Jarrett,

the latter the exact bootstrap of the order statistic p (n + 1) (Maritz & Jarrett 1978; Harrell &
Davis 1982). The variance of a probability is that of (k + 2) / (n + 4) (Agresti & Coull 1998),
which is not zero when nothing was seen.

Values may come from a law that was itself learned from a finite set. Learned again g times, each
time without one of g groups of that set, it gives T_1, ..., T_g on the same n latent draws; the
variance due to the set is that of the delete-a-group jackknife (Kott 2001, eq. 2),

    (g - 1) / g  sum_j [(T_j - mean T)^2 - e_j],    e_j = var_i(psi_ji - mean_j psi_ji) / n,

where e_j is what of the sampling noise the common draws leave in the difference (nothing if the
laws differ by a shift). Both errors add in squares. The joint one is that of a Student variable,
with as many degrees of freedom as Welch and Satterthwaite say: (a + b)^2 / (a^2 / (n - 1) +
b^2 / (g - 1)) for variances a of sampling and b of training.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import betainc, stdtrit

__all__ = ["ConfidenceInterval", "Estimate", "estimate_from"]

_QUANTILES = {"q50": 0.5, "q95": 0.95, "q99": 0.99}
_NAMES = ("mean", "std", *_QUANTILES)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ConfidenceInterval:
    """A statistic, in the unit of the values or a probability.

    Attributes:
        value: the statistic.
        low: lower and ...
        high: ... upper end of its interval.
        sampling: standard error of a finite number of draws.
        training: standard error of the finite training set of the law; 0: none was learned.
        dof: degrees of freedom of the joint error.
    """

    value: float
    low: float
    high: float
    sampling: float
    training: float
    dof: float


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """What a Monte Carlo run says about a quantity.

    Attributes:
        statistics: mean, std, q50, q95, q99.
        thresholds: in the unit of the values.
        exceedance: probability of a value above each threshold.
        values: the sample, shape (n,).
        level: probability that an interval holds the truth.
    """

    statistics: dict[str, ConfidenceInterval]
    thresholds: tuple[float, ...]
    exceedance: tuple[ConfidenceInterval, ...]
    values: Float[np.ndarray, " n"]
    level: float


def estimate_from(
    values: Float[np.ndarray, " n"],
    level: float,
    thresholds: Sequence[float] = (),
    *,
    replicas: Sequence[Float[np.ndarray, " n"]] = (),
) -> Estimate:
    """Statistics of a sample and their intervals.

    Args:
        values: independent draws of the quantity.
        level: probability that an interval holds the truth.
        thresholds: whose probability to be exceeded is asked for.
        replicas: values at the same latent draws from laws learned without one group of the
            training set each; none: the values come from the true law.

    Raises:
        ValueError: fewer than two values or one replica, values that are not finite.
    """
    if len(values) < 2 or not all(np.isfinite(v).all() for v in (values, *replicas)):
        raise ValueError(f"values: expected at least 2, finite, got {len(values)}")
    if not 0 < level < 1:
        raise ValueError(f"level: expected in (0, 1), got {level}")
    if len(replicas) == 1:
        raise ValueError("replicas: expected none or at least 2, got 1")
    figures, influence = _statistics(values, thresholds)
    sampling = influence.var(axis=0, ddof=1) / len(values)
    share = (len(values) * figures[len(_NAMES) :] + 2) / (len(values) + 4)
    sampling[len(_NAMES) :] = share * (1 - share) / (len(values) + 4)
    training = _jackknife(replicas, thresholds) if replicas else np.zeros_like(sampling)
    intervals = [
        _interval(*terms, len(values), len(replicas), level)
        for terms in zip(figures.tolist(), sampling.tolist(), training.tolist(), strict=True)
    ]
    return Estimate(
        statistics=dict(zip(_NAMES, intervals[: len(_NAMES)], strict=True)),
        thresholds=tuple(float(t) for t in thresholds),
        exceedance=tuple(_clipped(interval) for interval in intervals[len(_NAMES) :]),
        values=values,
        level=level,
    )


def _statistics(
    values: Float[np.ndarray, " n"], thresholds: Sequence[float]
) -> tuple[Float[np.ndarray, " s"], Float[np.ndarray, "n s"]]:
    """Mean, std, quantiles and probabilities, and the influence of each value on them."""
    n, mean, std = len(values), float(values.mean()), float(values.std(ddof=1))
    figures = [mean, std]
    away = values - mean
    columns = [away, (away**2 - std**2) / (2 * max(std, 1e-300))]
    for p in _QUANTILES.values():
        quantile = float(np.quantile(values, p))
        per_density = _quantile_error(values, p) * np.sqrt(n / (p * (1 - p)))
        figures.append(quantile)
        columns.append(((values > quantile) - (1 - p)) * per_density)
    for threshold in thresholds:
        above = values > threshold
        figures.append(float(above.mean()))
        columns.append(above - above.mean())
    return np.array(figures), np.stack(columns, axis=1)


def _quantile_error(values: Float[np.ndarray, " n"], p: float) -> float:
    """Standard error of a quantile: deviation of the order statistic p (n + 1) of a bootstrap."""
    n = len(values)
    steps = betainc(p * (n + 1), (1 - p) * (n + 1), np.arange(n + 1) / n)
    weight, ordered = np.diff(steps), np.sort(values)
    return float(np.sqrt(weight @ (ordered - weight @ ordered) ** 2))


def _jackknife(
    replicas: Sequence[Float[np.ndarray, " n"]], thresholds: Sequence[float]
) -> Float[np.ndarray, " s"]:
    """Variance of each statistic due to the training set."""
    found = [_statistics(values, thresholds) for values in replicas]
    figures = np.stack([f for f, _ in found])
    influence = np.stack([i for _, i in found])
    g, n = influence.shape[:2]
    noise = (influence - influence.mean(axis=0)).var(axis=1, ddof=1) / n
    square = (figures - figures.mean(axis=0)) ** 2 - noise
    return ((g - 1) / g * square.sum(axis=0)).clip(0.0)


def _interval(
    value: float, sampling: float, training: float, n: int, groups: int, level: float
) -> ConfidenceInterval:
    """Student's interval from two variances."""
    parts = sampling**2 / (n - 1) + training**2 / max(groups - 1, 1)
    joint = sampling + training
    dof = joint**2 / parts if parts > 0 else float(n - 1)
    half = float(stdtrit(dof, (1 + level) / 2)) * joint**0.5
    return ConfidenceInterval(
        value=value,
        low=value - half,
        high=value + half,
        sampling=sampling**0.5,
        training=training**0.5,
        dof=dof,
    )


def _clipped(interval: ConfidenceInterval) -> ConfidenceInterval:
    """The interval of a probability, within [0, 1]."""
    return replace(interval, low=max(interval.low, 0.0), high=min(interval.high, 1.0))

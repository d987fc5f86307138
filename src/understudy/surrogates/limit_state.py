"""The event that a quantity of latent variables exceeds a threshold, and its probability.

For z ~ N(0, I_d) and a quantity g, one evaluation of which is a run of a submodel, the event is
g(z) > a. An estimate of its probability P with the relative error delta has the interval

    log P +- t_(dof, (1 + level) / 2) delta,

which stays above zero and is wider upwards, as the scatter of such estimates is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import betaincinv, stdtrit

__all__ = [
    "LimitState",
    "RareEvent",
    "RareEventMethod",
    "check_level",
    "counted",
    "evaluated",
    "logarithmic_interval",
    "with_training",
]

LimitState = Callable[[Float[np.ndarray, "n d"]], Float[np.ndarray, " n"]]
"""Quantity of latent points, a row each; the event is a value above the threshold."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class RareEvent:
    """A probability and how it was found.

    Attributes:
        probability: of a value above the threshold.
        cov: standard error over probability; infinite if no event was seen.
        low: lower and ...
        high: ... upper end of the interval.
        level: probability that the interval holds the truth.
        evaluations: latent points at which the quantity was computed.
        converged: whether the method came to the event, so that the interval can be relied upon.
        iterations: levels or steps, of the longest run.
        samples: latent points of the event that were met, by their law given the event (importance
            sampling: by its own law).
    """

    probability: float
    cov: float
    low: float
    high: float
    level: float
    evaluations: int
    converged: bool
    iterations: int
    samples: Float[np.ndarray, "m d"]


def evaluated(g: LimitState, z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
    """Quantity of latent points.

    Raises:
        ValueError: another number of values than points, or one that is not finite.
    """
    values = g(z)
    if values.shape != (len(z),) or not np.isfinite(values).all():
        raise ValueError(
            f"quantity: expected {len(z)} finite values, got shape {values.shape} with "
            f"{np.count_nonzero(~np.isfinite(values))} that are not finite"
        )
    return values


def logarithmic_interval(
    probability: float, cov: float, dof: float, level: float
) -> tuple[float, float]:
    """Student's interval of the logarithm of a probability: its relative error is `cov`."""
    if probability <= 0:
        return 0.0, 1.0
    half = float(stdtrit(dof, (1 + level) / 2)) * cov
    return probability * math.exp(-half), min(1.0, probability * math.exp(min(half, 700.0)))


def check_level(level: float) -> None:
    """Refuse a level that is no probability between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level: expected in (0, 1), got {level}")


@runtime_checkable
class RareEventMethod(Protocol):
    """A way to the probability of a rare event."""

    def solve(
        self, g: LimitState, threshold: float, dimension: int, rng: np.random.Generator
    ) -> RareEvent:
        """Estimate P(g(z) > threshold)."""


def counted(beyond: Bool[np.ndarray, " n"], level: float = 0.95) -> RareEvent:
    """The estimate of independent draws or runs of which some showed the event."""
    n, k = len(beyond), int(beyond.sum())
    tail = (1 - level) / 2
    return RareEvent(
        probability=k / n,
        cov=math.sqrt((1 - k / n) / k) if k else math.inf,
        low=float(betaincinv(k, n - k + 1, tail)) if k else 0.0,
        high=float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0,
        level=level,
        evaluations=n,
        converged=k > 0,
        iterations=1,
        samples=np.zeros((0, 0)),
    )


def with_training(event: RareEvent, replicas: Sequence[RareEvent]) -> RareEvent:
    """The estimate with the error of a law's finite training set joined to its own.

    Args:
        event: estimate under the law of all runs.
        replicas: estimates under laws learned without one group of runs each, from the same
            random numbers. The delete-a-group jackknife variance of their logarithms (Kott 2001,
            eq. 2) joins cov^2; degrees of freedom by Welch and Satterthwaite.
    """
    g = len(replicas)
    logs = np.array([math.log(max(r.probability, 1e-300)) for r in replicas])
    training = (g - 1) / g * float(((logs - logs.mean()) ** 2).sum())
    own = event.cov**2
    joint = own + training
    dof = joint**2 / (training**2 / (g - 1)) if training > 0 else 1e6
    low, high = logarithmic_interval(event.probability, math.sqrt(joint), dof, event.level)
    return replace(event, cov=math.sqrt(joint), low=low, high=high)

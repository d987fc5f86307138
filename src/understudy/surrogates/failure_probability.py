"""The probability of a failure with an interval that owns up to every link before it.

A link that multiplies the demand D by an unknown factor exp(b + s Z), Z ~ N(0, 1), as it was seen
on zones that were left out of learning, is put right by b and leaves

    P = P(D exp(b) > limit),    var P = var_draws + var_runs + (dP / d log limit)^2 sum_links s^2,

first order in s (Taylor's law of error propagation). Degrees of freedom are joined by Welch and
Satterthwaite. The interval is Student's for log P / (1 - P), so that it stays within [0, 1].
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import stdtrit

from understudy.surrogates.chain_histories import ChainHistories

__all__ = ["Failure", "Link", "failure", "link_of", "logit_interval", "relative_width"]

_STEP = 0.1
"""Of log limit, either way, in the difference that says what a factor does to P."""


@final
@dataclass(frozen=True, kw_only=True)
class Link:
    """A factor of the demand that a link of the chain gets wrong.

    Attributes:
        bias: mean of log (truth / chain) over zones.
        spread: its deviation from zone to zone, the mean's own error included.
        scatter: deviation of log (truth / chain) from history to history, a mean over zones.
        dof: degrees of freedom of the spread.
    """

    bias: float
    spread: float
    scatter: float
    dof: float


def link_of(ratios: Sequence[Float[np.ndarray, " _"]]) -> Link:
    """A link from log (truth / chain), an array a zone that was left out.

    Raises:
        ValueError: fewer than two zones.
    """
    if len(ratios) < 2:
        raise ValueError(f"link: expected at least 2 zones, got {len(ratios)}")
    means = np.array([float(np.mean(r)) for r in ratios])
    n = len(means)
    return Link(
        bias=float(means.mean()),
        spread=float(means.std(ddof=1)) * math.sqrt(1 + 1 / n),
        scatter=float(np.mean([np.std(r) for r in ratios])),
        dof=float(n - 1),
    )


@final
@dataclass(frozen=True, kw_only=True)
class Failure:
    """A probability and what its interval is made of.

    Attributes:
        probability: of a demand above the limit.
        low: lower and ...
        high: ... upper end of the interval.
        parts: standard error of P due to each link, by name.
        slope: dP / d log limit, negative.
        dof: degrees of freedom of the joint error.
    """

    probability: float
    low: float
    high: float
    parts: Mapping[str, float]
    slope: float
    dof: float


def failure(
    histories: ChainHistories,
    demand: Float[np.ndarray, " S"],
    limit: float,
    links: Mapping[str, Link],
    more: Mapping[str, tuple[float, float]] | None = None,
) -> Failure:
    """The probability in one zone.

    Args:
        histories: that the demands belong to.
        demand: of each history, in the unit of the limit.
        limit: beyond which it fails.
        links: by name.
        more: further standard errors of P and their degrees of freedom, by name.
    """
    biased = limit * math.exp(-sum(link.bias for link in links.values()))
    own = histories.exceedance(demand, biased)

    def beyond(step: float) -> float:
        return histories.share(demand > biased * math.exp(step))

    slope = (beyond(_STEP) - beyond(-_STEP)) / (2 * _STEP)
    errors = {
        "draws": (own.sampling, float(histories.drawn - 1)),
        "runs": (own.training, float(histories.real - 1)),
    }
    errors |= {name: (abs(slope) * link.spread, link.dof) for name, link in links.items()}
    errors |= dict(more or {})
    variance = sum(error**2 for error, _ in errors.values())
    parts = sum(error**4 / dof for error, dof in errors.values())
    dof = variance**2 / parts if parts > 0 else 1e6
    probability = _inside(own.value, histories)
    low, high = logit_interval(probability, math.sqrt(variance), dof, histories.level)
    return Failure(
        probability=probability, low=low, high=high, slope=slope, dof=dof,
        parts={name: error for name, (error, _) in errors.items()},
    )  # fmt: skip


def _inside(value: float, histories: ChainHistories) -> float:
    """Corrected shares may leave [0, 1] by the scatter of their correction."""
    least = 0.5 / (histories.drawn + histories.real)
    return min(max(value, least), 1 - least)


def logit_interval(
    probability: float, error: float, dof: float, level: float
) -> tuple[float, float]:
    """Student's interval of log P / (1 - P), where P has the standard error `error`."""
    centre = math.log(probability / (1 - probability))
    half = float(stdtrit(dof, (1 + level) / 2)) * error / (probability * (1 - probability))
    ends = (max(min(centre + sign * half, 700.0), -700.0) for sign in (-1, 1))
    low, high = (1 / (1 + math.exp(-end)) for end in ends)
    return low, high


def relative_width(found: Failure) -> float:
    """Upper over lower end of an interval."""
    return found.high / found.low if found.low > 0 else math.inf

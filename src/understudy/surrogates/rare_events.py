"""Probability of a rare event in the latent space of a generator, by subset simulation.

Wanted is P(g(z) > a) for z ~ N(0, I_d), one evaluation of g being a run of a submodel. With bounds
b_1 < b_2 < ... < a such that each event is `share` times as likely as the one before,

    P = share^(m - 1) P(g > a | g > b_(m-1)),    b_j: (1 - share) quantile of g given g > b_(j-1)

(Au & Beck 2001). The conditional samples are Markov chains from those beyond the bound,

    z' = sqrt(1 - s^2) z + s xi,    xi ~ N(0, I),

kept if g(z') >= b_j; normal laws are invariant in any dimension. The spread s is adapted between
groups of chains to an acceptance of 0.44, log s += (rate - 0.44) / sqrt(i) (Papaioannou, Betz,
Zwirglmaier & Straub 2015). It is one for all directions: spreads taken from the deviations of the
seeds depend on the very chains that they move, and that has been seen to lower a probability of
1e-4 by a tenth.

The estimate is the mean of independent runs, and its error is theirs as seen, so that correlation
of the chains and of the bounds is in it, whatever its cause. The interval is Student's for log P.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, final

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import betaincinv, stdtrit

__all__ = ["MonteCarlo", "RareEvent", "SubsetSimulation", "evaluated", "logarithmic_interval"]

LimitState = Callable[[Float[np.ndarray, "n d"]], Float[np.ndarray, " n"]]
"""Quantity of latent points, a row each; the event is a value above the threshold."""

_BLOCK = 10_000
_ACCEPTANCE = 0.44
_FIRST_SPREAD = 0.6
_GROUPS = 10


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


class RareEventMethod(Protocol):
    """A way to the probability of a rare event."""

    def solve(
        self, g: LimitState, threshold: float, dimension: int, rng: np.random.Generator
    ) -> RareEvent:
        """Estimate P(g(z) > threshold)."""


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


@final
@dataclass(frozen=True, kw_only=True)
class MonteCarlo:
    """Specification of plain Monte Carlo, with the interval of Clopper & Pearson 1934.

    Attributes:
        samples: latent points.
        level: probability that the interval holds the truth.
    """

    samples: int
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.samples < 1:
            raise ValueError(f"samples: expected at least 1, got {self.samples}")
        _check_level(self.level)

    def solve(
        self, g: LimitState, threshold: float, dimension: int, rng: np.random.Generator
    ) -> RareEvent:
        """Count."""
        beyond, met = [], []
        for start in range(0, self.samples, _BLOCK):
            z = rng.normal(size=(min(_BLOCK, self.samples - start), dimension))
            beyond.append(evaluated(g, z) > threshold)
            met.append(z[beyond[-1]])
        return replace(counted(np.concatenate(beyond), self.level), samples=np.concatenate(met))


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


@final
@dataclass(frozen=True, kw_only=True)
class SubsetSimulation:
    """Specification of subset simulation.

    Attributes:
        samples: latent points of a level; `share` of them are the seeds of the next.
        share: conditional probability of a level given the one before.
        repeats: independent runs.
        levels: most levels of a run.
        level: probability that the interval holds the truth.
    """

    samples: int = 1000
    share: float = 0.1
    repeats: int = 8
    levels: int = 20
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.share <= 0.5:
            raise ValueError(f"share: expected in (0, 0.5], got {self.share}")
        if self._seeds < _GROUPS or self.samples % self._seeds:
            raise ValueError(
                f"samples: expected a multiple of the seeds, at least {_GROUPS} of them, got "
                f"{self.samples} with {self._seeds} seeds"
            )
        if self.repeats < 2:
            raise ValueError(f"repeats: expected at least 2, got {self.repeats}")
        if self.levels < 1:
            raise ValueError(f"levels: expected at least 1, got {self.levels}")
        _check_level(self.level)

    @property
    def _seeds(self) -> int:
        return round(self.share * self.samples)

    def solve(
        self, g: LimitState, threshold: float, dimension: int, rng: np.random.Generator
    ) -> RareEvent:
        """Estimate P(g(z) > threshold).

        Args:
            g: quantity of latent points.
            threshold: in the unit of the quantity.
            dimension: of the latent space.
            rng: draws all points.
        """
        runs = [self._run(g, threshold, dimension, rng) for _ in range(self.repeats)]
        found = np.array([run.probability for run in runs])
        mean = float(found.mean())
        error = float(found.std(ddof=1)) / math.sqrt(self.repeats)
        cov = error / mean if mean > 0 else math.inf
        low, high = logarithmic_interval(mean, cov, float(self.repeats - 1), self.level)
        return RareEvent(
            probability=mean,
            cov=cov,
            low=low,
            high=high,
            level=self.level,
            evaluations=sum(run.evaluations for run in runs),
            converged=all(run.converged for run in runs),
            iterations=max(run.iterations for run in runs),
            samples=np.concatenate([run.samples for run in runs]),
        )

    def _run(
        self, g: LimitState, threshold: float, dimension: int, rng: np.random.Generator
    ) -> "_Run":
        z = rng.normal(size=(self.samples, dimension))
        v = evaluated(g, z)
        probability, spread, evaluations = 1.0, _FIRST_SPREAD, self.samples
        for level in range(1, self.levels + 1):
            beyond = v > threshold
            done = bool(beyond.mean() >= self.share)
            if done or level == self.levels:
                break
            best = np.argsort(-v, kind="stable")[: self._seeds]
            # In any order, so that the adapted spread does not go with the height of a seed.
            best = rng.permutation(best)
            probability *= self._seeds / self.samples
            z, v, spread = _chains(g, z[best], v[best], self.samples // self._seeds, spread, rng)
            evaluations += self.samples - self._seeds
        return _Run(
            probability=probability * float(beyond.mean()),
            evaluations=evaluations,
            converged=done,
            iterations=level,
            samples=z[beyond],
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Run:
    """One of the independent runs."""

    probability: float
    evaluations: int
    converged: bool
    iterations: int
    samples: Float[np.ndarray, "m d"]


def _chains(
    g: LimitState,
    z: Float[np.ndarray, "s d"],
    v: Float[np.ndarray, " s"],
    length: int,
    spread: float,
    rng: np.random.Generator,
) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, " n"], float]:
    """Chains of `length` points from seeds, all at least as high as the least seed."""
    bound = v.min()
    points, values = [z], [v]
    for number, group in enumerate(np.array_split(np.arange(len(z)), _GROUPS), start=1):
        here, value, accepted = z[group], v[group], 0.0
        for _ in range(length - 1):
            there = math.sqrt(1 - spread**2) * here + spread * rng.normal(size=here.shape)
            new = evaluated(g, there)
            taken = new >= bound
            here = np.where(taken[:, None], there, here)
            value = np.where(taken, new, value)
            accepted += float(taken.mean()) / (length - 1)
            points.append(here)
            values.append(value)
        spread = min(1.0, spread * math.exp((accepted - _ACCEPTANCE) / math.sqrt(number)))
    return np.concatenate(points), np.concatenate(values), spread


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level: expected in (0, 1), got {level}")

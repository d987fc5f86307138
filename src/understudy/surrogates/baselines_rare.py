"""Rare events by OpenTURNS, with the face of our own methods: the rival on the same function.

* `OpenTURNSSubset`: subset simulation with uniform steps of one coordinate at a time (Au & Beck
  2001), stopped at a coefficient of variation that it states itself.
* `OpenTURNSFORM`: the most likely point of the event by Abdo & Rackwitz, with gradients by finite
  differences, then importance sampling with a normal law of unit variance about it.

The library draws from one global generator, which is seeded from `rng`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import openturns as ot

from understudy.surrogates.limit_state import (
    LimitState,
    RareEvent,
    evaluated,
    logarithmic_interval,
)

__all__ = ["OpenTURNSFORM", "OpenTURNSSubset"]


@final
@dataclass(frozen=True, kw_only=True)
class OpenTURNSSubset:
    """Specification of the rival's subset simulation.

    Attributes:
        samples: latent points of a level.
        share: conditional probability of a level given the one before.
        reach: half width of the uniform steps.
        level: probability that the interval is meant to hold the truth.
    """

    samples: int = 1000
    share: float = 0.1
    reach: float = 2.0
    level: float = 0.95

    def solve(
        self, g: LimitState, threshold: float, dimension: int, rng: np.random.Generator
    ) -> RareEvent:
        """Estimate P(g(z) > threshold); arguments as of `SubsetSimulation.solve`."""
        counted = _Counted(g)
        event = _event(counted, threshold, dimension, rng)
        algorithm = ot.SubsetSampling(event, self.reach, self.share)
        algorithm.setMaximumOuterSampling(self.samples)
        algorithm.setBlockSize(1)
        algorithm.run()
        result = algorithm.getResult()
        return _found(
            result.getProbabilityEstimate(),
            result.getCoefficientOfVariation(),
            self.level,
            counted.points,
            algorithm.getStepsNumber(),
            dimension,
        )


@final
@dataclass(frozen=True, kw_only=True)
class OpenTURNSFORM:
    """Specification of the rival's importance sampling about the design point.

    Attributes:
        samples: latent points about the design point.
        start: latent point where the search starts, the same in each coordinate; not 0, where
            gradients may vanish.
        steps: most iterations of the search.
        level: probability that the interval is meant to hold the truth.
    """

    samples: int = 2000
    start: float = 0.1
    steps: int = 100
    level: float = 0.95

    def solve(
        self, g: LimitState, threshold: float, dimension: int, rng: np.random.Generator
    ) -> RareEvent:
        """Estimate P(g(z) > threshold); arguments as of `SubsetSimulation.solve`."""
        counted = _Counted(g)
        event = _event(counted, threshold, dimension, rng)
        search = ot.AbdoRackwitz()
        search.setStartingPoint([self.start] * dimension)
        search.setMaximumIterationNumber(self.steps)
        search.setMaximumCallsNumber(self.steps * (dimension + 10))
        search.setCheckStatus(False)
        form = ot.FORM(search, event)
        try:
            form.run()
        except RuntimeError:
            # Where the search ends on no point of the limit state the library gives none.
            return _found(0.0, math.inf, self.level, counted.points, self.steps, dimension)
        point = form.getResult().getStandardSpaceDesignPoint()
        around = ot.Normal(point, ot.CovarianceMatrix(dimension))
        experiment = ot.ImportanceSamplingExperiment(around)
        algorithm = ot.ProbabilitySimulationAlgorithm(ot.StandardEvent(event), experiment)
        algorithm.setMaximumOuterSampling(self.samples)
        algorithm.setBlockSize(1)
        algorithm.setMaximumCoefficientOfVariation(-1.0)
        algorithm.run()
        result = algorithm.getResult()
        return _found(
            result.getProbabilityEstimate(),
            result.getCoefficientOfVariation(),
            self.level,
            counted.points,
            form.getResult().getOptimizationResult().getIterationNumber(),
            dimension,
        )


class _Counted:
    """A limit state as the library calls it, which counts points."""

    def __init__(self, g: LimitState) -> None:
        self.points = 0
        self._g = g

    def __call__(self, sample: Any) -> np.ndarray:  # noqa: ANN401
        z = np.array(sample, dtype=float)
        self.points += len(z)
        return evaluated(self._g, z)[:, None]


def _event(
    counted: Callable[[Any], np.ndarray],
    threshold: float,
    dimension: int,
    rng: np.random.Generator,
) -> Any:  # noqa: ANN401
    """The event of the library; seeds its global generator."""
    ot.RandomGenerator.SetSeed(int(rng.integers(2**31)))
    function = ot.PythonFunction(dimension, 1, func_sample=counted)
    vector = ot.RandomVector(ot.Normal(dimension))
    output = ot.CompositeRandomVector(function, vector)
    return ot.ThresholdEvent(output, ot.Greater(), threshold)


def _found(
    probability: float, cov: float, level: float, points: int, steps: int, dimension: int
) -> RareEvent:
    """What the library says, with the interval of the logarithm at its stated error."""
    seen = probability > 0
    low, high = logarithmic_interval(probability, cov if seen else math.inf, 1e9, level)
    return RareEvent(
        probability=probability,
        cov=cov if seen else math.inf,
        low=low,
        high=high,
        level=level,
        evaluations=points,
        converged=seen,
        iterations=steps,
        samples=np.empty((0, dimension)),
    )

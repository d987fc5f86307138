"""Probability of a rare event of a quantity that is proportional to one of its inputs.

With Q = s q(z), where the load s has a known law and q > 0 is the quantity at the load one,

    P(Q > a) = E_z[ P(s > a / q(z)) ],

and what stands inside is known. Each z thus says how often the event happens on a whole line of
loads, from one evaluation (conditional Monte Carlo: Asmussen & Glynn 2007, section V.4; line
sampling with exact roots: Koutsourelakis, Pradlwarter & Schueller 2004). The mean has no bias, and
its error is what the other inputs explain.
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from understudy.data.laws import Law
from understudy.surrogates.limit_state import (
    LimitState,
    RareEvent,
    check_level,
    evaluated,
    logarithmic_interval,
)

__all__ = ["ConditionalMonteCarlo", "exceedance"]

_FEWEST = 50
"""As for importance sampling: cov < 50^-1/2 for an interval that can be relied upon."""


def exceedance(law: Law, values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Probability that an input is greater than each value.

    Raises:
        ValueError: a law that gives negative values, so that the quantity would fall with it.
    """
    if law.kind == "uniform" and law.a >= 0:
        return np.clip((law.b - values) / (law.b - law.a), 0.0, 1.0)
    if law.kind == "lognormal":
        return ndtr(-np.log(values / law.a) / law.b)
    raise ValueError(f"law of the load: expected positive values, got {law}")


@final
@dataclass(frozen=True, kw_only=True)
class ConditionalMonteCarlo:
    """Specification.

    Attributes:
        samples: latent points of all inputs but the load.
        level: probability that the interval holds the truth.
    """

    samples: int = 4000
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.samples < 2:
            raise ValueError(f"samples: expected at least 2, got {self.samples}")
        check_level(self.level)

    def solve(
        self,
        unit: LimitState,
        load: Law,
        threshold: float,
        dimension: int,
        rng: np.random.Generator,
    ) -> RareEvent:
        """Estimate P(s q > threshold).

        Args:
            unit: q, of latent points without the load.
            load: law of s.
            threshold: above zero.
            dimension: of the latent points.
            rng: of all draws.

        Raises:
            ValueError: a threshold or a quantity that is not positive, or loads that are not.
        """
        if not threshold > 0:
            raise ValueError(f"threshold: expected above 0, got {threshold}")
        q = evaluated(unit, rng.standard_normal((self.samples, dimension)))
        if not (q > 0).all():
            raise ValueError(f"quantity at the load one: expected above 0, got {q.min():g}")
        share = exceedance(load, threshold / q)
        probability = float(share.mean())
        error = float(share.std(ddof=1)) / math.sqrt(self.samples)
        cov = error / probability if probability > 0 else math.inf
        low, high = logarithmic_interval(probability, cov, float(self.samples - 1), self.level)
        return RareEvent(
            probability=probability, cov=cov, low=low, high=high, level=self.level,
            evaluations=self.samples, converged=cov**2 * _FEWEST <= 1, iterations=1,
            samples=np.zeros((0, dimension)),
        )  # fmt: skip

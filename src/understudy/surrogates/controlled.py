"""Estimates in which the runs that a law was learned from correct it.

A learned law F has a bias that no number of draws removes. The N runs it was learned from show it:
each run i, with inputs u_i, was left out of one replica F_g(i), which has not been trained on it.
The law of the quantity

    F_c(q) = mean_g F_g(q) + 1/N sum_i [ 1(Q_i <= q) - F_g(i)(q | u_i) ]

has no bias whatever the replicas are, as each bracket has the mean of what the first term misses.
The better they are, the less brackets scatter: this is a control variate with a learned control,
cross-fitted (Glasserman 2004, section 4.1; Chernozhukov et al. 2018, definition 3.1). Q_i is what
the submodel makes of the stored history, so a changed zone needs no new full run. With influences
psi of a statistic, n draws of the replicas and m of each bracket, its variance is

    var_i(psi(Q_i) - mean_m psi(F_g(i) | u_i)) / N + var(psi(F_g)) / n.

The interval of a quantile q_p needs no density: it is all q at which the interval of F_c(q), whose
influence is 1(v <= q), holds p (Woodruff 1952, section 3).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import stdtrit

from understudy.surrogates.boundary_faces import Quantity, Submodel
from understudy.surrogates.estimation import ConfidenceInterval, Estimate
from understudy.surrogates.stochastic_boundary import FittedBoundary, greatest

__all__ = ["controlled_estimate", "controlled_from"]

Influence = Callable[[np.ndarray], np.ndarray]
"""First-order effect of each value on a statistic, up to a constant."""

_QUANTILES = {"q50": 0.5, "q95": 0.95, "q99": 0.99}
_BLOCK = 256


def controlled_estimate(
    law: FittedBoundary,
    submodel: Submodel,
    histories: Float[np.ndarray, "N t b 2"],
    inputs: Mapping[str, Float[np.ndarray, " N"]],
    n: int,
    rng: np.random.Generator,
    *,
    repeats: int = 4,
    quantity: Quantity = greatest,
    thresholds: Sequence[float] = (),
) -> Estimate:
    """Statistics of a quantity of the submodel; it runs n + N (repeats + 1) times.

    Args:
        law: learned with groups left out.
        submodel: runs on histories, of the zone as it was or changed.
        histories: of the runs that the law was learned from, in their order, in m.
        inputs: of these runs, those that the law knows.
        n: draws of the replicas, together.
        rng: of all draws.
        repeats: draws at the inputs of each run.
        quantity: of the cells that the submodel observes.
        thresholds: in the unit of the quantity.

    Raises:
        ValueError: a law without replicas, or other runs than it was learned from.
    """
    if not law.replicas or len(histories) != len(law.left_out):
        raise ValueError(
            f"control: expected the {len(law.left_out)} runs that the law was learned from and "
            f"groups left out, got {len(histories)} runs and {len(law.replicas)} replicas"
        )

    def run(x: Float[np.ndarray, "k t b 2"]) -> Float[np.ndarray, " k"]:
        parts = [quantity(submodel.run(x[i : i + _BLOCK])) for i in range(0, len(x), _BLOCK)]
        return np.concatenate(parts).astype(float)

    real = run(histories)
    drawn, paired = [], np.empty((len(real), repeats))
    each = -(-n // len(law.replicas))
    for g, sampler in enumerate(law.replicas):
        drawn.append(run(law.draw(each, rng, None, sampler)[0]))
        own = np.flatnonzero(law.left_out == g)
        known = {name: np.repeat(inputs[name][own], repeats) for name in law.laws}
        made = law.draw(len(own) * repeats, rng, known, sampler)[0]
        paired[own] = run(made).reshape(len(own), repeats)
    return controlled_from(np.concatenate(drawn), real, paired, law.level, thresholds)


def controlled_from(
    drawn: Float[np.ndarray, " n"],
    real: Float[np.ndarray, " N"],
    paired: Float[np.ndarray, "N m"],
    level: float,
    thresholds: Sequence[float],
) -> Estimate:
    """Statistics of the signed sample and their intervals.

    Args:
        drawn: quantity under draws of all replicas.
        real: of the runs that the law was learned from.
        paired: under m draws at the inputs of each run, of the replica that has not seen it.
        level: probability that an interval holds the truth.
        thresholds: whose probability to be exceeded is asked for.
    """
    values = np.concatenate([drawn, real, paired.ravel()])
    weights = np.concatenate(
        [
            np.full(len(drawn), 1 / len(drawn)),
            np.full(len(real), 1 / len(real)),
            np.full(paired.size, -1 / paired.size),
        ]
    )
    mean = float(weights @ values)
    std = max(float(weights @ (values - mean) ** 2), 0.0) ** 0.5
    dof = float(len(real) - 1)
    reach = float(stdtrit(dof, (1 + level) / 2))

    def interval(value: float, psi: Influence) -> ConfidenceInterval:
        bracket = psi(real) - psi(paired).mean(axis=1)
        training = float(bracket.var(ddof=1)) / len(real)
        sampling = float(np.var(psi(drawn), ddof=1)) / len(drawn)
        half = reach * (training + sampling) ** 0.5
        return ConfidenceInterval(
            value=value, low=value - half, high=value + half, sampling=sampling**0.5,
            training=training**0.5, dof=dof,
        )  # fmt: skip

    found = {
        "mean": interval(mean, lambda v: v),
        "std": interval(std, lambda v: (v - mean) ** 2 / (2 * max(std, 1e-300))),
    }
    below = _Below.of(drawn, real, paired)
    found |= {name: below.quantile(p, reach, dof) for name, p in _QUANTILES.items()}
    exceedance = []
    for threshold in thresholds:
        beyond = float(weights @ (values > threshold))
        exceedance.append(interval(beyond, _above(threshold)))
    return Estimate(
        statistics=found,
        thresholds=tuple(float(t) for t in thresholds),
        exceedance=tuple(exceedance),
        values=drawn,
        level=level,
    )


def _above(threshold: float) -> Influence:
    return lambda v: 1.0 * (v > threshold)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Below:
    """F_c at all its steps, and the two parts of its variance there, each shape (k,)."""

    steps: Float[np.ndarray, " k"]
    share: Float[np.ndarray, " k"]
    sampling: Float[np.ndarray, " k"]
    training: Float[np.ndarray, " k"]

    @classmethod
    def of(
        cls,
        drawn: Float[np.ndarray, " n"],
        real: Float[np.ndarray, " N"],
        paired: Float[np.ndarray, "N m"],
    ) -> "_Below":
        steps = np.sort(np.concatenate([drawn, real, paired.ravel()]))
        law = np.searchsorted(np.sort(drawn), steps, side="right") / len(drawn)
        bracket = (real[:, None] <= steps).astype(np.float32)
        for column in paired.T:
            bracket -= (column[:, None] <= steps) / np.float32(paired.shape[1])
        return cls(
            steps=steps,
            share=law + bracket.mean(axis=0, dtype=float),
            sampling=law * (1 - law) / len(drawn),
            training=bracket.var(axis=0, ddof=1, dtype=float) / len(real),
        )

    def quantile(self, p: float, reach: float, dof: float) -> ConfidenceInterval:
        """Where F_c, made monotone, is p, and where its own interval ceases to hold p."""
        half = reach * np.sqrt(self.sampling + self.training)
        rising = np.maximum.accumulate(self.share)
        rising = (rising + np.minimum.accumulate(self.share[::-1])[::-1]) / 2
        last = len(self.steps) - 1
        place = min(int(np.searchsorted(rising, p)), last)
        low = self.steps[np.argmax(self.share + half >= p)]
        high = self.steps[last - np.argmax((self.share - half <= p)[::-1])]
        slope = (high - low) / (2 * max(half[place], 1e-300))
        return ConfidenceInterval(
            value=float(self.steps[place]),
            low=float(low),
            high=float(high),
            sampling=float(slope * self.sampling[place] ** 0.5),
            training=float(slope * self.training[place] ** 0.5),
            dof=dof,
        )

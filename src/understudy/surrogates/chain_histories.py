"""The histories of a chain: draws of a learned law, its runs, and draws at the inputs of its runs.

They are coefficients, not displacements, for a linear zone needs no more (`zone_response`). All
zones see the same ones, so that zones differ by what they are. As in `controlled`, a law with
groups left out gives

    drawn    of each replica alike,    paired    at the inputs of each run, by the replica that
    real     the runs themselves,                has not seen it,

and P_c(event) = mean(drawn) + mean(real - paired) has no bias whatever the replicas are.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float

from understudy.surrogates.controlled import controlled_from
from understudy.surrogates.estimation import ConfidenceInterval
from understudy.surrogates.stochastic_boundary import FittedBoundary
from understudy.surrogates.zone_response import weights_of

__all__ = ["ChainHistories", "chain_histories"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ChainHistories:
    """Factors of a law's mean and modes, a row a history: drawn, then real, then paired ones.

    Attributes:
        weights: shape (S, r + 1).
        drawn: how many are draws of the replicas.
        real: how many are runs that the law was learned from.
        level: probability that an interval holds the truth.
    """

    weights: Float[np.ndarray, "S r1"]
    drawn: int
    real: int
    level: float

    def split(
        self, values: Float[np.ndarray, " S"]
    ) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " N"], Float[np.ndarray, "N m"]]:
        """Values of the three kinds."""
        ends = [self.drawn, self.drawn + self.real]
        drawn, real, paired = np.split(values, ends)
        return drawn, real, paired.reshape(self.real, -1)

    def exceedance(self, values: Float[np.ndarray, " S"], threshold: float) -> ConfidenceInterval:
        """Probability of a value above a threshold, with what draws and runs leave open."""
        drawn, real, paired = self.split(values)
        return controlled_from(drawn, real, paired, self.level, [threshold]).exceedance[0]

    def share(self, event: Bool[np.ndarray, " S"]) -> float:
        """Probability of an event, the three kinds put together."""
        drawn, real, paired = self.split(event.astype(float))
        return float(drawn.mean() + real.mean() - paired.mean())

    @property
    def deviation(self) -> Float[np.ndarray, " r1"]:
        """Root mean square of the factors of the runs."""
        own = self.weights[self.drawn : self.drawn + self.real]
        return np.sqrt((own**2).mean(axis=0))


def chain_histories(law: FittedBoundary, draws: int, repeats: int, seed: int) -> ChainHistories:
    """Draw.

    Args:
        law: learned with groups left out.
        draws: of the replicas, together.
        repeats: draws at the inputs of each run.
        seed: of all draws.

    Raises:
        ValueError: a law without replicas, or fewer draws than replicas.
    """
    groups = len(law.replicas)
    if groups < 2 or draws < groups:
        raise ValueError(
            f"law: expected groups left out, and at least a draw of each, got {groups} groups and "
            f"{draws} draws"
        )
    rng = np.random.default_rng(seed)
    each = -(-draws // groups)
    drawn, paired = [], [np.empty(0)] * len(law.rows)
    for g, sampler in enumerate(law.replicas):
        drawn.append(weights_of(law, *law.coefficients(each, rng, None, sampler)))
        own = np.flatnonzero(law.left_out == g)
        known = {name: np.repeat(values[own], repeats) for name, values in law.known.items()}
        made = weights_of(law, *law.coefficients(len(own) * repeats, rng, known, sampler))
        for place, rows in zip(own, made.reshape(len(own), repeats, -1), strict=True):
            paired[place] = rows
    real = weights_of(law, law.rows, law.known)
    return ChainHistories(
        weights=np.concatenate([*drawn, real, *paired]),
        drawn=each * groups, real=len(real), level=law.level,
    )  # fmt: skip

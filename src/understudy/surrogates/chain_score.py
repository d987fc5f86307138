"""A chain against full runs: probabilities, intervals, and what each link got wrong.

At a hole where full runs are known the links are undone one by one, P being the probability of the
same event each time,

    full runs -> zone under the same real histories -> zone under the chain's histories, exact
              -> learned zone, the same histories -> links put right -> certified network,

and what a step changes is the error of its link. The first step, and what the modes lose, are also
factors of the demand that calibration holes show, run by run; with what the learned zone misses on
zones left out they are the links of `failure_probability`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.data.chain import ChainRuns
from understudy.surrogates.chain_demands import Demands
from understudy.surrogates.chain_histories import ChainHistories
from understudy.surrogates.failure_probability import Failure, Link, failure, link_of
from understudy.surrogates.limit_state import RareEvent, counted

__all__ = ["Checked", "Evidence", "calibrated", "check", "common", "demand", "in_band"]

_BAND = (0.05, 0.95)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Demands at one check hole, of one failure.

    Attributes:
        hole: its numbers, shape (3,).
        direct: of full runs, shape (n,).
        conditioned: of the zone under the histories of runs of the same numbers, shape (m,).
        exact: of the zone under the chain's histories, shape (S,).
        learned: of the learned zone under them, shape (S,).
        network: probability by the certified network.
        rival: probability by another method than the chain, by name.
    """

    hole: Float[np.ndarray, " 3"]
    direct: Float[np.ndarray, " n"]
    conditioned: Float[np.ndarray, " m"]
    exact: Float[np.ndarray, " S"]
    learned: Float[np.ndarray, " S"]
    network: float
    rival: Mapping[str, float]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Checked:
    """One check hole.

    Attributes:
        hole: its numbers.
        direct: probability by full runs, with the interval of their number.
        chain: probability by the chain.
        steps: change of the probability by link, in the order of the chain.
        methods: probability by method.
    """

    hole: Float[np.ndarray, " 3"]
    direct: RareEvent
    chain: Failure
    steps: Mapping[str, float]
    methods: Mapping[str, float]

    @property
    def inside(self) -> bool:
        """Whether the interval of the chain holds the direct value."""
        return self.chain.low <= self.direct.probability <= self.chain.high

    @property
    def width(self) -> float:
        """Upper over lower end of the chain's interval."""
        return self.chain.high / max(self.chain.low, 1e-300)


def common(a: ChainRuns, b: ChainRuns) -> tuple[np.ndarray, np.ndarray]:
    """Places of the runs that two sets share, by number."""
    _, left, right = np.intersect1d(a.numbers, b.numbers, return_indices=True)
    return left, right


def calibrated(
    direct: Sequence[Float[np.ndarray, " _"]], modes: Sequence[Float[np.ndarray, " _"]]
) -> Link:
    """What impedance condition and modes do to demands of the same runs at calibration holes.

    Raises:
        ValueError: fewer than two holes.
    """
    return link_of([np.log(d / m) for d, m in zip(direct, modes, strict=True)])


def check(
    histories: ChainHistories,
    evidence: Evidence,
    limit: float,
    links: Mapping[str, Link],
    more: Mapping[str, tuple[float, float]],
    identified: Float[np.ndarray, " S"] | None = None,
) -> Checked:
    """Undo the links at one hole.

    Args:
        histories: of the chain.
        evidence: demands at the hole.
        limit: of the demand.
        links: factors by name.
        more: further standard errors of the probability, see `failure`.
        identified: demands by the equation that was identified, where there is one.
    """
    direct = counted(evidence.direct > limit, histories.level)
    conditioned = float((evidence.conditioned > limit).mean())
    exact = histories.share(evidence.exact > limit)
    learned = histories.share(evidence.learned > limit)
    last = evidence.learned if identified is None else identified
    chain = failure(histories, last, limit, links, more)
    steps = {
        "condition": conditioned - direct.probability,
        "law": exact - conditioned,
        "zone": learned - exact,
    }
    if identified is not None:
        steps["equation"] = histories.share(identified > limit) - learned
    steps["calibration"] = chain.probability - histories.share(last > limit)
    steps["network"] = evidence.network - chain.probability
    biased = limit * float(np.exp(-sum(link.bias for link in links.values())))
    drawn, real, _ = histories.split((last > biased).astype(float))
    return Checked(
        hole=evidence.hole,
        direct=direct,
        chain=chain,
        steps=steps,
        methods={
            "chain": chain.probability,
            "network": evidence.network,
            "baseline_law_alone": float(drawn.mean()),
            "baseline_replay": float(real.mean()),
            **evidence.rival,
        },
    )


def in_band(checked: Sequence[Checked], wanted: int) -> list[Checked]:
    """The first holes whose direct probability lies in [0.05, 0.95]."""
    inside = [c for c in checked if _BAND[0] <= c.direct.probability <= _BAND[1]]
    return inside[:wanted]


def demand(zone: Demands, event: str) -> Float[np.ndarray, " S"]:
    """Demands that an event is about: "stress" or "equipment"."""
    return zone.peak if event == "stress" else zone.swing

"""What all later stages of a chain begin with: its histories, and the links of both failures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.data.chain import ChainRuns
from understudy.surrogates.chain_demands import Demands
from understudy.surrogates.chain_histories import ChainHistories
from understudy.surrogates.chain_responses import ChainResponses, LeftOut
from understudy.surrogates.chain_score import calibrated, common
from understudy.surrogates.equipment import Equipment, swing
from understudy.surrogates.failure_probability import Link, link_of

__all__ = ["EVENTS", "Links", "equation_error", "links_of", "simulated"]

EVENTS = ("stress", "equipment")
"""The failures that a chain tells the probabilities of."""
_HISTORIES = 200
"""Runs whose equipment is marched to see what a learned zone gets wrong."""


@final
@dataclass(frozen=True, kw_only=True)
class Links:
    """Links by name, for each failure; and the shares of the first of them, for the report.

    Attributes:
        by_event: links of `failure_probability` by event and name.
        condition: that part of the link "condition" which is not due to modes, by event.
    """

    by_event: Mapping[str, Mapping[str, Link]]
    condition: Mapping[str, Link]


def simulated(
    runs: ChainRuns, equipment: Equipment, rows: np.ndarray | None = None
) -> Float[np.ndarray, " n"]:
    """Greatest motion of the equipment, by the simulated equation, in m."""
    motion = runs.motion if rows is None else runs.motion[rows]
    return swing(equipment.equation, np.zeros(0), equipment, runs.times, motion)


def links_of(
    histories: ChainHistories,
    left: LeftOut,
    responses: ChainResponses,
    conditions: Sequence[ChainRuns],
    direct: Sequence[ChainRuns],
    equipment: Equipment,
) -> Links:
    """What zones left out of learning, and full runs at calibration holes, show.

    Args:
        histories: of the chain; their real ones are runs 0, 1, ... of the calibration.
        left: of the learned zone.
        responses: exact ones, of calibration holes first.
        conditions: of calibration holes under real histories.
        direct: full runs there, of the same numbers.
        equipment: on a node of the edge.

    Raises:
        ValueError: fewer than two calibration holes, or no runs in common.
    """
    real = slice(histories.drawn, histories.drawn + histories.real)
    some = slice(histories.drawn, histories.drawn + min(histories.real, _HISTORIES))
    times = conditions[0].times
    zone = {
        "stress": link_of(list(left.peak[:, real])),
        "equipment": link_of(
            [
                np.log(
                    _swing(truth, histories.weights[some], equipment, times)
                    / _swing(said, histories.weights[some], equipment, times)
                )
                for truth, said in zip(left.truth, left.motion, strict=True)
            ]
        ),
    }
    full: dict[str, list[np.ndarray]] = {event: [] for event in EVENTS}
    modes: dict[str, list[np.ndarray]] = {event: [] for event in EVENTS}
    alone: dict[str, list[np.ndarray]] = {event: [] for event in EVENTS}
    for i, (own, runs) in enumerate(zip(conditions, direct, strict=True)):
        here, there = common(own, runs)
        here, there = here[here < histories.real], there[here < histories.real]
        if not len(here):
            raise ValueError(f"hole {i}: expected full runs of numbers that the law has, got none")
        weights = histories.weights[histories.drawn + here]
        full["stress"].append(runs.peak[there])
        alone["stress"].append(own.peak[here])
        modes["stress"].append(responses.peak[i, histories.drawn + here])
        full["equipment"].append(simulated(runs, equipment, there))
        alone["equipment"].append(simulated(own, equipment, here))
        motion = responses.samples.motion[i]
        modes["equipment"].append(_swing(motion, weights, equipment, times))
    return Links(
        by_event={
            event: {"zone": zone[event], "condition": calibrated(full[event], modes[event])}
            for event in EVENTS
        },
        condition={event: calibrated(full[event], alone[event]) for event in EVENTS},
    )


def _swing(
    motion: Float[np.ndarray, "t 2 b"],
    weights: Float[np.ndarray, "n b"],
    equipment: Equipment,
    times: Float[np.ndarray, " t"],
) -> Float[np.ndarray, " n"]:
    rows = np.einsum("tdr,nr->ntd", motion, weights)
    return swing(equipment.equation, np.zeros(0), equipment, times, rows)


def equation_error(zone: Demands) -> Mapping[str, tuple[float, float]]:
    """What the numbers of the identified equation leave open: an error of the probability."""
    count = len(zone.posterior)
    return {"equation": (float(zone.posterior.std(ddof=1)), float(count - 1))}

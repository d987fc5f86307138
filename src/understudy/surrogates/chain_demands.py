"""What a chain's histories ask of learned zones and of the equipment on them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float

from understudy.data import tree
from understudy.mesh import Mesh
from understudy.surrogates.chain_histories import ChainHistories
from understudy.surrogates.chain_responses import ChainModel
from understudy.surrogates.equipment import Equipment, Identified, swing
from understudy.surrogates.zone_response import demand_of

__all__ = ["ChainDemands", "Demands", "demands_of", "load_demands", "save_demands", "swings_of"]

_KIND, _VERSION = "understudy-chain-demands", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Demands:
    """Demands of one zone.

    Attributes:
        peak: greatest von Mises stress, in Pa, shape (S,).
        swing: greatest motion of the equipment, by the identified equation, in m, shape (S,).
        swing_simulated: by the simulated equation, in m, shape (S,).
        posterior: probability that it passes its limit, by each draw of the numbers, shape (c,).
    """

    peak: Float[np.ndarray, " S"]
    swing: Float[np.ndarray, " S"]
    swing_simulated: Float[np.ndarray, " S"]
    posterior: Float[np.ndarray, " c"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ChainDemands:
    """Demands of several zones.

    Attributes:
        holes: their numbers, the first in m, shape (G, 3).
        shapes: coefficients of their coordinate fields, shape (G, s).
        zones: in the same order.
        seconds: CPU time of each, shape (G,).
    """

    holes: Float[np.ndarray, "G 3"]
    shapes: Float[np.ndarray, "G s"]
    zones: tuple[Demands, ...]
    seconds: Float[np.ndarray, " G"]


def demands_of(
    model: ChainModel,
    mesh: Mesh,
    histories: ChainHistories,
    times: Float[np.ndarray, " t"],
    equipment: Equipment,
    identified: Identified,
    numbers: Float[np.ndarray, "c k"],
) -> tuple[Demands, Float[np.ndarray, " s"], float]:
    """Demands of a zone that only its mesh tells of, its shape, and the CPU time.

    Args:
        model: of the zone.
        mesh: with its hole.
        histories: of the chain.
        times: of a history, in s.
        equipment: on a node of its edge.
        identified: equation of the equipment.
        numbers: draws of the posterior of its numbers.

    Raises:
        ValueError: a mesh that cannot be mapped.
    """
    clock = time.process_time()
    coordinates = model.carrier.coordinates(mesh)
    found = model.zone.predict(coordinates)
    kept = model.carrier.seen(coordinates)
    asked = demand_of(found.stress[kept], found.motion, histories.weights)
    swings, simulated, posterior = swings_of(
        asked.motion, histories, times, equipment, identified, numbers
    )
    shape = model.zone.shape.encode(coordinates.reshape(1, -1))[0]
    demands = Demands(
        peak=asked.peak, swing=swings, swing_simulated=simulated, posterior=posterior
    )
    return demands, shape, time.process_time() - clock


def swings_of(
    motion: Float[np.ndarray, "S t 2"],
    histories: ChainHistories,
    times: Float[np.ndarray, " t"],
    equipment: Equipment,
    identified: Identified,
    numbers: Float[np.ndarray, "c k"],
) -> tuple[Float[np.ndarray, " S"], Float[np.ndarray, " S"], Float[np.ndarray, " c"]]:
    """Greatest motions by the identified and the simulated equation, in m, and the posterior.

    The posterior's probabilities are those of the histories that were drawn, without correction.
    """
    equation = identified.equation
    own = swing(equation, identified.values, equipment, times, motion)
    simulated = swing(equipment.equation, np.zeros(0), equipment, times, motion)
    drawn = motion[: histories.drawn]
    posterior = [
        float((swing(equation, row, equipment, times, drawn) > equipment.limit).mean())
        for row in numbers
    ]
    return own, simulated, np.array(posterior)


def save_demands(path: Path, demands: ChainDemands, origin: Mapping[str, Any]) -> None:
    """Write demands."""
    tree.save(path, _KIND, _VERSION, demands, origin)


def load_demands(path: Path) -> ChainDemands:
    """Read demands.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _KIND, _VERSION, ChainDemands)[0]

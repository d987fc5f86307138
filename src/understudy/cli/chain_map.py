"""Stage: the map of failure probability over holes, as certified networks."""

import sys
from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin, progress
from understudy.data.chain import load_runs
from understudy.data.hole_family import HoleFamily
from understudy.surrogates.boundary_model import load_boundary
from understudy.surrogates.chain_context import EVENTS, equation_error, links_of
from understudy.surrogates.chain_demands import load_demands
from understudy.surrogates.chain_histories import chain_histories
from understudy.surrogates.chain_network import ChainMaps, fit_map, save_maps
from understudy.surrogates.chain_responses import load_chain, load_responses
from understudy.surrogates.chain_score import demand
from understudy.surrogates.equipment import Equipment
from understudy.surrogates.failure_probability import failure
from understudy.surrogates.quantity_of_interest import QuantityOfInterest

__all__ = ["main", "run"]


def run(
    law: Path,
    model: Path,
    demands: Path,
    responses: Path,
    conditions: Path,
    direct: tuple[Path, ...],
    equipment: Equipment,
    family: HoleFamily,
    spec: QuantityOfInterest,
    limit: float,
    draws: int,
    repeats: int,
    seed: int,
    out: Path,
) -> None:
    """Learn both maps.

    Args:
        law: HDF5 file of boundary-fit.
        model: HDF5 file of chain-fit.
        demands: HDF5 file of chain-evaluate, at the design of the map.
        responses: HDF5 file of chain-responses, of the check holes, calibration holes first.
        conditions: HDF5 file of chain-conditions.
        direct: HDF5 files of chain-direct, at the calibration holes.
        equipment: on a node of the edge.
        family: box of holes.
        spec: of the networks.
        limit: of the stress, in Pa.
        draws: histories that the law draws.
        repeats: draws at the inputs of each of its runs.
        seed: of all draws.
        out: HDF5 file to write.
    """
    histories = chain_histories(load_boundary(law).law, draws, repeats, seed)
    runs = [load_runs(path)[0] for path in direct]
    links = links_of(
        histories, load_chain(model).left_out, load_responses(responses),
        load_runs(conditions)[: len(runs)], runs, equipment,
    )  # fmt: skip
    found, limits = load_demands(demands), {"stress": limit, "equipment": equipment.limit}
    maps, show = {}, progress("maps")
    for event in EVENTS:
        failures = [
            failure(
                histories, demand(zone, event), limits[event], links.by_event[event],
                equation_error(zone) if event == "equipment" else None,
            )
            for zone in found.zones
        ]  # fmt: skip
        maps[event] = fit_map(spec, family, found.holes, failures, f"log odds of {event}")
        show(len(maps), len(EVENTS))
    save_maps(out, ChainMaps(by_event=maps), origin("understudy.cli.chain_map", seed=seed))
    sys.stdout.write(
        "".join(
            f"{event}: probability {found.probability(found.least[None])[0]:.3f} to "
            f"{found.probability(found.greatest[None])[0]:.3f}\n"
            for event, found in maps.items()
        )
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-map")

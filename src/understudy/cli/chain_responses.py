"""Stage: what each mode of a law does in zones with other holes, carried to one reference."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin, progress
from understudy.data.chain import load_zones
from understudy.data.nodal_stress import nodal_stress
from understudy.data.zone import edge_node, load_zone
from understudy.surrogates.boundary_model import load_boundary
from understudy.surrogates.chain_histories import chain_histories
from understudy.surrogates.chain_responses import ChainResponses, save_responses
from understudy.surrogates.morpher import Morpher
from understudy.surrogates.zone_mmgp import Carrier, ZoneSamples
from understudy.surrogates.zone_response import demand_of, modes_of, respond

__all__ = ["main", "run"]


def run(
    law: Path,
    zone: Path,
    zones: Path,
    morphing: Morpher,
    refinements: int,
    node: tuple[float, float],
    draws: int,
    repeats: int,
    seed: int,
    out: Path,
) -> None:
    """March all modes through all zones.

    Args:
        law: HDF5 file of boundary-fit, with groups left out.
        zone: HDF5 file of the zone that histories were recorded around.
        zones: HDF5 file of chain-zones.
        morphing: maps meshes to that of the zone.
        refinements: how often the triangles of the reference are cut into four.
        node: where the equipment stands, in m.
        draws: histories that the law draws.
        repeats: draws at the inputs of each of its runs.
        seed: of the draws.
        out: HDF5 file to write.
    """
    model, nominal, others = load_boundary(law).law, load_zone(zone), load_zones(zones)
    histories, modes = chain_histories(model, draws, repeats, seed), modes_of(model)
    carrier, carried = Carrier.of(nominal, morphing, refinements), edge_node(nominal, node)
    coordinates, stress, motion, peaks, seconds = [], [], [], [], []
    show = progress("responses")
    for own in others.zones:
        clock = time.process_time()
        found = respond(nominal, own, modes, carried)
        seen = found.stress[nodal_stress(own).nodes]
        peaks.append(demand_of(seen, found.motion, histories.weights).peak)
        where, there = carrier.carry(own.mesh, found)
        coordinates.append(where)
        stress.append(there)
        motion.append(found.motion)
        seconds.append(time.process_time() - clock)
        show(len(peaks), len(others.zones))
    save_responses(
        out,
        ChainResponses(
            carrier=carrier,
            holes=others.holes,
            samples=ZoneSamples(
                coordinates=np.array(coordinates), stress=np.array(stress),
                motion=np.array(motion), deviation=histories.deviation,
            ),
            peak=np.array(peaks),
            seconds=np.array(seconds),
        ),
        origin("understudy.cli.chain_responses", seed=seed),
    )  # fmt: skip
    sys.stdout.write(f"{out}: {len(modes)} modes in {len(peaks)} zones\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-responses")

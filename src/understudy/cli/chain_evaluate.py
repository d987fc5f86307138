"""Stage: what the histories of a law ask of zones that only their meshes tell of."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin, progress
from understudy.cli.chain_equipment import load_identified
from understudy.data.chain import load_zones
from understudy.surrogates.boundary_model import load_boundary
from understudy.surrogates.chain_demands import ChainDemands, demands_of, save_demands
from understudy.surrogates.chain_histories import chain_histories
from understudy.surrogates.chain_responses import load_chain
from understudy.surrogates.equipment import Equipment

__all__ = ["main", "run"]


def run(
    law: Path,
    model: Path,
    zones: Path,
    equipment: Equipment,
    identified: Path,
    draws: int,
    repeats: int,
    posterior: int,
    seed: int,
    out: Path,
) -> None:
    """Evaluate the chain.

    Args:
        law: HDF5 file of boundary-fit, with groups left out.
        model: HDF5 file of chain-fit.
        zones: HDF5 file of chain-zones; their meshes alone are used.
        equipment: its scales, place and limit.
        identified: HDF5 file of chain-equipment.
        draws: histories that the law draws.
        repeats: draws at the inputs of each of its runs.
        posterior: draws of the numbers of the equation.
        seed: of all draws.
        out: HDF5 file to write.
    """
    learned, others = load_chain(model), load_zones(zones)
    boundary, found = load_boundary(law), load_identified(identified)
    histories = chain_histories(boundary.law, draws, repeats, seed)
    numbers = found.draws(posterior, np.random.default_rng([seed, 1]))
    made, shapes, seconds = [], [], []
    show = progress("zones")
    for zone in others.zones:
        demands, shape, spent = demands_of(
            learned, zone.mesh, histories, boundary.times, equipment, found, numbers
        )
        made.append(demands)
        shapes.append(shape)
        seconds.append(spent)
        show(len(made), len(others.zones))
    save_demands(
        out,
        ChainDemands(
            holes=others.holes, shapes=np.array(shapes), zones=tuple(made),
            seconds=np.array(seconds),
        ),
        origin("understudy.cli.chain_evaluate", seed=seed),
    )  # fmt: skip
    sys.stdout.write(f"{out}: {len(histories.weights)} histories in {len(made)} zones\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-evaluate")

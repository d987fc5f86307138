"""Stage: zones with other holes, each on a mesh of its own."""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from understudy.cli.arguments import call, origin, progress
from understudy.data import tree
from understudy.data.chain import ZoneSet, save_zones
from understudy.data.hole_family import HoleFamily, axes_of
from understudy.fem.impact_plate import ImpactPlate
from understudy.fem.zone import Hole

__all__ = ["hole_of", "main", "run"]


def run(settings: str, family: HoleFamily, count: int, seed: int, out: Path) -> None:
    """Cut zones out of plates.

    Args:
        settings: of the plate as JSON; its hole is replaced.
        family: box of holes.
        count: how many.
        seed: of the Sobol sequence that chooses them.
        out: HDF5 file to write.
    """
    spec = tree.build(ImpactPlate, json.loads(settings), "impact_plate")
    holes, zones, seconds = family.draw(count, seed), [], []
    show = progress("zones")
    for hole in holes:
        clock = time.perf_counter()
        zones.append(replace(spec, hole=hole_of(hole)).prepare().zone())
        seconds.append(time.perf_counter() - clock)
        show(len(zones), count)
    found = ZoneSet(holes=holes, zones=tuple(zones), seconds=np.array(seconds))
    save_zones(out, found, origin("understudy.cli.chain_zones", seed=seed))
    sys.stdout.write(f"{out}: {count} zones\n")


def hole_of(numbers: Float[np.ndarray, " 3"]) -> Hole:
    """The ellipse of three numbers."""
    length, width, angle = axes_of(numbers)
    return Hole(half_length=length, half_width=width, angle=angle)


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-zones")

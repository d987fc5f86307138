"""Stage: zones with other holes under the histories of real runs, by domain reduction.

Beside full runs of the same numbers they say what the impedance-corrected condition alone gets
wrong, and what modes lose.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin, progress
from understudy.cli.boundary_data import read_runs
from understudy.data.chain import ChainRuns, load_zones, save_runs
from understudy.data.histories import Histories
from understudy.data.nodal_stress import greatest_over, nodal_stress
from understudy.data.zone import Zone, edge_node, load_zone
from understudy.surrogates.zone_response import respond

__all__ = ["main", "run"]

_BLOCK = 32


def run(
    zone: Path,
    zones: Path,
    training: tuple[Path, ...],
    unseen: tuple[Path, ...],
    calibration: int,
    runs: int,
    node: tuple[float, float],
    out: Path,
) -> None:
    """March zones under real histories.

    Args:
        zone: HDF5 file of the zone that they were recorded around.
        zones: HDF5 file of chain-zones.
        training: histories that the law was learned from, for the first `calibration` zones.
        unseen: others, for the zones after these and for the zone itself, which comes last.
        calibration: how many zones see the former.
        runs: how many histories, the first ones.
        node: where the equipment stands, in m.
        out: HDF5 file to write.
    """
    nominal, others = load_zone(zone), load_zones(zones)
    known, new = (read_runs(paths, nominal, runs) for paths in (training, unseen))
    show, found = progress("zones"), []
    for i, own in enumerate(others.zones):
        own_runs = known if i < calibration else new
        found.append(_under(nominal, own, own_runs, others.holes[i], node))
        show(i + 1, len(others.zones) + 1)
    found.append(_under(nominal, nominal, new, np.zeros(3), node))
    show(len(found), len(found))
    save_runs(out, tuple(found), origin("understudy.cli.chain_conditions"))
    sys.stdout.write(f"{out}: {len(found)} zones under {runs} histories\n")


def _under(
    nominal: Zone, own: Zone, runs: Histories, hole: np.ndarray, node: tuple[float, float]
) -> ChainRuns:
    """What real histories ask of a zone."""
    kept, place = nodal_stress(own).nodes, edge_node(nominal, node)
    peaks, motions, clock = [], [], time.process_time()
    for first in range(0, len(runs.numbers), _BLOCK):
        part = runs.displacement[first : first + _BLOCK]
        made = respond(nominal, own, part, place)
        peaks.append(greatest_over(made.stress[kept]))
        motions.append(np.moveaxis(made.motion, -1, 0))
    seconds = (time.process_time() - clock) / len(runs.numbers)
    return ChainRuns(
        hole=hole, numbers=runs.numbers, peak=np.concatenate(peaks),
        motion=np.concatenate(motions), times=nominal.times,
        seconds=np.full(len(runs.numbers), seconds), errors={},
    )  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-conditions")

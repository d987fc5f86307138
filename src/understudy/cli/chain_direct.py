"""Stage: full runs of one plate with another hole, what a chain is checked against."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin, progress
from understudy.cli.chain_zones import hole_of
from understudy.data import tree
from understudy.data.chain import ChainRuns, save_runs
from understudy.data.hole_family import HoleFamily
from understudy.data.nodal_stress import nodal_stress
from understudy.data.zone import edge_node
from understudy.fem.adapter import ConvergenceError
from understudy.fem.impact_plate import ImpactPlate

__all__ = ["main", "run"]


def run(
    settings: str,
    family: HoleFamily,
    count: int,
    seed: int,
    place: int,
    node: tuple[float, float],
    run_seed: int,
    first: int,
    runs: int,
    out: Path,
) -> None:
    """Run impacts `first` to `first + runs - 1` on one plate.

    Args:
        settings: of the plate as JSON; its hole is replaced.
        family: box of holes.
        count: holes that are drawn.
        seed: of the Sobol sequence that draws them.
        place: of the hole among them.
        node: where the equipment stands, in m.
        run_seed: of the data set of impacts; it and the number of a run decide the run.
        first: number of the first run.
        runs: how many.
        out: HDF5 file to write.
    """
    spec = tree.build(ImpactPlate, json.loads(settings), "impact_plate")
    if not 0 <= place < count:
        raise ValueError(f"place: expected 0 to {count - 1}, got {place}")
    hole = family.draw(count, seed)[place]
    model = replace(spec, hole=hole_of(hole)).prepare()
    zone, nodes = model.zone(), model.zone_nodes
    look, carrier = nodal_stress(zone), zone.edge[edge_node(zone, node)]
    found: dict[int, tuple[float, np.ndarray, float]] = {}
    errors: dict[str, str] = {}
    show = progress(f"hole {place}")
    for done, number in enumerate(range(first, first + runs), start=1):
        try:
            made = model.run(run_seed, number, nodes)
            peak = float(look.peak(made.displacement[..., None])[0])
            found[number] = (peak, made.displacement[:, carrier], made.seconds)
        except (ConvergenceError, FloatingPointError) as reason:
            errors[str(number)] = f"{type(reason).__name__}: {reason}"
        show(done, runs)
    peaks, motions, seconds = zip(*found.values(), strict=True) if found else ((), (), ())
    save_runs(
        out,
        (
            ChainRuns(
                hole=hole,
                numbers=np.array(list(found), dtype=np.int64),
                peak=np.array(peaks, dtype=float),
                motion=np.array(motions, dtype=float).reshape(len(found), len(model.times), 2),
                times=model.times,
                seconds=np.array(seconds, dtype=float),
                errors=errors,
            ),
        ),
        origin("understudy.cli.chain_direct", seed=run_seed),
    )
    sys.stdout.write(f"{out}: {len(found)} runs, {len(errors)} failed\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-direct")

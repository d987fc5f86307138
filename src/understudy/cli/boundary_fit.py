"""Learn the law of the histories on a zone's edge, from runs of the pipeline or of any program."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call, origin, progress
from understudy.cli.boundary_data import first_runs, held_out, read_runs
from understudy.data.histories import Histories
from understudy.data.history_folder import read_histories
from understudy.data.zone import Zone, load_zone
from understudy.generative import WGANGP
from understudy.surrogates.boundary_learning import Learner
from understudy.surrogates.boundary_model import BoundaryModel, save_boundary
from understudy.surrogates.boundary_recipe import BoundaryRecipe, Method
from understudy.surrogates.response_features import PeakFeatures
from understudy.surrogates.stochastic_boundary import FittedBoundary

__all__ = ["main", "run"]

_RECIPE = BoundaryRecipe(method=Method(wgan_gp=WGANGP()), features=PeakFeatures())


def run(
    histories: Positional[tuple[Path, ...]],
    /,
    out: Path,
    zone: Path | None = None,
    spec: BoundaryRecipe = _RECIPE,
    validation: tuple[Path, ...] = (),
    changed: tuple[Path, ...] = (),
    first: int = 0,
    seed: int | None = None,
    checkpoint: Path | None = None,
) -> None:
    """Learn a law and write it.

    Args:
        histories: HDF5 files of runs, or folders of CSV files.
        out: HDF5 file to write.
        zone: HDF5 file of the zone whose edge they are on; None: histories are measured by their
            own motion (plain POD), for a zone that another program runs.
        spec: settings of the law.
        validation: runs of the same kind that a network is judged by, and does not learn from.
        changed: HDF5 files of changed zones, for coordinates that mix them.
        first: learn from this many runs, the first ones; 0: from all.
        seed: instead of the generator's own.
        checkpoint: file that an interrupted training goes on from.
    """
    if zone is None:
        law, runs = _without_zone(histories, spec, first, seed, checkpoint)
    else:
        law, runs = _with_zone(
            histories, load_zone(zone), spec, validation, changed, first, seed, checkpoint
        )
    size = len(runs.numbers)
    found = BoundaryModel(
        law=law, name=runs.name, units=runs.units, times=runs.times, nodes=runs.nodes, size=size
    )
    save_boundary(out, found, origin("understudy.cli.boundary_fit", seed=seed, runs=size))
    sys.stdout.write(f"{out}: learned from {size} runs\n")


def _without_zone(
    histories: Sequence[Path],
    spec: BoundaryRecipe,
    first: int,
    seed: int | None,
    checkpoint: Path | None,
) -> tuple[FittedBoundary, Histories]:
    """The law of histories in plain POD."""
    plain = replace(
        spec, coordinates=replace(spec.coordinates, cells=0, mixed=False), features=None
    )
    if spec not in (_RECIPE, plain):
        raise ValueError("zone: expected one, for coordinates or features that measure stress")
    runs = first_runs(read_histories(histories), first)
    _check_rank(plain, runs)
    learner = Learner(
        times=len(runs.times),
        refit=plain.refit,
        checkpoint=checkpoint,
        progress=progress("train"),
    )
    x = runs.displacement
    law = plain.seeded(seed).boundary.fit(x, x.reshape(len(x), -1), runs.inputs, learn=learner)
    return law, runs


def _with_zone(
    histories: Sequence[Path],
    zone: Zone,
    spec: BoundaryRecipe,
    validation: Sequence[Path],
    changed: Sequence[Path],
    first: int,
    seed: int | None,
    checkpoint: Path | None,
) -> tuple[FittedBoundary, Histories]:
    """The law of histories by what they do in the zone."""
    others = [load_zone(path) for path in changed]
    runs = read_runs(histories, zone, first)
    _check_rank(spec, runs)
    judges = None
    if validation and spec.coordinates.cells:
        judges = held_out(spec, zone, runs, read_runs(validation, zone), others)
    learner = Learner(
        features=spec.features,
        times=len(zone.times),
        refit=spec.refit,
        held_out=judges,
        checkpoint=checkpoint,
        progress=progress("train"),
    )
    triangles = spec.coordinates.triangles(zone, runs)
    responses = spec.coordinates.responses(zone, runs, triangles, others)
    law = spec.seeded(seed).boundary.fit(runs.displacement, responses, runs.inputs, learn=learner)
    return law, runs


def _check_rank(spec: BoundaryRecipe, runs: Histories) -> None:
    size, rank = len(runs.numbers), spec.coordinates.rank
    if rank >= size:
        raise ValueError(f"rank: expected less than the {size} runs, got {rank}")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-fit")

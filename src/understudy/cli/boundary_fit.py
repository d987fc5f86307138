"""Learn the law of the histories on a zone's edge, from runs of the pipeline or of any program."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call, origin, progress
from understudy.cli.boundary_data import held_out, read_runs
from understudy.data.zone import load_zone
from understudy.generative import WGANGP
from understudy.surrogates.boundary_learning import Learner
from understudy.surrogates.boundary_model import BoundaryModel, save_boundary
from understudy.surrogates.boundary_recipe import BoundaryRecipe, Method
from understudy.surrogates.response_features import PeakFeatures

__all__ = ["main", "run"]

_RECIPE = BoundaryRecipe(method=Method(wgan_gp=WGANGP()), features=PeakFeatures())


def run(
    histories: Positional[tuple[Path, ...]],
    /,
    zone: Path,
    out: Path,
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
        zone: HDF5 file of the zone whose edge they are on.
        out: HDF5 file to write.
        spec: settings of the law.
        validation: runs of the same kind that a network is judged by, and does not learn from.
        changed: HDF5 files of changed zones, for coordinates that mix them.
        first: learn from this many runs, the first ones; 0: from all.
        seed: instead of the generator's own.
        checkpoint: file that an interrupted training goes on from.
    """
    model, others = load_zone(zone), [load_zone(path) for path in changed]
    runs = read_runs(histories, model, first)
    size, rank = len(runs.numbers), spec.coordinates.rank
    if rank >= size:
        raise ValueError(f"rank: expected less than the {size} runs, got {rank}")
    judges = None
    if validation and spec.coordinates.cells:
        judges = held_out(spec, model, runs, read_runs(validation, model), others)
    learner = Learner(
        features=spec.features,
        times=len(model.times),
        refit=spec.refit,
        held_out=judges,
        checkpoint=checkpoint,
        progress=progress("train"),
    )
    triangles = spec.coordinates.triangles(model, runs)
    responses = spec.coordinates.responses(model, runs, triangles, others)
    law = spec.seeded(seed).boundary.fit(runs.displacement, responses, runs.inputs, learn=learner)
    found = BoundaryModel(
        law=law, name=runs.name, units=runs.units, times=runs.times, nodes=runs.nodes, size=size
    )
    save_boundary(out, found, origin("understudy.cli.boundary_fit", seed=seed, runs=size))
    sys.stdout.write(f"{out}: learned from {size} runs\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-fit")

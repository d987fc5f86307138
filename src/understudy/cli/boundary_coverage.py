"""Stage: small studies again and again: does the interval of an estimate hold the truth?"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call, origin, progress
from understudy.cli.boundary_data import chosen, read_runs
from understudy.data.zone import load_zone
from understudy.files import write_json
from understudy.surrogates.boundary_learning import Learner
from understudy.surrogates.boundary_recipe import BoundaryRecipe
from understudy.surrogates.boundary_studies import compare_intervals
from understudy.surrogates.submodel import Held

__all__ = ["main", "run"]


def run(
    histories: Positional[tuple[Path, ...]],
    /,
    zone: Path,
    spec: BoundaryRecipe,
    size: int,
    first: int,
    count: int,
    draws: int,
    out: Path,
) -> None:
    """Learn from `count` disjoint sets of runs and estimate from each.

    Args:
        histories: HDF5 files of runs.
        zone: HDF5 file of the zone.
        spec: settings of the law.
        size: runs in a set.
        first: number of the first set.
        count: sets.
        draws: of each estimate.
        out: JSON file to write.
    """
    model = load_zone(zone)
    runs, show = read_runs(histories, model), progress("sets")
    rows = []
    for k in range(first, first + count):
        if (k + 1) * size > len(runs.numbers):
            raise ValueError(f"set {k}: expected {size} runs, got {len(runs.numbers)} in all")
        part = chosen(runs, slice(k * size, (k + 1) * size))
        triangles = spec.coordinates.triangles(model, part)
        responses = spec.coordinates.responses(model, part, triangles)
        learner = Learner(features=spec.features, times=len(model.times), refit=spec.refit)
        law = spec.seeded(k).boundary.fit(part.displacement, responses, part.inputs, learn=learner)
        found = compare_intervals(law, Held(zone=model), part, draws, k)
        rows.append(
            {
                method: {name: asdict(i) for name, i in estimate.statistics.items()}
                for method, estimate in found.items()
            }
            | {"set": k}
        )
        show(k - first + 1, count)
    write_json(out, {"sets": rows, "origin": origin("understudy.cli.boundary_coverage")})


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-coverage")

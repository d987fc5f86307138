"""Stage: a law at inputs that were left out of its training."""

from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.cli.boundary_data import chosen, held_out, read_runs, read_stresses
from understudy.data.zone import load_zone
from understudy.files import write_json
from understudy.surrogates.boundary_learning import Learner
from understudy.surrogates.boundary_recipe import BoundaryRecipe
from understudy.surrogates.boundary_studies import Box, left_out_scores
from understudy.surrogates.submodel import Held

__all__ = ["main", "run"]


def run(
    histories: Positional[tuple[Path, ...]],
    /,
    zone: Path,
    spec: BoundaryRecipe,
    box: Box,
    validation: tuple[Path, ...],
    reference: tuple[Path, ...],
    first: int,
    tests: int,
    seed: int,
    prefix: str,
    out: Path,
) -> None:
    """Learn without the runs in a box of inputs; score inside and outside of it.

    Args:
        histories: HDF5 files of runs to learn from.
        zone: HDF5 file of the zone.
        spec: settings of the law.
        box: inputs that are left out.
        validation: runs that the network is judged by; those in the box are left out too.
        reference: full runs to score by.
        first: how many runs there are before some are left out.
        tests: most full runs to score by, inside and outside.
        seed: of the network and the draws.
        prefix: start of every name.
        out: JSON file to write.
    """
    model = load_zone(zone)
    runs, judges = read_runs(histories, model, first), read_runs(validation, model)
    runs, judges = (chosen(r, ~box.holds(r.inputs)) for r in (runs, judges))
    full = read_stresses(reference)
    inside = box.holds(full.inputs)
    sets = {"left_out": chosen(full, inside), "trained": chosen(full, ~inside)}
    learner = Learner(
        features=spec.features,
        times=len(model.times),
        refit=spec.refit,
        held_out=held_out(spec, model, runs, judges),
    )
    responses = spec.coordinates.responses(model, runs, spec.coordinates.triangles(model, runs))
    law = spec.seeded(seed).boundary.fit(runs.displacement, responses, runs.inputs, learn=learner)
    few = {name: chosen(part, slice(0, tests)) for name, part in sets.items()}
    found = left_out_scores(law, Held(zone=model), runs, few, sorted(box.ranges), seed)
    found["runs.learned_from"] = len(runs.numbers)
    found |= {f"runs.{name}": len(part.numbers) for name, part in few.items()}
    for method in ("wgan_gp", "wgan_gp_moved"):
        for key in ("w1", "w1_at_unit_load"):
            if f"{method}.left_out.{key}" in found:
                ends = (found[f"{method}.{name}.{key}"] for name in ("left_out", "trained"))
                found[f"{method}.left_out.{key}_ratio_trained"] = next(ends) / next(ends)
    write_json(out, {f"{prefix}.{name}": value for name, value in found.items()})


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-conditional")

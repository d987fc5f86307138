"""Stage: a law at inputs that were left out of its training."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.cli.boundary_data import chosen, held_out, read_runs, read_stresses
from understudy.data.histories import Histories
from understudy.data.zone import Zone, load_zone
from understudy.files import write_json
from understudy.surrogates.boundary_learning import Learner
from understudy.surrogates.boundary_recipe import BoundaryRecipe
from understudy.surrogates.boundary_studies import Box, left_out_scores
from understudy.surrogates.stochastic_boundary import FittedBoundary
from understudy.surrogates.submodel import Held

__all__ = ["Boxes", "main", "run"]


@final
@dataclass(frozen=True, kw_only=True)
class Boxes:
    """Ranges of inputs.

    Attributes:
        by_name: each box by the name that results carry.
    """

    by_name: dict[str, Box]


def run(
    histories: Positional[tuple[Path, ...]],
    /,
    zone: Path,
    spec: BoundaryRecipe,
    boxes: Boxes,
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
        boxes: inputs that are left out, one training a box, by the name that results carry.
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
    full = read_stresses(reference)
    found: dict[str, float] = {}
    for name, box in boxes.by_name.items():
        inside = box.holds(full.inputs)
        # As many on both sides: a distance of fewer runs is greater by chance alone.
        few = slice(0, min(tests, int(inside.sum()), int((~inside).sum())))
        sets = {
            f"left_out_{name}": chosen(chosen(full, inside), few),
            f"trained_{name}": chosen(chosen(full, ~inside), few),
        }
        ours, theirs = (chosen(r, ~box.holds(r.inputs)) for r in (runs, judges))
        law = _learned(spec.seeded(seed), model, ours, theirs)
        parameters = sorted(box.ranges)
        found |= left_out_scores(law, Held(zone=model), ours, sets, parameters, seed)
        found[f"runs.learned_from_{name}"] = len(ours.numbers)
        found |= {f"runs.{key}": len(part.numbers) for key, part in sets.items()}
        for method in ("wgan_gp", "wgan_gp_moved"):
            ends = (found[f"{method}.{key}.w1"] for key in sets)
            found[f"{method}.left_out_{name}.w1_ratio_trained"] = next(ends) / next(ends)
    write_json(out, {f"{prefix}.{name}": value for name, value in found.items()})


def _learned(
    spec: BoundaryRecipe, model: Zone, runs: Histories, judges: Histories
) -> FittedBoundary:
    learner = Learner(
        features=spec.features,
        times=len(model.times),
        refit=spec.refit,
        held_out=held_out(spec, model, runs, judges),
    )
    responses = spec.coordinates.responses(model, runs, spec.coordinates.triangles(model, runs))
    return spec.boundary.fit(runs.displacement, responses, runs.inputs, learn=learner)


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-conditional")

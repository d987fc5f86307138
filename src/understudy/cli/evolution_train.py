"""Train a network that continues fields."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from understudy.cli.arguments import call, origin, progress
from understudy.surrogates.evolution_lessons import EvolutionRecipe
from understudy.surrogates.evolution_model import save_evolution, train_evolution
from understudy.surrogates.evolution_sets import read_field_set

__all__ = ["main", "run"]

_RECIPE = EvolutionRecipe()


def run(
    out: Path,
    spec: EvolutionRecipe = _RECIPE,
    names: tuple[str, ...] = (),
    data_sets: tuple[Path, ...] = (),
    seed: int | None = None,
    checkpoint: Path | None = None,
) -> None:
    """Learn to continue windows of fields and to write their equations.

    Args:
        out: safetensors file to write.
        spec: settings.
        names: of the data sets.
        data_sets: HDF5 files of the collect stage, simulations of evolving_field; their training
            samples are learned from, beside the families of the settings.
        seed: instead of that of the settings.
        checkpoint: file that an interrupted training goes on from.
    """
    recipe = spec if seed is None else replace(spec, seed=seed)
    sets = {
        name: read_field_set(path, name, "train")
        for name, path in zip(names, data_sets, strict=True)
    }
    model = train_evolution(recipe, sets, checkpoint=checkpoint, progress=progress("train"))
    save_evolution(out, model, origin("understudy.cli.evolution_train", seed=recipe.seed))
    sys.stdout.write(
        f"{out}: {recipe.training.steps} steps of {recipe.batch} windows, mean relative error "
        f"{model.history.quality[-1]:.3f} on new ones\n"
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "evolution-train")

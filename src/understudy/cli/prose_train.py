"""Train PROSE on families of ordinary differential equations."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from understudy.cli.arguments import call, origin, progress
from understudy.surrogates.prose_model import ProseRecipe, save_prose
from understudy.surrogates.prose_training import train_prose

__all__ = ["main", "run"]

_RECIPE = ProseRecipe()


def run(
    out: Path,
    spec: ProseRecipe = _RECIPE,
    seed: int | None = None,
    checkpoint: Path | None = None,
    device: str = "cpu",
) -> None:
    """Learn to continue windows and to write their equations.

    Args:
        out: safetensors file to write.
        spec: settings.
        seed: instead of that of the settings.
        checkpoint: file that an interrupted training goes on from.
        device: `cpu` or `cuda`.
    """
    recipe = spec if seed is None else replace(spec, seed=seed)
    model = train_prose(recipe, device=device, checkpoint=checkpoint, progress=progress("train"))
    save_prose(out, model, origin("understudy.cli.prose_train", seed=recipe.seed))
    sys.stdout.write(
        f"{out}: {recipe.training.steps} steps of {recipe.batch} trajectories, mean relative "
        f"error {model.history.quality[-1]:.3f} on new ones\n"
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "prose-train")

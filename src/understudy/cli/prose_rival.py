"""Stage: a network without equations on the lessons of PROSE, as a rival."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from understudy.cli.arguments import call, origin, progress
from understudy.surrogates.prose_model import ProseRecipe
from understudy.surrogates.prose_rival import save_rival, train_rival

__all__ = ["main", "run"]


def run(
    rival: str, spec: ProseRecipe, seed: int, out: Path, checkpoint: Path | None = None
) -> None:
    """Learn to continue windows.

    Args:
        rival: `deeponet` or `fno`.
        spec: settings of the PROSE that it is compared with.
        seed: instead of that of the settings.
        out: safetensors file to write.
        checkpoint: file that an interrupted training goes on from.
    """
    recipe = replace(spec, seed=seed)
    made = train_rival(rival, recipe, checkpoint=checkpoint, progress=progress("train"))
    save_rival(out, made, origin("understudy.cli.prose_rival", seed=seed))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "prose-rival")

"""Stage: all methods on one split of new trajectories."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.cli.prose_results import told
from understudy.data.tree import plain
from understudy.files import versions, write_json
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.prose_evaluation import evaluate
from understudy.surrogates.prose_model import load_prose
from understudy.surrogates.prose_rival import load_rival
from understudy.surrogates.prose_samples import Split, outside_systems

__all__ = ["main", "run"]

_DISCOVERY = Discovery()


def run(
    model: Positional[Path],
    /,
    split: Split,
    out: Path,
    rivals: tuple[Path, ...] = (),
    outside: Path | None = None,
    spec: Discovery = _DISCOVERY,
) -> None:
    """Judge forecasts, equations and verdicts against solutions without noise.

    Args:
        model: safetensors file of prose-train.
        split: what is drawn.
        out: JSON file to write.
        rivals: safetensors files of prose-rival.
        outside: file of systems that no family holds, for a split of such.
        spec: settings of the answers.
    """
    others = [load_rival(path) for path in rivals]
    found, named = evaluate(
        split, load_prose(model), spec, rivals={other.name: other for other in others},
        outside=None if outside is None else outside_systems(outside),
    )  # fmt: skip
    write_json(
        out,
        {
            "split": plain(split) | {"families": [*split.families, *split.outside]},
            "methods": {name: [told(one) for one in own] for name, own in found.items()},
            "named": named,
            "units": "errors over the norm of the solution, seconds of CPU time a sample",
            "origin": origin("understudy.cli.prose_evaluate", seed=split.seed),
            "software": versions(),
        },
    )
    error = np.concatenate([one.error for one in found["answer"]])
    sys.stdout.write(f"{out}: mean relative error {error.mean():.4f} of {len(error)} answers\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "prose-evaluate")

"""Stage: a trained PROSE meets families that it has not learned."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.data.tree import plain
from understudy.files import versions, write_json
from understudy.surrogates.prose_adaptation import Adaptation, adapt
from understudy.surrogates.prose_model import load_prose

__all__ = ["main", "run"]


def run(model: Positional[Path], /, spec: Adaptation, out: Path) -> None:
    """Adapt the operator head by few solutions, and by an equation without solutions.

    Args:
        model: safetensors file of prose-train.
        spec: settings.
        out: JSON file to write.
    """
    found = adapt(load_prose(model), spec)
    means = {
        family: {way: float(np.mean(error)) for way, error in ways.items()}
        for family, ways in found.items()
    }
    write_json(
        out,
        {
            "adaptation": plain(spec),
            "errors": means,
            "units": "mean relative errors of the operator head on new windows",
            "origin": origin("understudy.cli.prose_adapt", seed=spec.seed),
            "software": versions(),
        },
    )
    sys.stdout.write(f"{out}: {len(means)} families\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "prose-adapt")

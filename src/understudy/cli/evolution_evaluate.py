"""Stage: all methods on one split of new fields."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.cli.prose_results import told
from understudy.data.tree import plain
from understudy.files import versions, write_json
from understudy.surrogates.evolution_evaluation import evaluate_fields
from understudy.surrogates.evolution_model import load_evolution
from understudy.surrogates.evolution_sets import EvolutionSplit, read_field_set
from understudy.surrogates.field_discovery import FieldDiscovery

__all__ = ["main", "run"]

_DISCOVERY = FieldDiscovery()


def run(
    model: Positional[Path],
    /,
    split: EvolutionSplit,
    out: Path,
    names: tuple[str, ...] = (),
    data_sets: tuple[Path, ...] = (),
    rivals: tuple[str, ...] = (),
    rival_models: tuple[Path, ...] = (),
    spec: FieldDiscovery = _DISCOVERY,
) -> None:
    """Judge forecasts, equations and verdicts against solutions without noise.

    Args:
        model: safetensors file of evolution-train.
        split: what is drawn, or taken from the test samples of data sets.
        out: JSON file to write.
        names: of the data sets.
        data_sets: HDF5 files of the collect stage.
        rivals: names of other networks.
        rival_models: their files.
        spec: settings of the answers.
    """
    sets = {
        name: read_field_set(path, name, "test")
        for name, path in zip(names, data_sets, strict=True)
    }
    others = {name: load_evolution(path) for name, path in zip(rivals, rival_models, strict=True)}
    found, named = evaluate_fields(split, sets, load_evolution(model), others, spec)
    families = [*split.families, *split.data_sets]
    write_json(
        out,
        {
            "split": plain(split) | {"families": families, "windows": 1},
            "methods": {name: [told(one) for one in own] for name, own in found.items()},
            "named": named,
            "units": "errors over the norm of the field, seconds of CPU time a sample",
            "origin": origin("understudy.cli.evolution_evaluate", seed=split.seed),
            "software": versions(),
        },
    )
    error = np.concatenate([one.error for one in found["answer"]])
    sys.stdout.write(f"{out}: mean relative error {error.mean():.4f} of {len(error)} answers\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "evolution-evaluate")

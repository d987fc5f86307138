"""Train MMGP, on a data set of the pipeline or on a table of one's own meshes."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call, origin, progress
from understudy.cli.training_data import read_training_data
from understudy.surrogates.mmgp import MMGP
from understudy.surrogates.mmgp_model import save_mmgp
from understudy.surrogates.morpher import Morpher

__all__ = ["main", "run"]


def run(
    data: Positional[Path],
    /,
    out: Path,
    spec: MMGP = MMGP(),  # noqa: B008
    morphing: Morpher = Morpher(),  # noqa: B008
    inputs: tuple[str, ...] = (),
    fields: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
    workers: int = 1,
    shuffle_seed: int | None = None,
) -> None:
    """Train a surrogate and write it.

    Args:
        data: HDF5 data set, HDF5 file of the morph stage, or a CSV table with a column `mesh`.
        out: HDF5 file to write.
        spec: settings of the surrogate.
        morphing: how meshes are mapped (a file of the morph stage has been mapped already).
        inputs: with a table: columns that a prediction will be given.
        fields: with a table: nodal fields of the meshes to learn.
        outputs: with a table: columns of scalars to learn.
        workers: threads; the result does not depend on it.
        shuffle_seed: permute the targets first: a negative control.
    """
    aligned, source = read_training_data(data, morphing, inputs, fields, outputs)
    if shuffle_seed is not None:
        aligned = aligned.with_shuffled_targets(np.random.default_rng(shuffle_seed))
    model = spec.fit(aligned, workers=workers, progress=progress("fit"))
    save_mmgp(
        out, model, origin("understudy.cli.mmgp_fit", shuffle_seed=shuffle_seed, data=source)
    )
    sys.stdout.write(f"{out}: {len(aligned.index)} samples, fields {', '.join(model.fields)}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mmgp-fit")

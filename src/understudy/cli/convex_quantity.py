"""Stage: a quantity of interest by a certified network and its rivals."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin
from understudy.cli.training_data import read_aligned
from understudy.data.histories import joined, load_histories
from understudy.data.tree import plain
from understudy.files import versions, write_json
from understudy.surrogates.field_quantity import impacts_of, quantity_of
from understudy.surrogates.quantity_evaluation import ConvexQuantity, Sets, judge_quantity
from understudy.surrogates.quantity_of_interest import save_quantity

__all__ = ["main", "run"]


def run(
    spec: ConvexQuantity,
    out: Path,
    model: Path,
    aligned: Path | None = None,
    runs: tuple[Path, ...] = (),
) -> None:
    """Train, and judge on unseen samples.

    Args:
        spec: of the quantity.
        out: JSON file to write.
        model: HDF5 file to write, the network of the first design.
        aligned: HDF5 file of the morph stage, where the quantity is of a surrogate's samples.
        runs: HDF5 files of impact-run, where it is the greatest stress of an impact.
    """
    drawn = None
    if spec.data:
        if runs:
            x, y, names = impacts_of(joined([load_histories(path) for path in runs]))
        elif aligned is not None:
            x, y, names = quantity_of(read_aligned(aligned)[0], spec.field, spec.modes)
        else:
            raise ValueError("--aligned, --runs: expected files of samples, got none")

        def drawn(seed: int) -> Sets:
            order = np.random.default_rng(seed).permutation(len(y))
            own, new = order[: spec.samples], order[spec.samples :][: spec.tests]
            if not len(new):
                raise ValueError(f"samples: expected fewer than {len(y)}, got {spec.samples}")
            return x[own], y[own], x[new], y[new], names

    found, network = judge_quantity(spec, drawn)
    source = origin("understudy.cli.convex_quantity", seed=spec.spec.seed)
    save_quantity(model, network, source)
    own = {"spec": plain(spec), "units": "CPU seconds", "origin": source, "software": versions()}
    write_json(out, own | found)
    r2 = found["methods"]["column_generation"]["r2"]
    sys.stdout.write(f"{out}: R2 {r2:.4f} on unseen samples\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "convex-quantity")

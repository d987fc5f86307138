"""Values of a certified network for the rows of a table."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.cli.scalar_table import read_columns
from understudy.files import replacing
from understudy.surrogates.quantity_of_interest import load_quantity

__all__ = ["main", "run"]


def run(model: Positional[Path], table: Positional[Path], /, out: Path) -> None:
    """Write values, bands, and which rows are beyond the training inputs.

    Args:
        model: HDF5 file of convex-fit.
        table: CSV file with the columns of the inputs.
        out: CSV file to write.
    """
    own = load_quantity(model)
    x = read_columns(table, own.names)
    y, beyond = own.predict(x), own.outside(x)
    lines = [f"{own.name},low,high,beyond_training"]
    for value, far in zip(y, beyond, strict=True):
        band = (value, value - own.half_width, value + own.half_width)
        lines.append(",".join(f"{v:.17g}" for v in band) + f",{int(far)}")
    with replacing(out) as part:
        part.write_text("\n".join(lines) + "\n")
    sys.stdout.write(f"{out}: {len(y)} rows, {int(np.sum(beyond))} beyond the training inputs\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "convex-predict")

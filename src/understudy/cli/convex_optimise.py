"""The best input of a certified network, with a proof."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.files import versions, write_json
from understudy.surrogates.network_optimum import optimum
from understudy.surrogates.quantity_of_interest import load_quantity

__all__ = ["main", "run"]


def run(
    model: Positional[Path],
    /,
    out: Path,
    low: tuple[float, ...] = (),
    high: tuple[float, ...] = (),
    greatest: bool = False,
    seconds: float = 60.0,
) -> None:
    """Least or greatest value over a box, to global optimality.

    Args:
        model: HDF5 file of convex-fit.
        out: JSON file to write.
        low: least inputs; none: those of the training.
        high: greatest inputs; none: those of the training.
        greatest: seek the greatest value.
        seconds: of the search, at most.
    """
    own = load_quantity(model)
    ends = np.array(low) if low else own.low, np.array(high) if high else own.high
    found = optimum(own, *ends, greatest=greatest, seconds=seconds)
    inputs = dict(zip(own.names, found.x.tolist(), strict=True))
    write_json(
        out,
        {"inputs": inputs, "value": found.value, "bound": found.bound, "unit": own.unit,
         "origin": origin("understudy.cli.convex_optimise"), "software": versions()},
    )  # fmt: skip
    sys.stdout.write(f"{out}: {own.name} {found.value:.6g}, none beyond {found.bound:.6g}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "convex-optimise")

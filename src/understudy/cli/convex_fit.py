"""Train a certified network on a table of scalars."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.cli.scalar_table import read_columns
from understudy.surrogates.export import write_c_header, write_onnx
from understudy.surrogates.quantity_of_interest import QuantityOfInterest, save_quantity

__all__ = ["main", "run"]


def run(
    table: Positional[Path],
    /,
    inputs: tuple[str, ...],
    output: str,
    out: Path,
    unit: str = "",
    spec: QuantityOfInterest = QuantityOfInterest(),  # noqa: B008
    c_header: Path | None = None,
    onnx: Path | None = None,
) -> None:
    """Train, bound and calibrate.

    Args:
        table: CSV file with a header.
        inputs: columns that a prediction will be given.
        output: column to learn.
        out: HDF5 file to write.
        unit: of the output.
        spec: settings.
        c_header: C header to write too.
        onnx: ONNX file to write too (extra `export`).
    """
    columns = read_columns(table, (*inputs, output))
    model = spec.fit(columns[:, :-1], columns[:, -1], names=inputs, name=output, unit=unit)
    save_quantity(out, model, origin("understudy.cli.convex_fit", seed=spec.seed))
    if c_header:
        write_c_header(c_header, model)
    if onnx:
        write_onnx(onnx, model)
    kind = "proved for all networks" if model.proved else "heuristic"
    sys.stdout.write(
        f"{out}: {len(model.signs)} neurons, gap {model.certificate['gap']:.1e} ({kind}), "
        f"band {model.half_width:.3g} {unit}\n"
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "convex-fit")

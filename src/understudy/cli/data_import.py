"""A folder of meshes and a table of numbers become a data set."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.cli.units import read_units
from understudy.data import write_samples
from understudy.data.card import write_card
from understudy.data.folder import Selection, read_folder
from understudy.digest import code_digest

__all__ = ["main", "run"]


def run(
    folder: Positional[Path],
    /,
    table: Path,
    out: Path,
    inputs: tuple[str, ...] = (),
    outputs: tuple[str, ...] = (),
    fields: tuple[str, ...] = (),
    units: tuple[str, ...] = (),
    test_share: float | None = None,
    seed: int | None = None,
    name: str = "",
) -> None:
    """Write a data set and, beside it, its card.

    Quadrilaterals are cut into two triangles, cells of second order lose their mid nodes and
    fields their values there, values of cells are averaged to nodes, weighted by area.

    Args:
        folder: folder of meshes: VTU, XDMF, MSH, CGNS, ...
        table: CSV file with a row a mesh, its file in the column `mesh`.
        out: HDF5 data set to write.
        inputs: columns that a prediction will be given.
        outputs: columns of scalars to learn.
        fields: nodal fields to learn; none named: all that every mesh has and that vary.
        units: P=MPa u_x=mm length=mm ..., or a YAML or JSON file of these.
        test_share: share of rows for the test, where the table has no column `set` that says
            train or test.
        seed: of the draw of the test and of the order of training samples.
        name: of the data set; none given: that of the folder.
    """
    selection = Selection(
        inputs=inputs, outputs=outputs, fields=fields, units=read_units(units),
        test_share=test_share, seed=seed,
    )  # fmt: skip
    code = code_digest("understudy.cli.data_import")
    name = name or folder.resolve().name
    header, samples, warnings = read_folder(folder, table, selection, name=name, code=code)
    write_samples(out, header, samples)
    card = out.with_suffix(".card.md")
    write_card(out, card)
    sys.stdout.write("".join(f"warning: {line}\n" for line in warnings))
    sizes = ", ".join(f"{len(numbers)} {key}" for key, numbers in header.sets.items())
    sys.stdout.write(f"{out}: {sizes}; card in {card}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "data-import")

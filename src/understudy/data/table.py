"""A table of meshes that people bring: a CSV file with a row a mesh.

The column `mesh` holds a path, relative to the table; every other column is a number.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

from understudy.data.sample import Sample
from understudy.mesh.io import read_mesh

__all__ = ["read_table", "read_training_table"]


def read_table(path: Path) -> list[tuple[Path, dict[str, float]]]:
    """Mesh path and numbers of every row.

    Raises:
        ValueError: no such file, no column `mesh`, no row, a cell that is not a finite number;
            names file, line and column.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        names = reader.fieldnames or []
        if "mesh" not in names:
            raise ValueError(f"{path}: expected a column 'mesh', got {names}")
        rows = []
        for row in reader:
            numbers = {}
            for name in names:
                if name != "mesh":
                    numbers[name] = _number(row[name], f"{path}, line {reader.line_num}, {name}")
            if not row["mesh"]:
                raise ValueError(
                    f"{path}, line {reader.line_num}, mesh: expected a path, got none"
                )
            rows.append((path.parent / row["mesh"], numbers))
    if not rows:
        raise ValueError(f"{path}: expected a row a mesh, got none")
    return rows


def _number(text: str | None, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not abs(value) < float("inf"):
        raise ValueError(f"{where}: expected a finite number, got {text!r}")
    return value


def read_training_table(
    path: Path, inputs: Sequence[str], fields: Sequence[str], outputs: Sequence[str]
) -> list[Sample]:
    """Samples of a table: `inputs` and `outputs` are columns, `fields` are nodal data of meshes.

    Raises:
        ValueError: an absent column or field, or a mesh that cannot be used; names file and cause.
    """
    samples = []
    for index, (mesh_path, numbers) in enumerate(read_table(path)):
        mesh, nodal = read_mesh(mesh_path)
        for kind, wanted, there, file in (
            ("column", (*inputs, *outputs), numbers, path),
            ("field", fields, nodal, mesh_path),
        ):
            lacking = [name for name in wanted if name not in there]
            if lacking:
                raise ValueError(f"{file}: expected {kind} {lacking[0]!r}, got {sorted(there)}")
        samples.append(
            Sample(
                index=index,
                seed=0,
                inputs={name: numbers[name] for name in inputs},
                mesh=mesh,
                fields={name: nodal[name] for name in fields},
                scalars={name: numbers[name] for name in outputs},
            )
        )
    return samples

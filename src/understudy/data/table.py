"""A table of meshes that people bring: a CSV file with a row a mesh.

The column `mesh` holds a path, relative to the table; every other column is a number.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from understudy.data.sample import Sample
from understudy.mesh.io import read_mesh

__all__ = ["Row", "read_rows", "read_table", "read_training_table"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """A row of a table.

    Attributes:
        line: its line in the file, from 1.
        mesh: what the column `mesh` says.
        numbers: numbers by column.
        words: text by column.
    """

    line: int
    mesh: str
    numbers: Mapping[str, float]
    words: Mapping[str, str]


def read_rows(
    path: Path, numbers: Sequence[str] | None = None, words: Sequence[str] = ()
) -> list[Row]:
    """Rows of a table.

    Args:
        path: CSV file.
        numbers: columns to read as numbers; None: all but `mesh` and `words`.
        words: columns to read as text where the table has them.

    Raises:
        ValueError: no such file, an absent or doubled column, no row, a cell that is not a finite
            number, a mesh outside the folder; names file, line and column.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        try:
            names = list(reader.fieldnames or [])
            _check_columns(path, names, numbers or ())
            texts = [name for name in words if name in names]
            wanted = [n for n in names if n != "mesh" and n not in texts]
            wanted = wanted if numbers is None else list(numbers)
            rows = []
            for row in reader:
                where = f"{path}, line {reader.line_num}"
                if None in row:
                    raise ValueError(f"{where}: expected {len(names)} cells, got more")
                if not row["mesh"]:
                    raise ValueError(f"{where}, mesh: expected a path, got none")
                if Path(row["mesh"]).is_absolute() or ".." in Path(row["mesh"]).parts:
                    raise ValueError(
                        f"{where}, mesh: expected a path inside the folder, got {row['mesh']!r}"
                    )
                values = {name: _number(row[name], f"{where}, {name}") for name in wanted}
                said = {name: (row[name] or "").strip() for name in texts}
                rows.append(
                    Row(line=reader.line_num, mesh=row["mesh"], numbers=values, words=said)
                )
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{path}: not a CSV table in UTF-8 ({error})") from error
    if not rows:
        raise ValueError(f"{path}: expected a row a mesh, got none")
    return rows


def _check_columns(path: Path, names: list[str], numbers: Sequence[str]) -> None:
    if "mesh" not in names:
        raise ValueError(f"{path}: expected a column 'mesh', got {names}")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{path}: expected each column once, got {name!r} again")
    for name in numbers:
        if name not in names or name == "mesh":
            raise ValueError(f"{path}: expected column {name!r}, got {sorted(names)}")


def read_table(path: Path) -> list[tuple[Path, dict[str, float]]]:
    """Mesh path, relative to the table, and numbers of every row.

    Raises:
        ValueError: as `read_rows`.
    """
    return [(path.parent / row.mesh, dict(row.numbers)) for row in read_rows(path)]


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

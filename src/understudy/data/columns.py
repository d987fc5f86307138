"""Columns of numbers of a CSV file that somebody else's program wrote.

Nothing is repaired or skipped: what is not a finite number is an error that names file, line and
column.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float, Int

__all__ = ["Columns", "read_columns", "whole"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Columns:
    """What a table holds.

    Attributes:
        path: of the file.
        lines: of each row in the file, from 1, shape (k,).
        numbers: by column, in the order of the file, shape (k,).
    """

    path: Path
    lines: Int[np.ndarray, " k"]
    numbers: dict[str, Float[np.ndarray, " k"]]

    def where(self, row: int, column: str) -> str:
        """File, line and column of a cell, for a message."""
        return f"{self.path}, line {self.lines[row]}, {column}"


def read_columns(path: Path, names: Sequence[str], *, others: bool = False) -> Columns:
    """Read a table; empty lines are passed over.

    Args:
        path: CSV file in UTF-8, its first row the names of the columns.
        names: columns that it must have, in any order.
        others: whether it may have further ones.

    Raises:
        ValueError: no such file, other columns, no row, a row of another length, a cell that is
            not a finite number; names file, line and column.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    lines: list[int] = []
    rows: list[list[str]] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        try:
            header = [name.strip() for name in next(reader, [])]
            _check_header(path, header, names, others)
            for row in reader:
                if row:
                    lines.append(reader.line_num)
                    rows.append(row)
        except (UnicodeDecodeError, csv.Error) as error:
            raise ValueError(f"{path}: not a CSV table in UTF-8 ({error})") from error
    if not rows:
        raise ValueError(f"{path}: expected a row of numbers, got none")
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise ValueError(f"{path}, line {line}: expected {len(header)} cells, got {len(row)}")
    numbers = {
        name: _numbers(path, lines, name, cells)
        for name, cells in zip(header, zip(*rows, strict=True), strict=True)
    }
    return Columns(path=path, lines=np.array(lines), numbers=numbers)


def whole(columns: Columns, name: str) -> Int[np.ndarray, " k"]:
    """A column of whole numbers.

    Raises:
        ValueError: another number; names file, line and column.
    """
    values = columns.numbers[name]
    bad = np.flatnonzero((values != np.round(values)) | (np.abs(values) > 2.0**53))
    if len(bad):
        raise ValueError(
            f"{columns.where(int(bad[0]), name)}: expected a whole number, got {values[bad[0]]:g}"
        )
    return values.astype(np.int64)


def _check_header(path: Path, header: list[str], names: Sequence[str], others: bool) -> None:
    lacking = [name for name in names if name not in header]
    if lacking:
        raise ValueError(f"{path}: expected columns {', '.join(names)}, got {', '.join(header)}")
    for name in header:
        if header.count(name) > 1:
            raise ValueError(f"{path}: expected each column once, got {name!r} again")
        if name not in names and not (others and name):
            raise ValueError(f"{path}: expected no column but {', '.join(names)}, got {name!r}")


def _numbers(
    path: Path, lines: Sequence[int], name: str, cells: Sequence[str]
) -> Float[np.ndarray, " k"]:
    try:
        values = np.array([float(cell) for cell in cells])
    except ValueError:
        values = np.array([_number_or_nan(cell) for cell in cells])
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(
            f"{path}, line {lines[bad[0]]}, {name}: expected a finite number, "
            f"got {cells[bad[0]]!r}"
        )
    return values


def _number_or_nan(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")

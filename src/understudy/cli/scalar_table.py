"""Columns of numbers in a CSV table."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

__all__ = ["read_columns"]


def read_columns(path: Path, names: Sequence[str]) -> Float[np.ndarray, "n c"]:
    """Named columns, a row a line.

    Raises:
        ValueError: a missing column, no lines, or a cell that is not a finite number; names file,
            line and column.
    """
    if not path.is_file():
        raise ValueError(f"{path}: expected a CSV table, got no file")
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in names if name not in (reader.fieldnames or [])]
        if missing:
            raise ValueError(
                f"{path}: expected a column {missing[0]}, got {', '.join(reader.fieldnames or [])}"
            )
        rows = []
        for line, row in enumerate(reader, start=2):
            values = []
            for name in names:
                try:
                    value = float(row[name])
                except (TypeError, ValueError):
                    value = float("nan")
                if not np.isfinite(value):
                    raise ValueError(
                        f"{path}, line {line}, column {name}: expected a finite number, got "
                        f"{row[name]!r}"
                    )
                values.append(value)
            rows.append(values)
    if not rows:
        raise ValueError(f"{path}: expected rows, got a header alone")
    return np.array(rows)

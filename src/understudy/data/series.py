"""Time series that people bring: a CSV file with a column `t` and a column a state."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.files import replacing

__all__ = ["Series", "read_series", "write_series"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """Values at times.

    Attributes:
        names: of the columns but `t`.
        times: evenly spaced, rising.
        values: a column a name.
    """

    names: tuple[str, ...]
    times: Float[np.ndarray, " T"]
    values: Float[np.ndarray, "T D"]


def read_series(path: Path, least: int = 16) -> Series:
    """The series of a file.

    Raises:
        ValueError: no such file, no column `t` or no other, fewer than `least` rows, a cell that
            is no finite number, uneven times; names file, line and column.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: not a CSV table in UTF-8 ({error})") from error
    names = [name.strip() for name in rows[0]] if rows else []
    if "t" not in names or len(names) < 2 or len(set(names)) != len(names):
        raise ValueError(
            f"{path}: expected a column t and columns of states, each once, got {names}"
        )
    cells = [_numbers(path, line, names, row) for line, row in enumerate(rows[1:], 2) if row]
    if len(cells) < least:
        raise ValueError(f"{path}: expected at least {least} rows, got {len(cells)}")
    table = np.array(cells)
    place = names.index("t")
    times, step = table[:, place], np.diff(table[:, place])
    if not (step > 0).all() or np.ptp(step) > 1e-3 * step.mean():
        bad = int(np.abs(step - np.median(step)).argmax())
        raise ValueError(
            f"{path}, line {bad + 3}: expected evenly spaced rising times, got a step of "
            f"{step[bad]:g} where most are {np.median(step):g}"
        )
    others = [i for i in range(len(names)) if i != place]
    even = np.linspace(times[0], times[-1], len(times))
    return Series(names=tuple(names[i] for i in others), times=even, values=table[:, others])


def _numbers(path: Path, line: int, names: Sequence[str], row: Sequence[str]) -> list[float]:
    if len(row) != len(names):
        raise ValueError(f"{path}, line {line}: expected {len(names)} cells, got {len(row)}")
    found = []
    for name, cell in zip(names, row, strict=True):
        try:
            value = float(cell)
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            raise ValueError(
                f"{path}, line {line}, {name}: expected a finite number, got {cell!r}"
            )
        found.append(value)
    return found


def write_series(path: Path, names: Sequence[str], columns: Sequence[np.ndarray]) -> None:
    """Write columns under their names, numbers in their shortest exact form."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([repr(float(v)) for v in row] for row in zip(*columns, strict=True))

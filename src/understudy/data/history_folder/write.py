"""Arrays as a folder of histories; `understudy.data.history_folder` says what goes where."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from understudy.data.histories import Histories
from understudy.data.history_folder.scales import OWN, factor
from understudy.data.units import checked_units
from understudy.files import write_json

__all__ = ["write_history_folder"]


def write_history_folder(path: Path, histories: Histories) -> None:
    """Write a folder, whole or absent; what is read of it are the same numbers.

    Numbers have as many digits as tell them apart. The quantity of a run is the greatest of its
    peaks. The settings, residuals, times of computation and failed runs are left out.

    Args:
        path: folder to make.
        histories: runs with displacements, in m, s and Pa.

    Raises:
        ValueError: `path` exists, no run, no displacements, a unit or an input that cannot be
            written.
    """
    if path.exists():
        raise ValueError(f"{path}: expected a folder that is not there yet")
    if not len(histories.displacement):
        raise ValueError("histories: expected runs with displacements, got none")
    units = _units(histories)
    tables = {"runs.csv": histories.inputs} if histories.inputs else {}
    if histories.peak.shape[1]:
        tables["quantity.csv"] = {"quantity": histories.peak.max(axis=1)}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".part-", dir=path.parent))
    try:
        folder = temporary / "runs"
        folder.mkdir()
        write_json(folder / "units.json", units)
        x, y = histories.nodes.T
        _write_columns(folder / "nodes.csv", {"node": np.arange(len(x)), "x": x, "y": y})
        for name, columns in tables.items():
            _write_columns(folder / name, {"run": histories.numbers, **columns})
        for number, moved in zip(histories.numbers, histories.displacement, strict=True):
            _write_run(folder / f"run_{number}.csv", histories.times, moved)
        folder.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _units(histories: Histories) -> dict[str, str]:
    clash = [name for name in histories.inputs if name in OWN or name == "run"]
    if clash:
        raise ValueError(f"inputs: expected another name than {clash[0]!r}")
    for kind in ("length", "time", "stress"):
        unit = histories.units.get(kind, "")
        if factor("units", kind, unit) != 1.0:
            raise ValueError(f"units, {kind}: expected m, s and Pa, got {unit!r}")
    own = {k: v for k, v in histories.units.items() if k in OWN or k in histories.inputs}
    return checked_units(own, [*own, *histories.inputs])


def _write_columns(path: Path, columns: Mapping[str, np.ndarray]) -> None:
    for name, values in columns.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{name}: expected finite numbers, got {values}")
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    lines = [",".join(map(repr, row)) for row in rows]
    path.write_text("\n".join([",".join(columns), *lines, ""]), encoding="utf-8")


def _write_run(
    path: Path, times: Float[np.ndarray, " t"], moved: Float[np.ndarray, "t e 2"]
) -> None:
    # As text an array has the fewest digits that its own precision needs.
    words = moved.astype(str).tolist()
    lines = ["time,node,u_x,u_y"]
    for time, rows in zip(times.tolist(), words, strict=True):
        lines += [f"{time!r},{node},{x},{y}" for node, (x, y) in enumerate(rows)]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")

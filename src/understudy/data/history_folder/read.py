"""A folder of histories as arrays; `understudy.data.history_folder` says what is in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from understudy.data.columns import Columns, read_columns, whole
from understudy.data.histories import Histories, joined, load_histories
from understudy.data.history_folder.scales import OWN, SI, factor, read_units

__all__ = ["read_histories", "read_history_folder"]

_REST = 1e-9
"""Greatest displacement at time 0, of the greatest of the run."""
_EVEN, _PRINTED = 1e-6, 1e-3
"""Parts of a step: times as even as `Histories` wants them, and times printed with few digits."""


def read_histories(paths: Sequence[Path]) -> Histories:
    """Histories of HDF5 files and of folders as one data set, in the order of the runs' numbers.

    Folders of other names are parts of the first. All parts have the same nodes, times, inputs
    and units.

    Raises:
        ValueError: no path, one that cannot be read, parts that do not belong together.
    """
    if not paths:
        raise ValueError("histories: expected a file or a folder, got none")
    parts: list[Histories] = []
    for path in paths:
        part = read_history_folder(path) if path.is_dir() else load_histories(path)
        if parts and path.is_dir():
            part = replace(part, name=parts[0].name)
        parts.append(part)
        _check_alike(paths[0], parts[0], path, part)
    try:
        return parts[0] if len(parts) == 1 else joined(parts)
    except ValueError as error:
        raise ValueError(f"{', '.join(map(str, paths))}: {error}") from error


def _check_alike(first_path: Path, first: Histories, path: Path, part: Histories) -> None:
    """What `joined` takes for granted."""
    if len(part.nodes) != len(first.nodes) or not np.array_equal(part.nodes, first.nodes):
        raise ValueError(f"{path}: expected the {len(first.nodes)} nodes of {first_path}")
    _check_times(str(path), part.times, str(first_path), first.times)
    for what, one, other in (
        ("units", first.units, part.units),
        ("inputs", sorted(first.inputs), sorted(part.inputs)),
        ("quantities", first.peak.shape[1], part.peak.shape[1]),
    ):
        if one != other:
            raise ValueError(f"{path}: expected {what} {one} as {first_path} has, got {other}")


def read_history_folder(path: Path) -> Histories:
    """Histories of a folder in m, s and Pa.

    Numbers of runs are those of the file names, the order of the nodes is that of `nodes.csv`.

    Raises:
        ValueError: a file that lacks or that cannot be read, a run of other nodes or times, a run
            that does not start at rest at time 0, an unknown unit; names it.
    """
    if not path.is_dir():
        raise ValueError(f"{path}: no such folder")
    labels, nodes = _nodes(path / "nodes.csv")
    files = _run_files(path)
    numbers = np.array(list(files), dtype=np.int64)
    known = _of_runs(path / "runs.csv", files, ())
    quantity = _of_runs(path / "quantity.csv", files, ("quantity",))
    clash = [name for name in known if name in OWN]
    if clash:
        raise ValueError(f"{path / 'runs.csv'}: expected an input of another name than {clash[0]}")
    units = read_units(path / "units.json", known, bool(quantity))
    scale = {kind: factor(str(path / "units.json"), kind, units[kind]) for kind in OWN}
    times, displacement = _runs(list(files.values()), labels, scale["displacement"])
    count = len(numbers)
    return Histories(
        name=path.resolve().name,
        units=SI | {name: units[name] for name in known},
        specification="{}",
        times=times * scale["time"],
        nodes=nodes * scale["length"],
        numbers=numbers,
        displacement=displacement,
        peak=np.array([scale["stress"] * q for q in quantity.values()]).reshape(-1, count).T,
        inputs=known,
        residual=np.zeros(count),
        seconds=np.zeros(count),
        errors={},
    )


def _nodes(path: Path) -> tuple[Int[np.ndarray, " e"], Float[np.ndarray, "e 2"]]:
    """Numbers of the nodes and where they are."""
    found = read_columns(path, ("node", "x", "y"))
    labels = whole(found, "node")
    _check_once(found, "node", labels)
    return labels, np.stack([found.numbers["x"], found.numbers["y"]], axis=1)


def _check_once(found: Columns, name: str, values: Int[np.ndarray, " k"]) -> None:
    seen = np.unique(values, return_index=True)[1]
    if len(seen) < len(values):
        row = int(np.setdiff1d(np.arange(len(values)), seen)[0])
        raise ValueError(
            f"{found.where(row, name)}: expected each {name} once, got {values[row]} again"
        )


def _run_files(folder: Path) -> dict[int, Path]:
    """File of each run, in the order of their numbers."""
    files: dict[int, Path] = {}
    for path in sorted(folder.glob("run_*.csv")):
        match = re.fullmatch(r"run_(\d+)\.csv", path.name, re.ASCII)
        if match is None:
            raise ValueError(f"{path}: expected a name run_<number>.csv")
        number = int(match[1])
        if number in files:
            raise ValueError(f"{path}: expected one file of run {number}, got {files[number]} too")
        files[number] = path
    if not files:
        raise ValueError(f"{folder}: expected a file run_<number>.csv a run, got none")
    return dict(sorted(files.items()))


def _of_runs(
    path: Path, files: Mapping[int, Path], names: Sequence[str]
) -> dict[str, Float[np.ndarray, " n"]]:
    """Columns of a table with a row a run, in the order of `files`; {} when there is no table."""
    if not path.exists():
        return {}
    found = read_columns(path, ("run", *names), others=not names)
    numbers = whole(found, "run")
    _check_once(found, "run", numbers)
    for row, number in enumerate(numbers.tolist()):
        if number not in files:
            raise ValueError(
                f"{found.where(row, 'run')}: expected a file run_{number}.csv, got none"
            )
    rows = {number: row for row, number in enumerate(numbers.tolist())}
    for number, file in files.items():
        if number not in rows:
            raise ValueError(f"{file}: expected a row of run {number} in {path.name}, got none")
    order = [rows[number] for number in files]
    return {name: values[order] for name, values in found.numbers.items() if name != "run"}


def _runs(
    files: Sequence[Path], labels: Int[np.ndarray, " e"], scale: float
) -> tuple[Float[np.ndarray, " t"], Float[np.ndarray, "n t e 2"]]:
    """Times that all runs share and displacements times `scale`, in single precision."""
    times, histories = [], []
    for file in files:
        own, moved = _run(file, labels)
        times.append(own)
        _check_times(str(file), own, files[0].name, times[0])
        histories.append((scale * moved).astype(np.float32))
    return times[0], np.stack(histories)


def _run(
    path: Path, labels: Int[np.ndarray, " e"]
) -> tuple[Float[np.ndarray, " t"], Float[np.ndarray, "t e 2"]]:
    """Times and displacements of a run, in the units of the file."""
    found = read_columns(path, ("time", "node", "u_x", "u_y"))
    node = whole(found, "node")
    order = np.argsort(labels)
    place = order[np.searchsorted(labels, node, sorter=order).clip(max=len(labels) - 1)]
    strange = np.flatnonzero(labels[place] != node)
    if len(strange):
        raise ValueError(
            f"{found.where(int(strange[0]), 'node')}: expected a node of nodes.csv, "
            f"got {node[strange[0]]}"
        )
    times, step = np.unique(found.numbers["time"], return_inverse=True)
    slot = step * len(labels) + place
    filled, rows = np.unique(slot, return_index=True)
    if len(filled) < len(slot):
        row = int(np.setdiff1d(np.arange(len(slot)), rows)[0])
        raise ValueError(
            f"{path}, line {found.lines[row]}: expected one row a node and time, "
            f"got node {node[row]} at time {found.numbers['time'][row]:g} again"
        )
    lacking = np.setdiff1d(np.arange(len(times) * len(labels)), filled)
    if len(lacking):
        at, which = divmod(int(lacking[0]), len(labels))
        raise ValueError(
            f"{path}: expected each of {len(labels)} nodes at each of {len(times)} times, "
            f"got none of node {labels[which]} at time {times[at]:g} ({len(lacking)} rows lack)"
        )
    moved = np.stack([found.numbers["u_x"], found.numbers["u_y"]], axis=1)[rows]
    moved = moved.reshape(len(times), len(labels), 2)
    start = np.abs(moved[0])
    if start.max() > _REST * np.abs(moved).max():
        still, axis = divmod(int(start.argmax()), 2)
        raise ValueError(
            f"{path}: expected a start at rest, got u_{'xy'[axis]} = {moved[0, still, axis]:g} of "
            f"node {labels[still]} at time {times[0]:g}"
        )
    return _even(path, times), moved


def _even(path: Path, times: Float[np.ndarray, " t"]) -> Float[np.ndarray, " t"]:
    """Times from 0 on in even steps; those that few printed digits made uneven are made even."""
    if len(times) < 4:
        raise ValueError(f"{path}, time: expected at least 4 times, got {len(times)}")
    if times[0] != 0.0:
        raise ValueError(f"{path}, time: expected times from 0 on, got {times[0]:g} first")
    gaps = np.diff(times)
    usual = float(np.median(gaps))
    bad = int(np.argmax(np.abs(gaps - usual)))
    if np.abs(gaps[bad] - usual) > _PRINTED * usual:
        raise ValueError(
            f"{path}, time: expected even steps of {usual:g}, got {gaps[bad]:g} from "
            f"{times[bad]:g} to {times[bad + 1]:g}"
        )
    if np.allclose(gaps, gaps[0], rtol=_EVEN, atol=0.0):
        return times
    return np.linspace(0.0, times[-1], len(times))


def _check_times(
    where: str, times: Float[np.ndarray, " t"], there: str, first: Float[np.ndarray, " f"]
) -> None:
    same = len(times) == len(first)
    if not same or np.abs(times - first).max() > _PRINTED * first[1]:
        raise ValueError(
            f"{where}, time: expected the {len(first)} times to {first[-1]:g} of {there}, "
            f"got {len(times)} to {times[-1]:g}"
        )

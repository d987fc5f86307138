"""A folder of meshes and a table of numbers as a data set.

A row of the table is a sample and its number is that of the row, from 0; a file holds the mesh
and the fields of one simulation. Nothing is repaired: what does not fit is an error that names
file, row, column or field, what was expected and what came.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.data.design import Variable
from understudy.data.sample import Sample
from understudy.data.store import Header
from understudy.data.table import Row, read_rows
from understudy.data.units import checked_units
from understudy.mesh import Mesh
from understudy.mesh.io import mesh_files, read_mesh

__all__ = ["Selection", "read_folder"]


@final
@dataclass(frozen=True, kw_only=True)
class Selection:
    """What of a table and of its meshes becomes a data set.

    Attributes:
        inputs: columns that a prediction will be given.
        outputs: columns to be learnt.
        fields: nodal fields to be learnt; (): all that every mesh has and that vary.
        units: unit of columns, of fields and of "length".
        test_share: share of rows set aside for the test; None: the column `set` says which.
        seed: of the draw of the test and of the order of the training samples; None: the order
            of the table.
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    test_share: float | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        names = [*self.inputs, *self.outputs, *self.fields, "length", "mesh"]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"names: expected each once, got {name!r} again")
            if not name or "/" in name:
                raise ValueError(f"names: expected a word without '/', got {name!r}")
        if self.test_share is not None and not 0.0 <= self.test_share < 1.0:
            raise ValueError(f"test_share: expected 0 <= share < 1, got {self.test_share}")
        if self.test_share and self.seed is None:
            raise ValueError("seed: expected a number with test_share, got none")


def read_folder(
    folder: Path, table: Path, selection: Selection, *, name: str, code: str
) -> tuple[Header, Iterator[Sample], list[str]]:
    """Header, samples and warnings; a mesh is read when its sample is asked for.

    Args:
        folder: where the meshes are.
        table: CSV file; its column `mesh` is relative to `folder`, or to the table.
        selection: what is taken.
        name: of the data set.
        code: digest of the code behind the command.

    Raises:
        ValueError: names what does not fit; the samples raise it as well.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder")
    rows = read_rows(table, [*selection.inputs, *selection.outputs], ["set"])
    paths = _mesh_paths(folder, table, rows)
    spare = [p for p in mesh_files(folder) if p.resolve() not in {q.resolve() for q in paths}]
    warnings = [f"{path}: not in {table}, left out" for path in spare]
    fields = selection.fields
    if not fields:
        fields, said = _common_fields(paths)
        warnings += said
    names = [*selection.inputs, *selection.outputs, *fields, "length"]
    _check_distinct(names)
    units = checked_units(selection.units, names)
    silent = [n for n in names if n not in selection.units]
    if silent:
        warnings.append(f"no unit given for {', '.join(silent)}: taken as plain numbers")
    header = Header(
        name=name,
        seed=selection.seed or 0,
        code=code,
        specification={
            "table": table.name,
            "table_sha256": hashlib.sha256(table.read_bytes()).hexdigest(),
            "inputs": list(selection.inputs),
            "outputs": list(selection.outputs),
            "fields": list(fields),
            "test_share": selection.test_share,
            "seed": selection.seed,
        },
        variables=[_variable(table, n, rows, units[n]) for n in selection.inputs],
        units=units,
        sets=_sets(table, rows, selection),
    )
    return header, _samples(rows, paths, selection, fields), warnings


def _mesh_paths(folder: Path, table: Path, rows: Sequence[Row]) -> list[Path]:
    """Where the mesh of each row is; every file once."""
    seen: dict[Path, int] = {}
    paths = []
    for row in rows:
        where = f"{table}, line {row.line}, mesh"
        found = [p for p in (folder / row.mesh, table.parent / row.mesh) if p.is_file()]
        if not found:
            raise ValueError(f"{where}: expected a file in {folder}, got {row.mesh!r}")
        key = found[0].resolve()
        if key in seen:
            raise ValueError(
                f"{where}: expected a file of its own for each row, "
                f"got {row.mesh!r}, which line {seen[key]} has too"
            )
        seen[key] = row.line
        paths.append(found[0])
    return paths


def _common_fields(paths: Sequence[Path]) -> tuple[tuple[str, ...], list[str]]:
    """Fields that every mesh has and that are not one number, and what is said of the others."""
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    common: set[str] | None = None
    for path in paths:
        _, fields = read_mesh(path)
        common = set(fields) if common is None else common & set(fields)
        for key, values in fields.items():
            low[key] = min(low.get(key, np.inf), float(values.min()))
            high[key] = max(high.get(key, -np.inf), float(values.max()))
    shared = common or set()
    said = [f"field {n}: not in every mesh, left out" for n in sorted(set(low) - shared)]
    flat = {n for n in shared if low[n] == high[n]}
    said += [f"field {n}: {low[n]:g} everywhere, left out" for n in sorted(flat)]
    if not shared - flat:
        raise ValueError(
            f"fields: expected a nodal field that all {len(paths)} meshes have and that varies, "
            f"got {sorted(low) or 'no field at all'}"
        )
    return tuple(sorted(shared - flat)), said


def _check_distinct(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(
                f"names: expected one column or field of a name, got {name!r} twice; "
                "rename one, or name the fields to learn"
            )
        if "/" in name:
            raise ValueError(f"field {name!r}: expected a name without '/'; name the others")


def _variable(table: Path, name: str, rows: Sequence[Row], unit: str) -> Variable:
    """An input with the range that the table shows."""
    values = [row.numbers[name] for row in rows]
    if min(values) == max(values):
        raise ValueError(
            f"{table}, {name}: expected an input that varies, got {values[0]:g} in every row"
        )
    return Variable(name=name, low=min(values), high=max(values), unit=unit, known=True)


def _sets(table: Path, rows: Sequence[Row], selection: Selection) -> dict[str, list[int]]:
    """Training and test samples, and nested training sets of 8, 16, ... samples."""
    count, share = len(rows), selection.test_share
    stated = "set" in rows[0].words
    if stated == (share is not None):
        came = "both" if stated else "neither"
        raise ValueError(f"{table}: expected either a column 'set' or --test-share, got {came}")
    order = np.arange(count)
    if selection.seed is not None:
        order = np.random.default_rng(selection.seed).permutation(count)
    if share is not None:
        is_test = np.zeros(count, dtype=bool)
        is_test[order[: round(share * count)]] = True
    else:
        for row in rows:
            if row.words["set"] not in ("train", "test"):
                raise ValueError(
                    f"{table}, line {row.line}, set: expected 'train' or 'test', "
                    f"got {row.words['set']!r}"
                )
        is_test = np.array([row.words["set"] == "test" for row in rows])
    train = [int(i) for i in order if not is_test[i]]
    if not train:
        raise ValueError(f"{table}: expected a sample to train on, got {count} for the test")
    sets = {"train": train, "test": [int(i) for i in np.flatnonzero(is_test)]}
    nested = {f"train_{n}": train[:n] for n in (2**k for k in range(3, 20)) if n < len(train)}
    return {key: numbers for key, numbers in (sets | nested).items() if numbers}


def _samples(
    rows: Sequence[Row], paths: Sequence[Path], selection: Selection, fields: Sequence[str]
) -> Iterator[Sample]:
    dim = 0
    for index, (row, path) in enumerate(zip(rows, paths, strict=True)):
        mesh, there = read_mesh(path)
        dim = dim or mesh.points.shape[1]
        if mesh.points.shape[1] != dim:
            raise ValueError(f"{path}: expected {dim} coordinates, got {mesh.points.shape[1]}")
        yield Sample(
            index=index,
            seed=0,
            inputs={name: row.numbers[name] for name in selection.inputs},
            mesh=mesh,
            fields={name: _field(path, mesh, there, name) for name in fields},
            scalars={name: row.numbers[name] for name in selection.outputs},
        )


def _field(
    path: Path, mesh: Mesh, there: Mapping[str, np.ndarray], name: str
) -> Float[np.ndarray, " n"]:
    if name not in there:
        raise ValueError(f"{path}: expected field {name!r}, got {sorted(there)}")
    values = there[name]
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(
            f"{path}, field {name}: expected finite values, got {values[bad[0]]} at "
            f"{mesh.points[bad[0]]} and {len(bad) - 1} more"
        )
    return values

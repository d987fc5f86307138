"""A folder of PLAID as a data set; `understudy.data.plaid` says what is where."""

import contextlib
import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import plaid
from plaid import storage

from understudy.data.design import Variable
from understudy.data.plaid.write import MARK
from understudy.data.sample import Sample
from understudy.data.store import Header
from understudy.data.units import checked_units
from understudy.mesh import Mesh
from understudy.mesh.cells import Content, triangle_mesh

__all__ = ["read_plaid"]

_KINDS = {
    "NODE": "vertex", "BAR_2": "line", "BAR_3": "line3", "TRI_3": "triangle",
    "TRI_6": "triangle6", "QUAD_4": "quad", "QUAD_8": "quad8", "QUAD_9": "quad9",
}  # fmt: skip


def read_plaid(
    folder: Path,
    *,
    units: Mapping[str, str],
    problem: str,
    splits: Sequence[str],
    code: str,
) -> tuple[Header, Iterator[Sample]]:
    """Header and samples of a folder of PLAID.

    A folder that `write_plaid` made comes back as it was. Of another one a problem definition
    says what is an input and what is learnt; samples are numbered from split to split.

    Args:
        folder: where `infos.yaml` is.
        units: of a folder of others; ours has its own.
        problem: name of the problem definition of a folder of others; "": the only one.
        splits: splits to take of a folder of others; (): those of the problem definition.
        code: digest of the code behind the command, for a folder of others.

    Raises:
        ValueError: no folder of PLAID, or one that cannot be a data set; names the cause.
    """
    if not (folder / "infos.yaml").is_file():
        raise ValueError(f"{folder}: expected a folder of PLAID with infos.yaml, got none")
    try:
        infos = storage.load_infos_from_disk(folder)
        there = storage.init_from_disk(folder)
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"{folder}: cannot be read by PLAID ({error})") from error
    _, mark, text = (infos.data_description or "").partition(MARK)
    if mark:
        if units or problem or splits:
            raise ValueError(f"{folder}: has units, inputs and sets of its own; name none")
        return _own(text, there)
    return _others(folder, there, units=units, problem=problem, splits=splits, code=code)


def _loaded(there: Any, split: str) -> Iterator[tuple[str, plaid.Sample]]:  # noqa: ANN401
    """Samples of a split, each with its place for error messages."""
    data, converter = there[0][split], there[1][split]
    for k in range(len(data)):
        yield f"{split}[{k}]", converter.to_plaid(data, k)


def _own(text: str, there: Any) -> tuple[Header, Iterator[Sample]]:  # noqa: ANN401
    facts = json.loads(text)
    variables = [Variable(**v) for v in facts.pop("variables")]
    header = Header(variables=variables, **facts)
    names = {v.name for v in variables}
    streams = [(_ours(w, found, names) for w, found in _loaded(there, name)) for name in there[0]]
    return header, heapq.merge(*streams, key=lambda sample: sample.index)


def _ours(where: str, found: plaid.Sample, names: set[str]) -> Sample:
    """A sample that `write_plaid` wrote: every number as it was."""
    points, cells, base = _geometry(where, found)
    origin = next(n for n in found.get_base(base)[2] if n[0] == "Origin")
    facts = {name: value[0] for name, value, *_ in origin[2]}
    numbers = {name: float(found.get_global(name)) for name in _globals(found)}
    steps = [name for name in facts if name.startswith("seconds_")]
    return Sample(
        index=int(facts["index"]),
        seed=int(facts["seed"]),
        inputs={name: value for name, value in numbers.items() if name in names},
        mesh=Mesh(points=points, triangles=cells["TRI_3"].astype(np.int64)),
        fields={
            name: np.array(found.get_field(name, base=base))
            for name in found.get_field_names(location="Vertex", base=base)
        },
        scalars={name: value for name, value in numbers.items() if name not in names},
        residual=float(facts["residual"]),
        seconds={name.removeprefix("seconds_"): float(facts[name]) for name in steps},
    )


def _globals(found: plaid.Sample) -> list[str]:
    """Names of all globals; PLAID's own list skips those with "Time" in their name."""
    base = found.get_base("Global")
    return [] if base is None else [n[0] for n in base[2] if n[3] == "DataArray_t"]


def _geometry(where: str, found: plaid.Sample) -> tuple[np.ndarray, dict[str, np.ndarray], str]:
    """Points, cells by type and name of the one base of surface cells."""
    times = found.get_all_time_values()
    if len(times) != 1:
        raise ValueError(f"{where}: expected one time, got {len(times)}")
    bases = [
        name
        for name in found.get_base_names()
        if found.get_topological_dim(name) == 2 and found.get_zone_names(base=name)
    ]
    zones = [zone for base in bases for zone in found.get_zone_names(base=base)]
    if len(zones) != 1:
        raise ValueError(f"{where}: expected one zone of surface cells, got {zones or 'none'}")
    return (
        np.ascontiguousarray(found.get_nodes(zone=zones[0], base=bases[0])),
        found.get_elements(zone=zones[0], base=bases[0]),
        bases[0],
    )


def _others(
    folder: Path,
    there: Any,  # noqa: ANN401
    *,
    units: Mapping[str, str],
    problem: str,
    splits: Sequence[str],
    code: str,
) -> tuple[Header, Iterator[Sample]]:
    name, task = _problem(folder, problem)
    chosen = list(splits) or list(dict.fromkeys([*task.train_split, *task.test_split]))
    for split in chosen:
        if split not in there[0]:
            raise ValueError(f"{folder}: expected splits of {sorted(there[0])}, got {split!r}")
    inputs, _ = _names(task.input_features)
    scalars, fields = _names(task.output_features)
    known = checked_units(units, [*inputs, *scalars, *fields, "length"])

    def samples() -> Iterator[Sample]:
        pairs = (pair for split in chosen for pair in _loaded(there, split))
        for index, (where, found) in enumerate(pairs):
            yield _theirs(f"{folder}, {where}", found, index, (inputs, scalars, fields))

    drawn = [dict(sample.inputs) for sample in samples()]
    ranges = {n: (min(d[n] for d in drawn), max(d[n] for d in drawn)) for n in inputs}
    header = Header(
        name=folder.resolve().name,
        seed=0,
        code=code,
        specification={"plaid": folder.name, "problem": name, "splits": chosen},
        variables=[
            Variable(name=n, low=low, high=high, unit=known[n], known=True)
            for n, (low, high) in ranges.items()
        ],
        units=known,
        sets=_sets(there, task, chosen),
    )
    return header, samples()


def _problem(folder: Path, name: str) -> tuple[str, plaid.ProblemDefinition]:
    tasks: dict[str, plaid.ProblemDefinition] = {}
    with contextlib.suppress(ValueError, FileNotFoundError):
        tasks = storage.load_problem_definitions_from_disk(folder) or {}
    if not name and len(tasks) == 1:
        name = next(iter(tasks))
    if name not in tasks:
        raise ValueError(
            f"{folder}: expected a problem definition of {sorted(tasks)}, got {name!r}"
        )
    return name, tasks[name]


def _names(features: Sequence[str]) -> tuple[list[str], list[str]]:
    """Globals and vertex fields among the paths of features."""
    parts = [path.split("/") for path in features]
    return (
        [p[-1] for p in parts if p[0] == "Global" and len(p) == 2],
        [p[-1] for p in parts if len(p) == 4 and p[2] in ("VertexFields", "PointData")],
    )


def _sets(
    there: Any,  # noqa: ANN401
    task: plaid.ProblemDefinition,
    chosen: Sequence[str],
) -> dict[str, list[int]]:
    """Numbers of the samples of each split, and of the task's training and test samples."""
    sets: dict[str, list[int]] = {}
    start = 0
    for split in chosen:
        size = len(there[0][split])
        sets[split] = list(range(start, start + size))
        start += size
    for name, said in (("train", task.train_split), ("test", task.test_split)):
        for split, places in said.items():
            if split in chosen:
                whole = range(len(there[0][split])) if places == "all" else places
                sets[name] = [sets[split][i] for i in whole]
    return sets


def _theirs(
    where: str, found: plaid.Sample, index: int, names: tuple[list[str], list[str], list[str]]
) -> Sample:
    points, cells, base = _geometry(where, found)
    numbers = {}
    for name in (*names[0], *names[1]):
        value = np.asarray(found.get_global(name), dtype=object)
        if value.shape != () or value == None:  # noqa: E711 - an array of objects
            raise ValueError(f"{where}, global {name}: expected a number, got {value}")
        numbers[name] = float(value)
    fields = {name: found.get_field(name, base=base) for name in names[2]}
    for name, values in fields.items():
        if values is None:
            raise ValueError(f"{where}, field {name}: expected values, got none")
    content = Content(
        points=points,
        blocks=[(_KINDS.get(kind, kind), array) for kind, array in cells.items()],
        nodal={name: np.asarray(values, dtype=float) for name, values in fields.items()},
    )
    try:
        mesh, nodal = triangle_mesh(content)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
    return Sample(
        index=index,
        seed=0,
        inputs={name: numbers[name] for name in names[0]},
        mesh=mesh,
        fields=nodal,
        scalars={name: numbers[name] for name in names[1]},
    )

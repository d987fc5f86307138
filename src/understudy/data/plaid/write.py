"""A data set as a folder of PLAID; `understudy.data.plaid` says what goes where."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import plaid
from CGNS.PAT import cgnslib
from plaid import storage
from plaid.infos import DataProduction, Infos

from understudy.data.sample import Sample
from understudy.data.store import Header, read_header, read_samples

__all__ = ["MARK", "write_plaid"]

MARK = "understudy-header: "
"""What the header of a data set follows in the description."""


def write_plaid(
    data: Path, out: Path, *, owner: str, licence: str, backend: str = "cgns"
) -> list[str]:
    """Write a data set as a folder of PLAID, whole or absent; returns what was left out.

    Args:
        data: HDF5 data set; samples that failed are left out.
        out: folder to make.
        owner: who holds the rights, for the folder's `infos.yaml`.
        licence: licence of the data, for the same.
        backend: "cgns", a file a sample, or "zarr", arrays a split.

    Raises:
        ValueError: another backend, `out` exists, or a name that CGNS cannot hold.
    """
    if backend not in ("cgns", "zarr"):
        raise ValueError(f"backend: expected 'cgns' or 'zarr', got {backend!r}")
    if out.exists():
        raise ValueError(f"{out}: expected a folder that is not there yet")
    header = read_header(data)
    good: list[int] = []
    shown, failed = None, 0
    for sample in read_samples(data):
        if sample.mesh is None or sample.error:
            failed += 1
        else:
            good.append(sample.index)
            shown = shown or sample
    if shown is None:
        raise ValueError(f"{data}: expected a sample that did not fail, got none of {failed}")
    there = set(good)
    sets = {name: [i for i in numbers if i in there] for name, numbers in header.sets.items()}
    header = replace(header, sets={name: numbers for name, numbers in sets.items() if numbers})
    splits = _splits(header.sets, good)
    stream, reached = read_samples(data), -1

    def construct(index: int) -> plaid.Sample:
        """Samples of a split are asked for in the order of the file: seldom begin again."""
        nonlocal stream, reached
        if index <= reached:
            stream = read_samples(data)
        reached = index
        return _tree(next(s for s in stream if s.index == index))

    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".part-", dir=out.parent))
    try:
        storage.save_to_disk(
            temporary / "data_set",
            construct,
            splits,
            infos=_infos(header, owner, licence, failed),
            backend=backend,
            pb_defs=_problems(header, splits, shown),
        )
        (temporary / "data_set").replace(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return [f"{failed} samples failed, left out"] if failed else []


def _splits(sets: Mapping[str, Sequence[int]], good: Sequence[int]) -> dict[str, list[int]]:
    """Disjoint sets, the largest first, and what is in none; numbers in the order of the file."""
    splits: dict[str, list[int]] = {}
    taken: set[int] = set()
    for name, numbers in sorted(sets.items(), key=lambda item: -len(item[1])):
        if not taken & set(numbers):
            splits[name] = sorted(numbers)
            taken |= set(numbers)
    rest = [i for i in good if i not in taken]
    return splits | ({"other": rest} if rest else {})


def _tree(sample: Sample) -> plaid.Sample:
    """A sample as CGNS."""
    if sample.mesh is None:
        raise ValueError(f"sample {sample.index}: expected a mesh, got none")
    points, triangles = sample.mesh.points, sample.mesh.triangles
    base = f"Base_2_{points.shape[1]}"
    found = plaid.Sample()
    found.init_base(2, points.shape[1], base)
    found.init_zone(np.array([[len(points), len(triangles), 0]]), zone="Zone", base=base)
    found.set_nodes(points, zone="Zone", base=base)
    cgnslib.newElements(
        found.get_zone("Zone", base), "Elements_TRI_3", "TRI_3",
        np.array([1, len(triangles)]), triangles.astype(np.int64).ravel() + 1,
    )  # fmt: skip
    for name, values in sample.fields.items():
        found.add_field(name, values.astype(np.float64), "Vertex", "Zone", base)
    origin = cgnslib.newUserDefinedData(found.get_base(base), "Origin")
    facts = {"index": sample.index, "seed": sample.seed, "residual": sample.residual}
    for name, value in facts.items():
        cgnslib.newDataArray(origin, name, np.array([value]))
    for name, value in sample.seconds.items():
        cgnslib.newDataArray(origin, f"seconds_{name}", np.array([value], dtype=np.float64))
    twice = set(sample.inputs) & set(sample.scalars)
    if twice:
        raise ValueError(f"globals: expected each name once, got {sorted(twice)} twice")
    for name, value in (dict(sample.inputs) | dict(sample.scalars)).items():
        found.add_global(name, np.array([value], dtype=np.float64))
    return found


def _infos(header: Header, owner: str, licence: str, failed: int) -> Infos:
    units = ", ".join(f"{name} [{unit or '1'}]" for name, unit in sorted(header.units.items()))
    left_out = f" {failed} samples failed and are left out." if failed else ""
    text = f"Data set {header.name}. Units: {units}.{left_out}\n"
    return Infos(
        owner=owner,
        license=licence,
        data_production=DataProduction(
            type="simulation",
            physics=header.name,
            simulator=", ".join(f"{n} {v}" for n, v in sorted(header.versions.items())),
            script=f"understudy, code {header.code}",
        ),
        data_description=text + MARK + json.dumps(asdict(header), sort_keys=True),
    )


def _problems(
    header: Header, splits: Mapping[str, Sequence[int]], shown: Sample
) -> dict[str, plaid.ProblemDefinition]:
    """Learn from a training set, judge on another: nested sets on the first of these only."""
    first = "train" if "train" in splits else next(iter(splits))
    others = [name for name in splits if name != first] or [first]
    others.sort(key=lambda name: name != "test")
    dim = 2 if shown.mesh is None else shown.mesh.points.shape[1]
    zone = f"Base_2_{dim}/Zone"
    inputs = [f"{zone}/GridCoordinates/Coordinate{axis}" for axis in "XYZ"[:dim]]
    inputs += [f"Global/{v.name}" for v in header.variables if v.known]
    outputs = [f"{zone}/VertexFields/{name}" for name in shown.fields]
    outputs += [f"Global/{name}" for name in shown.scalars]
    place = {index: k for k, index in enumerate(splits[first])}
    tasks: dict[str, tuple[Any, str]] = {first: ("all", others[0])}
    for name, numbers in header.sets.items():
        if name not in splits and all(i in place for i in numbers):
            tasks[name] = ([place[i] for i in numbers], others[0])
    tasks |= {f"{first}_for_{name}": ("all", name) for name in others[1:]}
    return {
        name: plaid.ProblemDefinition(
            input_features=inputs, output_features=outputs,
            train_split={first: train}, test_split={test: "all"},
        )
        for name, (train, test) in tasks.items()
    }  # fmt: skip

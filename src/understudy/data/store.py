"""The one file format of samples: HDF5, self-describing, checksummed, whole or absent.

    /                       format, version, name, seed, code, specification, versions, units,
                            variables, sets (JSON where not text), checksum
    /samples/<index>        index, seed, residual, error, inputs, scalars, seconds, checksum
    /samples/<index>/points (n, 2)      triangles (m, 3)      fields/<name> (n,)

A data set of many batches is a file of the same form whose samples are links to the batches' own
files, by relative names: what is joined moves as a folder, and nothing is stored twice.

A sample's checksum is the SHA-256 of all it holds but `seconds`; the file's is that of the
samples' checksums. Both are verified when a file is read, after the seal of the whole file
(`understudy.hdf5`).
"""

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, final

import h5py

from understudy.data.design import Variable
from understudy.data.sample import Sample
from understudy.files import versions
from understudy.hdf5 import opened, writing
from understudy.mesh import Mesh

__all__ = ["Header", "checksum", "join_samples", "read_header", "read_samples", "write_samples"]

_FORMAT = "understudy-samples"
_VERSION = 1
_KINDS = {"specification": dict, "variables": list, "units": dict, "sets": dict, "versions": dict}


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Header:
    """What holds for all samples of a file.

    Attributes:
        name: name of the data set.
        seed: seed of the design.
        code: digest of the code that made the samples.
        specification: settings of the simulation.
        variables: inputs of the design.
        units: unit of every field and output scalar, and of "length".
        sets: numbers of the samples in each named set, say "train", "train_16" and "test".
        versions: software that made the samples.
    """

    name: str
    seed: int
    code: str
    specification: Mapping[str, Any]
    variables: Sequence[Variable]
    units: Mapping[str, str]
    sets: Mapping[str, Sequence[int]]
    versions: Mapping[str, str] = field(default_factory=versions)


def checksum(sample: Sample) -> str:
    """SHA-256 of everything but the times, in hexadecimal digits."""
    content = hashlib.sha256()
    facts = {
        "index": sample.index, "seed": sample.seed, "inputs": dict(sample.inputs),
        "scalars": dict(sample.scalars), "residual": repr(sample.residual), "error": sample.error,
    }  # fmt: skip
    content.update(json.dumps(facts, sort_keys=True).encode())
    if sample.mesh is not None:
        content.update(sample.mesh.points.astype("<f8").tobytes())
        content.update(sample.mesh.triangles.astype("<i8").tobytes())
    for name in sorted(sample.fields):
        content.update(name.encode() + sample.fields[name].astype("<f8").tobytes())
    return content.hexdigest()


def write_samples(path: Path, header: Header, samples: Iterable[Sample]) -> None:
    """Write samples in the order of their index; the file appears when it is complete."""
    with writing(path) as file:
        _write_header(file, header)
        group = file.create_group("samples")
        sums = {f"{s.index:06d}": _write(group, header.units, s) for s in samples}
        file.attrs["checksum"] = _checksum_of_all(sums)


def join_samples(path: Path, header: Header, batches: Iterable[Path]) -> None:
    """Write a file whose samples stay where they are, in the files of their batches.

    Checksums are taken over as the batches state them; `read_samples` compares.

    Raises:
        ValueError: a batch is missing, truncated, of another format, or not below the folder of
            `path`; names the file.
    """
    sums = {}
    with writing(path) as file:
        _write_header(file, header)
        group = file.create_group("samples")
        for batch in batches:
            name = Path(os.path.relpath(batch, path.parent)).as_posix()
            with _open(_below(path, name)) as own:
                for key, sample in own["samples"].items():
                    group[key] = h5py.ExternalLink(name, f"/samples/{key}")
                    sums[key] = sample.attrs["checksum"]
        file.attrs["checksum"] = _checksum_of_all(sums)


def _write_header(file: h5py.File, header: Header) -> None:
    file.attrs["format"] = _FORMAT
    file.attrs["version"] = _VERSION
    for key, value in asdict(header).items():
        file.attrs[key] = value if isinstance(value, str | int) else _json(value)


def _json(value: Any) -> str:  # noqa: ANN401
    return json.dumps(value, sort_keys=True)


def _checksum_of_all(sums: Mapping[str, str]) -> str:
    return hashlib.sha256("".join(sums[key] for key in sorted(sums)).encode()).hexdigest()


def _write(parent: h5py.Group, units: Mapping[str, str], sample: Sample) -> str:
    group = parent.create_group(f"{sample.index:06d}")
    group.attrs["index"], group.attrs["seed"] = sample.index, sample.seed
    group.attrs["residual"], group.attrs["error"] = sample.residual, sample.error
    for key in ("inputs", "scalars", "seconds"):
        group.attrs[key] = _json(dict(getattr(sample, key)))
    if sample.mesh is not None:
        group["points"], group["triangles"] = sample.mesh.points, sample.mesh.triangles
        group["points"].attrs["unit"] = units["length"]
        for name, values in sample.fields.items():
            group[f"fields/{name}"] = values
            group[f"fields/{name}"].attrs["unit"] = units[name]
    group.attrs["checksum"] = total = checksum(sample)
    return total


def read_header(path: Path) -> Header:
    """Read what holds for all samples.

    Raises:
        ValueError: the file is missing, truncated, of another format or version; names the file.
    """
    with _open(path) as file:
        at = dict(file.attrs)
    try:
        texts = {key: at[key] for key in ("name", "code")}
        held = {key: json.loads(at[key]) for key in _KINDS}
        for key, value in {**texts, **held}.items():
            if not isinstance(value, _KINDS.get(key, str)):
                raise ValueError(f"{key}: expected {_KINDS.get(key, str).__name__}, got {value!r}")
        variables = [Variable(**v) for v in held.pop("variables")]
        return Header(**texts, **held, seed=int(at["seed"]), variables=variables)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{path}: its header is damaged ({error})") from error


def read_samples(path: Path, indices: Collection[int] | None = None) -> Iterator[Sample]:
    """Read samples one by one, in the order of their index, each verified by its checksum.

    Args:
        path: HDF5 file.
        indices: numbers of the samples to read; all where None.

    Raises:
        ValueError: the file, or one that it joins, is missing, truncated, damaged, of another
            format; a sample is not there; names the file.
    """
    sums = {}
    with _open(path) as file:
        wanted = sorted(file["samples"]) if indices is None else _keys(path, file, indices)
        for key, group in _groups(path, file["samples"], wanted):
            try:
                sample = _read(group)
                stated = group.attrs["checksum"]
            except (OSError, LookupError, ValueError, TypeError, OverflowError) as error:
                raise ValueError(f"{path}: sample {key} is damaged ({error})") from error
            sums[key] = checksum(sample)
            if sums[key] != stated:
                raise ValueError(
                    f"{path}: sample {key} is damaged (expected checksum {stated!s:.12}, "
                    f"got {sums[key][:12]})"
                )
            yield sample
        if indices is None and _checksum_of_all(sums) != file.attrs["checksum"]:
            raise ValueError(f"{path}: samples were added or lost since the file was written")


def _keys(path: Path, file: h5py.File, indices: Collection[int]) -> list[str]:
    there = file["samples"]
    for index in sorted(indices):
        if there.get(f"{index:06d}", getlink=True) is None:
            raise ValueError(f"{path}: expected one of {len(there)} samples, got number {index}")
    return [f"{index:06d}" for index in sorted(indices)]


def _below(path: Path, name: str) -> Path:
    """A file that `path` joins, by its name there: nothing outside of its folder."""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ValueError(f"{path}: expected samples in files below its folder, got {name}")
    return path.parent / name


def _groups(
    path: Path, parent: h5py.Group, keys: Iterable[str]
) -> Iterator[tuple[str, h5py.Group]]:
    """Groups of samples; of the files that are joined one is open at a time."""
    name: str = ""
    batch: h5py.File | None = None
    try:
        for key in keys:
            link = parent.get(key, getlink=True)
            joined = isinstance(link, h5py.ExternalLink)
            if joined and link.filename != name:
                if batch is not None:
                    batch.close()
                batch, name = _open(_below(path, link.filename)), link.filename
            try:
                group = batch[link.path] if joined and batch is not None else parent[key]
            except (OSError, KeyError) as error:
                raise ValueError(f"{path}: sample {key} is damaged ({error})") from error
            yield key, group
    finally:
        if batch is not None:
            batch.close()


def _open(path: Path) -> h5py.File:
    file = opened(path)
    kind, version = file.attrs.get("format"), file.attrs.get("version")
    if (kind, version) != (_FORMAT, _VERSION):
        file.close()
        raise ValueError(
            f"{path}: expected format {_FORMAT} version {_VERSION}, got {kind} version {version}"
        )
    return file


def _read(group: h5py.Group) -> Sample:
    mesh = None
    if "points" in group:
        mesh = Mesh(points=group["points"][:], triangles=group["triangles"][:])
    return Sample(
        index=int(group.attrs["index"]),
        seed=int(group.attrs["seed"]),
        inputs=json.loads(group.attrs["inputs"]),
        mesh=mesh,
        fields={name: values[:] for name, values in group.get("fields", {}).items()},
        scalars=json.loads(group.attrs["scalars"]),
        residual=float(group.attrs["residual"]),
        seconds=json.loads(group.attrs["seconds"]),
        error=group.attrs["error"],
    )

"""Frozen specifications and fitted objects as files: HDF5 arrays under a JSON header, no pickle.

An object is taken apart along its dataclass fields; the type annotations of the class that the
*reader* names put it together again, so that opening a stranger's file runs no code of theirs.
"""

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import h5py
import numpy as np
from scipy.sparse import csr_array

from understudy.files import versions
from understudy.hdf5 import opened, writing

__all__ = ["build", "load", "peek", "plain", "save"]

T = TypeVar("T")
_ARRAY = "array:"


def save(path: Path, kind: str, version: int, value: object, origin: Mapping[str, Any]) -> None:
    """Write a dataclass with all it holds; the file is whole or absent.

    Args:
        path: file to write.
        kind: what the file is, say "understudy-mmgp".
        version: of the layout; raise it when a field of the class changes.
        value: instance of a dataclass.
        origin: seed, code digest and what else tells where the numbers come from.
    """
    arrays: dict[str, np.ndarray] = {}
    tree = _split(value, "", arrays)
    header = {
        "format": kind, "version": version, "origin": dict(origin), "software": versions(),
        "tree": tree,
    }  # fmt: skip
    with writing(path) as file:
        for name, array in arrays.items():
            file[name] = array
        text = json.dumps(header, sort_keys=True)
        # An attribute of HDF5 holds at most 64 KiB; a data set has no such limit.
        file["header"] = text
        file.attrs["checksum"] = _checksum(text, arrays)


def load(path: Path, kind: str, version: int, cls: type[T]) -> tuple[T, dict[str, Any]]:
    """Read what `save` wrote: the object and its origin.

    Raises:
        ValueError: missing or truncated file, another kind or version, a wrong checksum.
    """
    header, arrays = _content(path)
    if (header["format"], header["version"]) != (kind, version):
        raise ValueError(
            f"{path}: expected {kind} of version {version}, "
            f"got {header['format']} of version {header['version']}"
        )
    try:
        return _join(cls, header["tree"], arrays, ""), header["origin"]
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{path}: not a usable {kind} ({error})") from error


def peek(path: Path) -> str:
    """Format of an HDF5 file: what `save` called it, or the attribute "format", or "".

    Raises:
        ValueError: the file is missing or not a whole HDF5 file.
    """
    with opened(path) as file:
        if "header" in file:
            return str(json.loads(file["header"][()])["format"])
        return str(file.attrs.get("format", ""))


def build(cls: type[T], mapping: object, where: str) -> T:
    """Make a specification of plain values, as YAML or JSON give them.

    Args:
        cls: a dataclass.
        mapping: its fields by name, nested likewise.
        where: name of the block for error messages.

    Raises:
        ValueError: names the key, what was expected and what came.
    """
    return _join(cls, mapping, {}, where)


def plain(value: object) -> Any:  # noqa: ANN401
    """A specification as plain values, the inverse of `build`."""
    return _split(value, "", {})


def _content(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    with opened(path) as file:
        try:
            text = file["header"][()].decode()
            header = json.loads(text)
            arrays: dict[str, np.ndarray] = {}
            file.visititems(
                lambda name, node: (
                    arrays.update({name: node[()]})
                    if isinstance(node, h5py.Dataset) and name != "header"
                    else None
                )
            )
            stated = file.attrs["checksum"]
        except (OSError, KeyError, ValueError) as error:
            raise ValueError(f"{path}: damaged or not a file of ours ({error})") from error
    if _checksum(text, arrays) != stated:
        raise ValueError(f"{path}: damaged (its checksum does not fit its content)")
    return header, arrays


def _checksum(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    content = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        content.update(f"{name}{arrays[name].shape}{arrays[name].dtype.str}".encode())
        content.update(np.ascontiguousarray(arrays[name]).tobytes())
    return content.hexdigest()


def _split(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:  # noqa: ANN401
    path = path.removeprefix("/")
    if isinstance(value, np.ndarray):
        arrays[path] = value
        return _ARRAY + path
    if isinstance(value, csr_array):
        parts = {"data": value.data, "indices": value.indices, "indptr": value.indptr}
        arrays |= {f"{path}/{name}": part for name, part in parts.items()}
        return {"csr": path, "shape": list(value.shape)}
    if is_dataclass(value):
        own = [f.name for f in fields(value) if f.init]
        return {name: _split(getattr(value, name), f"{path}/{name}", arrays) for name in own}
    if isinstance(value, Mapping):
        return {key: _split(item, f"{path}/{key}", arrays) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_split(item, f"{path}/{i}", arrays) for i, item in enumerate(value)]
    return value


def _join(kind: Any, tree: Any, arrays: Mapping[str, np.ndarray], where: str) -> Any:  # noqa: ANN401
    origin, inner = get_origin(kind), get_args(kind)
    if isinstance(tree, str) and tree.startswith(_ARRAY):
        return arrays[tree.removeprefix(_ARRAY)]
    if kind is csr_array:
        parts = tuple(arrays[f"{tree['csr']}/{name}"] for name in ("data", "indices", "indptr"))
        return csr_array(parts, shape=tuple(tree["shape"]))
    if is_dataclass(kind):
        return _join_dataclass(kind, tree, arrays, where)
    if origin is dict:
        _expect(isinstance(tree, Mapping), where, "a mapping", tree)
        return {k: _join(inner[1], v, arrays, f"{where}.{k}") for k, v in tree.items()}
    if origin is tuple:
        _expect(isinstance(tree, list | tuple), where, "a list", tree)
        kinds = [inner[0]] * len(tree) if inner[-1] is Ellipsis else list(inner)
        _expect(len(tree) == len(kinds), where, f"{len(kinds)} values", tree)
        return tuple(
            _join(k, v, arrays, f"{where}[{i}]")
            for i, (k, v) in enumerate(zip(kinds, tree, strict=True))
        )
    if origin in (Union, types.UnionType):
        chosen = [k for k in inner if k is not type(None)]
        return None if tree is None else _join(chosen[0], tree, arrays, where)
    if kind is float:
        _expect(
            isinstance(tree, int | float) and not isinstance(tree, bool), where, "a number", tree
        )
        return float(tree)
    _expect(type(tree) is kind, where, getattr(kind, "__name__", str(kind)), tree)
    return tree


def _join_dataclass(kind: Any, tree: Any, arrays: Mapping[str, np.ndarray], where: str) -> Any:  # noqa: ANN401
    _expect(isinstance(tree, Mapping), where, "a mapping", tree)
    own = {f.name: f for f in fields(kind) if f.init}
    prefix = f"{where}." if where else ""
    for key in tree:
        if key not in own:
            raise ValueError(f"{prefix}{key}: unknown key; expected one of {sorted(own)}")
    for name, f in own.items():
        if name not in tree and f.default is MISSING and f.default_factory is MISSING:
            raise ValueError(f"{prefix}{name}: missing")
    hints = get_type_hints(kind)
    given = {k: _join(hints[k], v, arrays, f"{prefix}{k}") for k, v in tree.items()}
    try:
        return kind(**given)
    except ValueError as error:
        raise ValueError(f"{where}: {error}" if where else str(error)) from error


def _expect(fine: bool, where: str, expected: str, got: object) -> None:
    if not fine:
        raise ValueError(f"{where}: expected {expected}, got {got!r}")

"""Arrays larger than memory should hold: mapped from their file, made and read in blocks of rows.

A large array is a `numpy.memmap`, so that every function takes it; pages that a pass has read are
given back at the end of each block. `mapped` makes such an array of others in a scratch file that
vanishes with the last reference to it.
"""

import hashlib
import json
import mmap
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np
from jaxtyping import Int, Shaped

from understudy.data import tree
from understudy.hdf5 import opened

__all__ = ["LARGE", "blocks", "empty", "give_back", "is_large", "load_mapped", "mapped", "taken"]

LARGE = 256 * 2**20
"""Bytes from which on an array is large."""
_BLOCK = 16 * 2**20
"""Bytes of a block, about."""

T = TypeVar("T")


def is_large(values: Shaped[np.ndarray, "..."]) -> bool:
    """Whether an array is mapped and is to be read in blocks."""
    return isinstance(values, np.memmap)


def blocks(
    values: Shaped[np.ndarray, "N *s"],
) -> Iterator[tuple[slice, Shaped[np.ndarray, "k *s"]]]:
    """Rows in order, with their place; a small array is one block."""
    if not is_large(values):
        yield slice(0, len(values)), values
        return
    rows = max(1, int(_BLOCK // max(values[0].nbytes, 1)))
    for first in range(0, len(values), rows):
        part = slice(first, min(first + rows, len(values)))
        yield part, np.array(values[part])
        give_back(values)


def taken(
    values: Shaped[np.ndarray, "N *s"], rows: slice | Int[np.ndarray, " k"]
) -> Shaped[np.ndarray, "k *s"]:
    """Some rows, in memory; pages of a large array are given back."""
    out = values[rows]
    if is_large(values):
        out = np.array(out)
        give_back(values)
    return out


def empty(shape: tuple[int, ...]) -> Shaped[np.ndarray, "..."]:
    """An array to be filled: in memory, or in a scratch file if it is large."""
    if 8 * int(np.prod(shape)) < LARGE:
        return np.empty(shape)
    with tempfile.TemporaryFile() as file:
        return np.memmap(file, dtype=float, mode="w+", shape=shape)


def mapped(
    function: Callable[..., np.ndarray], *arrays: Shaped[np.ndarray, "N ..."]
) -> Shaped[np.ndarray, "N ..."]:
    """`function` of arrays with as many rows each, row by row; in blocks if the first is large."""
    if not is_large(arrays[0]):
        return function(*arrays)
    out: np.ndarray | None = None
    for part, first in blocks(arrays[0]):
        made = function(first, *(np.array(a[part]) for a in arrays[1:]))
        if out is None:
            out = empty((len(arrays[0]), *made.shape[1:]))
        out[part] = made
        for array in (out, *arrays[1:]):
            give_back(array)
    return arrays[0] if out is None else out


def load_mapped(path: Path, kind: str, version: int, cls: type[T]) -> tuple[T, dict[str, Any]]:
    """What `tree.load` does, with large arrays mapped instead of read.

    Raises:
        ValueError: as `tree.load`.
    """
    if not path.is_file() or path.stat().st_size < LARGE or tree.peek(path) != kind:
        return tree.load(path, kind, version, cls)
    arrays: dict[str, np.ndarray] = {}
    with opened(path) as file:
        text, stated = file["header"][()].decode(), file.attrs["checksum"]
        file.visititems(
            lambda name, node: (
                arrays.update({name: _array(path, node)})
                if isinstance(node, h5py.Dataset) and name != "header"
                else None
            )
        )
    if _checksum(text, arrays) != stated:
        raise ValueError(f"{path}: damaged (its checksum does not fit its content)")
    header = json.loads(text)
    if header["version"] != version:
        raise ValueError(
            f"{path}: expected {kind} of version {version}, got version {header['version']}"
        )
    return tree._join(cls, header["tree"], arrays, ""), header["origin"]


def _array(path: Path, node: h5py.Dataset) -> np.ndarray:
    """Values of a data set: read, or mapped if they are many and lie in one piece."""
    place = node.id.get_offset()
    if node.nbytes < LARGE or place is None:
        return node[()]
    return np.memmap(path, dtype=node.dtype, mode="r", offset=place, shape=node.shape)


def _checksum(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    """That of `tree`, without a copy of any large array."""
    content = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        content.update(f"{name}{arrays[name].shape}{arrays[name].dtype.str}".encode())
        for _, block in blocks(arrays[name]) if arrays[name].ndim else [(0, arrays[name])]:
            content.update(np.ascontiguousarray(block).tobytes())
    return content.hexdigest()


def give_back(values: np.ndarray) -> None:
    """Write what was changed and drop the pages of a mapped array from memory."""
    base = getattr(values, "_mmap", None)
    if base is not None:
        if values.flags.writeable:
            base.flush()
        base.madvise(mmap.MADV_DONTNEED)

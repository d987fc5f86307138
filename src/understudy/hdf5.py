"""HDF5 files under a seal: read as they were written, or refused before anything is read.

The first 512 bytes of a file, which HDF5 leaves to its users (a user block), hold the SHA-256 of
all that follows. One changed bit is noticed wherever it is: in values, in the structure of the
file, in padding. Files without a user block, as earlier versions wrote them, are opened unchecked;
what they hold has checksums of its own.
"""

import contextlib
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from understudy.files import replacing

__all__ = ["check_seal", "opened", "seal", "writing"]

_BLOCK = 512
_HDF5 = b"\x89HDF\r\n\x1a\n"
_LEAD = b"understudy seal 1, SHA-256 of what follows byte 512\n"
_SMALL = 2**16
"""Bytes of a write that may be structure, which HDF5 reads again; values are not read again."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[h5py.File]:
    """A file to fill, which is sealed and appears when the block succeeds.

    Raises:
        OSError: it cannot be written, because the disk is full, say; names the file.
    """
    with replacing(path) as temporary:
        with _Disk(temporary) as disk:
            with h5py.File(disk, "w", userblock_size=_BLOCK) as file:
                yield file
            if disk.error is not None:
                raise OSError(disk.error.errno, f"{path}: {disk.error.strerror}") from disk.error
        seal(temporary)


class _Disk(io.RawIOBase):
    """A file that keeps in memory what a full disk does not take.

    HDF5 crashes in calls that follow a write that failed. So no write fails here: the first error
    is kept, small writes after it are held in memory, and large ones are dropped.
    """

    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDWR | os.O_TRUNC)
        self.place, self.end = 0, 0
        self.error: OSError | None = None
        self.held: dict[int, bytes] = {}

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte."""
        self.place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.place}.get(whence, self.end)
        return self.place

    def tell(self) -> int:
        """The byte that is next."""
        return self.place

    def write(self, data: Any) -> int:  # noqa: ANN401
        """Take all bytes."""
        left, place = memoryview(data).cast("B"), self.place
        size = len(left)
        try:
            while self.error is None and len(left):
                done = os.pwrite(self.number, left, place)
                left, place = left[done:], place + done
        except OSError as error:
            self.error = error
        if self.error is not None and size <= _SMALL:
            self.held[self.place] = bytes(memoryview(data).cast("B"))
        self.place += size
        self.end = max(self.end, self.place)
        return size

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        """Give bytes back; zeros where none were kept."""
        view = np.frombuffer(memoryview(buffer).cast("B"), dtype=np.uint8)
        first, size = self.place, len(view)
        found = os.pread(self.number, size, first)
        view[:] = 0
        view[: len(found)] = np.frombuffer(found, dtype=np.uint8)
        for place, data in self.held.items():
            low, high = max(place, first), min(place + len(data), first + size)
            if low < high:
                part = np.frombuffer(data, dtype=np.uint8)[low - place : high - place]
                view[low - first : high - first] = part
        self.place += size
        return size

    def truncate(self, size: int | None = None) -> int:
        """Make the file longer or shorter."""
        self.end = self.place if size is None else size
        try:
            os.ftruncate(self.number, self.end)
        except OSError as error:
            self.error = self.error or error
        return self.end

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Give the file back."""
        if not self.closed:
            os.close(self.number)
        super().close()


def opened(path: Path) -> h5py.File:
    """A file to read, its seal checked.

    Raises:
        ValueError: no such file, changed since it was written, or not a whole HDF5 file; names it.
    """
    check_seal(path)
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise ValueError(f"{path}: not a whole HDF5 file ({error})") from error


def seal(path: Path) -> None:
    """Write the digest of what follows the user block into the block."""
    with path.open("r+b") as file:
        file.seek(_BLOCK)
        block = _block(hashlib.file_digest(file, "sha256").hexdigest())
        file.seek(0)
        file.write(block)


def check_seal(path: Path) -> None:
    """Compare a file with its seal.

    Raises:
        ValueError: no such file, neither a sealed nor a plain HDF5 file, or a seal that does not
            fit; names it.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    with path.open("rb") as file:
        block = file.read(_BLOCK)
        if block.startswith(_HDF5):
            return
        if not block.startswith(_LEAD[:10]):
            raise ValueError(f"{path}: not a whole HDF5 file (its signature is not found)")
        if block != _block(hashlib.file_digest(file, "sha256").hexdigest()):
            raise ValueError(f"{path}: not a whole HDF5 file, or damaged (its seal does not fit)")


def _block(digest: str) -> bytes:
    return (_LEAD + digest.encode() + b"\n").ljust(_BLOCK, b"\0")

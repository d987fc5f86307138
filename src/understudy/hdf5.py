"""HDF5 files under a seal: read as they were written, or refused before anything is read.

The first 512 bytes of a file, which HDF5 leaves to its users (a user block), hold the SHA-256 of
all that follows. One changed bit is noticed wherever it is: in values, in the structure of the
file, in padding. Files without a user block, as earlier versions wrote them, are opened unchecked;
what they hold has checksums of its own.
"""

import contextlib
import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import h5py

from understudy.files import replacing

__all__ = ["check_seal", "opened", "seal", "writing"]

_BLOCK = 512
_FULL = os.strerror(errno.ENOSPC)
_HDF5 = b"\x89HDF\r\n\x1a\n"
_LEAD = b"understudy seal 1, SHA-256 of what follows byte 512\n"


@contextlib.contextmanager
def writing(path: Path) -> Iterator[h5py.File]:
    """A file to fill, which is sealed and appears when the block succeeds.

    Raises:
        OSError: it cannot be written, because the disk is full, say; names the file.
    """
    with replacing(path) as temporary:
        file = h5py.File(temporary, "w", userblock_size=_BLOCK)
        hook, sys.unraisablehook = sys.unraisablehook, _silent_when_full
        try:
            yield file
            file.close()
        except BaseException as error:
            # What HDF5 holds back it writes when it closes: on a full disk it needs room for that.
            os.truncate(temporary, 0)
            file.close()
            if isinstance(error, OSError | RuntimeError) and _FULL in str(error):
                raise OSError(errno.ENOSPC, f"{path}: {_FULL}") from error
            raise
        finally:
            sys.unraisablehook = hook
        seal(temporary)


def _silent_when_full(unraisable: "sys.UnraisableHookArgs") -> None:
    """Every object of h5py that dies while the disk is full would print a traceback."""
    if "decrement id ref count" not in str(unraisable.exc_value):
        sys.__unraisablehook__(unraisable)


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

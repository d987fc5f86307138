"""HDF5 files under a seal: read as they were written, or refused before anything is read.

The first 512 bytes of a file, which HDF5 leaves to its users (a user block), hold the SHA-256 of
all that follows. One changed bit is noticed wherever it is: in values, in the structure of the
file, in padding. Files without a user block, as earlier versions wrote them, are opened unchecked;
what they hold has checksums of its own.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from pathlib import Path

import h5py

from understudy.files import replacing

__all__ = ["check_seal", "opened", "seal", "writing"]

_BLOCK = 512
_HDF5 = b"\x89HDF\r\n\x1a\n"
_LEAD = b"understudy seal 1, SHA-256 of what follows byte 512\n"


@contextlib.contextmanager
def writing(path: Path) -> Iterator[h5py.File]:
    """A file to fill, which is sealed and appears when the block succeeds.

    Raises:
        OSError: it cannot be written, because the disk is full, say; names the file.
    """
    with replacing(path) as temporary:
        try:
            with h5py.File(temporary, "w", userblock_size=_BLOCK) as file:
                yield file
        # HDF5 flushes when it closes, and h5py tells a failure then as a RuntimeError.
        except RuntimeError as error:
            if "close" not in str(error) and "flush" not in str(error):
                raise
            raise OSError(f"{path}: could not be written whole ({error})") from error
        seal(temporary)


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

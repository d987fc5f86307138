"""Files that are whole or absent, and the origin that every result file carries."""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

__all__ = ["digest_of", "replacing", "versions", "write_json"]

_PACKAGES = (
    "understudy numpy scipy h5py torch gpytorch linear_operator scikit-learn "
    "fenics-dolfinx gmsh meshio pyvista vtk matplotlib snakemake"
)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path` that becomes `path` if, and only if, the block succeeds.

    The temporary name keeps the suffix of `path`, because writers choose the format by it. Where
    the variable UNDERSTUDY_SCRATCH names a folder, the block writes there, say on the node's own
    disk, and the whole file is then copied beside `path` at once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = os.environ.get("UNDERSTUDY_SCRATCH")
    written = _temporary(path, Path(scratch) if scratch else path.parent)
    ready = written
    try:
        yield written
        if scratch:
            ready = _temporary(path, path.parent)
            shutil.copyfile(written, ready)
        umask = os.umask(0)
        os.umask(umask)
        ready.chmod(0o666 & ~umask)
        ready.replace(path)
    finally:
        written.unlink(missing_ok=True)
        ready.unlink(missing_ok=True)


def _temporary(path: Path, folder: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=folder)
    os.close(handle)
    return Path(name)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a mapping as JSON with sorted keys, floats in their shortest exact form."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n")


def digest_of(value: Mapping[str, Any]) -> str:
    """First 12 hexadecimal digits of the SHA-256 of a mapping in canonical JSON."""
    text = json.dumps(value, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of the installed software that it stands on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES.split():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found

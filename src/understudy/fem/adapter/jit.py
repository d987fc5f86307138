"""One process compiles at a time, and what a killed process left unfinished is cleared.

FFCx writes `X.c`, compiles it, and creates `X.c.cached` when done. Another process that finds
`X.c` waits for `X.c.cached` and gives up with a TimeoutError: at once for a slow compilation, for
ever after a process that was killed while compiling. Behind the lock nobody else compiles, so a
`.c` without its `.c.cached` belongs to a dead process and may go. All users of one cache folder
must take the lock: give the package a cache of its own with the variable XDG_CACHE_HOME. On a file
system without flock give each process a cache of its own.
"""

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["cache_folder", "compiling"]


def cache_folder() -> Path:
    """Where compiled forms are kept: $XDG_CACHE_HOME/fenics, or ~/.cache/fenics."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "fenics"


@contextlib.contextmanager
def compiling() -> Iterator[None]:
    """Hold the lock of the cache folder, cleared of unfinished entries. Not reentrant.

    Raises:
        OSError: the cache folder cannot be written, or its file system has no locks.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        names = set(os.listdir(folder))
        for name in names:
            if name.endswith(".c") and name + ".cached" not in names:
                (folder / name).unlink()
        silent = logging.root.manager.disable
        logging.disable(max(silent, logging.INFO))  # setuptools reports every compiler call
        try:
            yield
        finally:
            logging.disable(silent)

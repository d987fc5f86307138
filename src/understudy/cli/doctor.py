"""What this machine offers, and what is wrong: one table."""

import ctypes.util
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.linalg.lapack import dpotrf

from understudy.cli.arguments import call

__all__ = ["CHECKS", "cholesky_seconds", "main", "run", "system_blas"]

Finding = tuple[str, str, str]
"""What was found, "ok" | "warn" | "fail", and what to do about it."""


def _python() -> Finding:
    return platform.python_version(), "ok", ""


def _numpy() -> Finding:
    petsc = importlib.util.find_spec("petsc4py")
    debian = petsc is not None and "/dist-packages/" in str(petsc.origin)
    broken = debian and sys.version_info < (3, 12) and int(np.__version__.split(".")[0]) >= 2
    advice = "Debian 12's petsc4py needs numpy < 2: make setup" if broken else ""
    return np.__version__, "fail" if broken else "ok", advice


def _packages() -> Finding:
    names = "torch gpytorch scipy h5py meshio pyvista snakemake gmsh".split()
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    found = [f"{n} {importlib.metadata.version(n)}" for n in names if n not in missing]
    return ", ".join(found), "warn" if missing else "ok", f"missing: {missing}" if missing else ""


def _dolfinx() -> Finding:
    if importlib.util.find_spec("dolfinx") is None:
        return "none", "warn", "simulations need it: make setup, or envs/fem.yaml with conda"
    from understudy.fem import versions

    return ", ".join(f"{name} {value}" for name, value in versions().items()), "ok", ""


def cholesky_seconds(size: int = 600) -> float:
    """Least wall time of five Cholesky factorisations in SciPy's LAPACK."""
    matrix = np.eye(size) * size + 1.0
    times = []
    for _ in range(5):
        start = time.perf_counter()
        dpotrf(matrix)
        times.append(time.perf_counter() - start)
    return min(times)


def system_blas() -> str:
    """File behind the system's libblas.so.3, which Debian's PETSc uses; "" without one."""
    if ctypes.util.find_library("blas") is None:
        return ""
    ctypes.CDLL("libblas.so.3")
    maps = Path("/proc/self/maps").read_text().splitlines()
    paths = {line.split()[-1] for line in maps if "libblas.so" in line}
    return str(Path(min(paths)).resolve()) if paths else ""


def _blas() -> Finding:
    milliseconds = 1e3 * cholesky_seconds()
    slow = milliseconds > 20
    advice = "a reference BLAS: apt install libopenblas0-pthread" if slow else ""
    return f"Cholesky of N = 600 in {milliseconds:.1f} ms", "warn" if slow else "ok", advice


def _petsc_blas() -> Finding:
    path = system_blas()
    if not path:
        return "none", "ok", ""
    slow = "openblas" not in path and "mkl" not in path and "blis" not in path
    advice = "a reference BLAS: apt install libopenblas0-pthread" if slow else ""
    return path, "warn" if slow else "ok", advice


def _threads() -> Finding:
    cores = len(os.sched_getaffinity(0))
    asked = os.environ.get("OMP_NUM_THREADS", "not set")
    return f"{cores} cores, OMP_NUM_THREADS {asked}", "ok", ""


def _rendering() -> Finding:
    from understudy.figures import probe

    problem = probe()
    advice = "apt install libegl1 libegl-mesa0 libgl1-mesa-dri" if problem else ""
    return problem or "off-screen works", "fail" if problem else "ok", advice


def _graphviz() -> Finding:
    path = shutil.which("dot")
    return path or "none", "ok" if path else "warn", "" if path else "apt install graphviz"


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    advice = "a full study takes a few GiB" if free < 5 else ""
    return f"{free:.0f} GiB free", "warn" if free < 5 else "ok", advice


CHECKS: dict[str, Callable[[], Finding]] = {
    "Python": _python, "NumPy": _numpy, "packages": _packages, "rendering": _rendering,
    "finite elements": _dolfinx, "SciPy's BLAS": _blas, "system's BLAS": _petsc_blas,
    "threads": _threads, "graphviz": _graphviz, "disk": _disk,
}  # fmt: skip


def run() -> None:
    """Print a table of what was found; fail when something needed is broken."""
    failed = []
    for name, check in CHECKS.items():
        found, status, advice = check()
        sys.stdout.write(f"{status:<5} {name:<16} {found}{f'  -> {advice}' if advice else ''}\n")
        if status == "fail":
            failed.append(name)
    if failed:
        raise RuntimeError(f"not usable: {', '.join(failed)}")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "doctor")

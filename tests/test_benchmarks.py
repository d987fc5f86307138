"""Every benchmark runs, at its smallest size, and gives finite numbers; how fast is not asked."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
SMALLEST = {
    "controller_scale": {"dry": ((20, 10),), "real": ((20, 10), (20, 20)), "dolfinx": False},
    "convex_solvers": {"sizes": ((20, 3, 4),), "larger": (), "limit": 1.0, "steps": 2},
    "disk_map": {"grid": 8},
    "equation_refinement": {"samples": 2, "peers": 1, "points": 12},
    "equation_search": {"counts": (1,), "repeats": 1, "families": ("sprott_b", "lorenz")},
    "equations": {"many": 4, "peers": 1, "fields": 1},
    "evolution_head": {"fields": 20, "tests": 1, "steps": 2},
    "explicit": {"mesh_size": 0.02, "batch": 2, "repetitions": 1},
    "gp_engine": {"count": 1, "peers": 1, "restarts": 1, "samples": 30},
    "memory": {"samples": 20, "nodes": 100, "fields": 1},
    "mmgp_stages": {"samples": 12, "grid": 9, "modes": 2, "steps": 3, "repeat": 1},
    "operator_blocks": {"steps": 2, "pool": 20},
    "operator_peers": {"steps": 2, "pool": 2, "tests": 1},
    "prose_step": {"size": 2, "longest": 6, "rounds": 1, "steps": 1},
    "wgan_step": {"width": 8, "batch": 4, "rounds": 1, "turns": 1},
}


def test_every_benchmark_is_tested_here():
    assert set(SMALLEST) == {path.stem for path in FOLDER.glob("*.py")}


SLOW = {"controller_scale", "memory"}  # processes that each load everything


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in SMALLEST]
)
def test_a_benchmark_runs_at_its_smallest_size(name):
    if name in ("explicit", "evolution_head"):
        pytest.importorskip("dolfinx")
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    numbers = module.main(**SMALLEST[name])
    assert numbers
    assert all(np.isfinite(value) for value in numbers.values())

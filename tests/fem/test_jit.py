"""The lock around the form compiler."""

import os
import subprocess
import sys
import time

import pytest

from understudy.fem.adapter import cache_folder, compiling

SOLVE = """
import numpy as np
from understudy import fem
from understudy.mesh import Mesh
mesh = Mesh(points=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), triangles=np.array([[0, 1, 2]]))
parameters = fem.Parameters(
    coefficients={"k": 1.0}, source=1.0, fixed=(fem.Fixed(at=np.array([0, 1])),)
)
print(fem.Poisson(degree=1).solve(mesh, parameters).values[2, 0])
"""


def start(cache) -> subprocess.Popen:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", SOLVE],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: subprocess.Popen) -> str:
    out, err = process.communicate()
    assert process.returncode == 0, err[-2000:]
    return out


def test_the_cache_follows_its_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "fenics"


@pytest.mark.fault
def test_what_a_killed_process_left_is_cleared_and_the_rest_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "fenics"
    folder.mkdir()
    for name in ("dead.c", "dead.o", "done.c", "done.c.cached"):
        (folder / name).touch()
    with compiling():
        assert {p.name for p in folder.iterdir()} == {".lock", "dead.o", "done.c", "done.c.cached"}


def test_the_lock_is_free_again_after_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ZeroDivisionError), compiling():
        raise ZeroDivisionError
    with compiling():
        assert (tmp_path / "fenics" / ".lock").exists()


@pytest.mark.slow
def test_a_poisoned_cache_heals(tmp_path):
    """After a killed compilation each later process would wait ten seconds and then fail."""
    answer = outcome(start(tmp_path))
    marks = list((tmp_path / "fenics").glob("*.c.cached"))
    assert marks
    for mark in marks:
        mark.unlink()
    begin = time.perf_counter()
    process = start(tmp_path)
    assert outcome(process) == answer
    assert len(list((tmp_path / "fenics").glob("*.c.cached"))) == len(marks)
    assert time.perf_counter() - begin < 60


@pytest.mark.slow
def test_many_processes_share_a_cold_cache(tmp_path):
    """Six processes want the same forms at once: all get them, and the same answer."""
    answers = {outcome(process) for process in [start(tmp_path) for _ in range(6)]}
    assert len(answers) == 1

"""Processes that a launcher of MPI starts, or that only seem to be started together."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from understudy.cli.mpi_check import run
from understudy.fem.processes import compare_processes

AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def test_one_process_is_alone():
    found = compare_processes(4)
    assert (found.size, found.rank, len(found.hosts), len(set(found.digests))) == (1, 0, 1, 1)


def test_processes_that_do_not_find_one_another_are_told(tmp_path):
    with pytest.raises(RuntimeError, match="expected 2 processes, got 1"):
        run(2, tmp_path / "found.json", cells=4)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_two_processes_of_one_launch_solve_to_the_same_bits(tmp_path):
    if not shutil.which("mpirun"):
        pytest.skip("there is no mpirun")
    out = tmp_path / "found.json"
    command = ["mpirun", "--oversubscribe", "-n", "2", sys.executable, "-m", "understudy"]
    subprocess.run(
        [*command, "mpi-check", "--processes", "2", "--out", str(out)],
        env=os.environ | AS_ROOT | {"PYTHONPATH": ":".join(sys.path)}, check=True,
    )  # fmt: skip
    assert list(json.loads(out.read_text())["hosts"].values()) == [2]

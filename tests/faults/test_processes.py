"""Processes that are killed, asked to stop, or started twice."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faults.made import train

pytestmark = pytest.mark.fault

ROOT = Path(__file__).parents[2]
WRITE = """
import sys, time
from pathlib import Path
from faults.made import header
from synthetic import sample
from understudy.data import write_samples
def samples():
    for i in range(3):
        print(i, flush=True)
        time.sleep(float(sys.argv[2]) if i == 2 else 0.0)
        yield sample(i)
write_samples(Path(sys.argv[1]), header([0, 1, 2], []), samples())
"""
TRAIN = "import sys; from faults.made import train; train(sys.argv[1], sys.argv[2], 25)"


def start(code, *words):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}, text=True,
    )  # fmt: skip


def test_a_killed_writer_leaves_no_file_and_a_second_writes_it(tmp_path):
    path = tmp_path / "set.h5"
    process = start(WRITE, path, 60)
    assert [process.stdout.readline() for _ in range(3)] == ["0\n", "1\n", "2\n"]
    process.kill()
    process.wait()
    assert not path.exists()
    left = list(tmp_path.iterdir())
    assert [p.name[:6] for p in left] == [".part-"]
    assert start(WRITE, path, 0).wait() == 0
    assert path.is_file()


def test_a_training_that_is_told_to_stop_goes_on_to_the_same_bits(tmp_path):
    process = start(TRAIN, tmp_path / "checkpoint", tmp_path / "stopped")
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint"]
    train(tmp_path / "checkpoint", tmp_path / "again")
    train(tmp_path / "other", tmp_path / "whole")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.fixture
def study(tmp_path):
    """The script that runs studies in a folder of its own, and a snakemake that only talks."""
    for name in ("workflow/study.sh", "config/tiny.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    commands = tmp_path / ".venv/bin"
    commands.mkdir(parents=True)
    (commands / "snakemake").write_text('#!/bin/bash\necho "called $*"\nexit ${FAKE:-0}\n')
    (commands / "python").write_text(f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    for path in commands.iterdir():
        path.chmod(0o755)
    (tmp_path / "src").symlink_to(ROOT / "src")
    return tmp_path


def run(study, **variables):
    return subprocess.run(
        ["bash", study / "workflow/study.sh", "tiny"], capture_output=True, text=True,
        env=os.environ | {"CORES": "1"} | variables,
    )  # fmt: skip


def test_a_second_controller_in_a_folder_is_refused(study):
    (study / ".snakemake").mkdir()
    with open(study / ".snakemake/study.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run(study)
    assert done.returncode == 1
    assert "study: another one is running in this folder" in done.stderr
    assert "called" not in done.stdout


def test_what_killed_writers_left_is_cleared_before_a_study(study):
    for name in (
        "results/tiny/.part-a.json",
        "data/generated/x/.part-b.h5",
        "results/tiny/a.json",
    ):
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).touch()
    assert run(study).returncode == 0
    assert [p.name for p in study.rglob("*.json")] == ["a.json"]
    assert list(study.rglob(".part-*")) == []


def test_a_failed_study_says_what_to_try(study):
    done = run(study, FAKE="1")
    assert done.returncode == 1
    assert "what is finished is kept" in done.stderr
    assert "report:" not in done.stdout


def test_the_lock_of_a_dead_controller_is_taken_away(study):
    (study / ".snakemake/locks").mkdir(parents=True)
    (study / ".snakemake/locks/0.input.lock").touch()
    assert run(study).returncode == 0
    assert "called --cores 1" in (study / ".snakemake/study-tiny.log").read_text()

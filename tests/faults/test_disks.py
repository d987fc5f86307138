"""Disks that are full or may not be written."""

import contextlib
import shutil
import subprocess

import numpy as np
import pytest
import torch

from faults.made import header
from synthetic import sample
from understudy.__main__ import main
from understudy.data import tree, write_samples
from understudy.data.series import write_series
from understudy.files import write_json
from understudy.mesh.io import write_mesh
from understudy.nn import Training
from understudy.tensors import write_tensors

pytestmark = pytest.mark.fault

MANY = 40_000
WRITERS = {
    "a.h5": lambda path: write_samples(path, header(list(range(30)), []), map(sample, range(30))),
    "b.h5": lambda path: tree.save(
        path, "kind", 1, Training(), {"text": "".join(map(chr, range(256, 256 + 30_000)))}
    ),
    "c.safetensors": lambda path: write_tensors(path, {"x": torch.zeros(MANY)}, {}),
    "d.json": lambda path: write_json(path, {"x": list(range(MANY))}),
    "e.vtu": lambda path: write_mesh(
        path, sample(0).mesh, {f"u{i}": sample(0).fields["u"] for i in range(60)}
    ),
    "f.csv": lambda path: write_series(path, ["t"], [np.arange(float(MANY))]),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_an_error_and_leaves_nothing_behind(small_disk, name):
    with pytest.raises(OSError, match=r"No space left|could not be written whole|errno = 28"):
        WRITERS[name](small_disk / name)
    assert list(small_disk.iterdir()) == []


def test_a_full_disk_keeps_the_file_of_before(small_disk):
    write_json(small_disk / "a.json", {"x": 1})
    with pytest.raises(OSError, match="No space left"):
        write_json(small_disk / "a.json", {"x": list(range(MANY))})
    assert (small_disk / "a.json").read_text() == '{\n "x": 1\n}\n'


@pytest.fixture
def batch(tmp_path):
    """Words of the collect stage, but where to write: its file is small, the disk must be full."""
    (tmp_path / "batches").mkdir()
    write_samples(tmp_path / "batches" / "0000.h5", header([0], []), [sample(0)])
    write_json(tmp_path / "design.json", {"samples": [{"index": 0}], "sets": {"train": [0]}})
    return ["collect", "--design", f"{tmp_path}/design.json", "--tolerated-failures", "0"]


def test_the_verb_says_what_to_do_on_a_full_disk(small_disk, batch, tmp_path, capsys):
    (small_disk / "batches").mkdir()
    shutil.copy(tmp_path / "batches" / "0000.h5", small_disk / "batches")
    with contextlib.suppress(OSError), (small_disk / "rest").open("wb", buffering=0) as rest:
        while True:
            rest.write(bytes(4096))
    words = [*batch, "--batches", f"{small_disk}/batches", "--out", f"{small_disk}/x.h5"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "free space on that disk" in said
    assert not (small_disk / "x.h5").exists()


def test_results_that_may_not_be_written_are_named(small_disk, batch, tmp_path, capsys):
    (small_disk / "batches").mkdir()
    shutil.copy(tmp_path / "batches" / "0000.h5", small_disk / "batches")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    words = [*batch, "--batches", f"{small_disk}/batches", "--out", f"{small_disk}/x.h5"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "Read-only file system" in said
    assert str(small_disk) in said
    assert "try: a folder on a disk that can be written" in said
    assert [p.name for p in small_disk.iterdir()] == ["batches"]

"""One bit that flips in stored data and models, and other files than were meant."""

import numpy as np
import pytest
import torch

from faults.made import header
from synthetic import sample
from understudy.data import read_header, read_samples, tree, write_samples
from understudy.nn import Training
from understudy.tensors import read_tensors, write_tensors

pytestmark = pytest.mark.fault


def write_data(path):
    write_samples(path, header([0, 1], []), [sample(0), sample(1)])


def write_tree(path):
    tree.save(path, "kind", 3, Training(steps=7), {"seed": 1})


def write_weights(path):
    write_tensors(path, {"a": torch.arange(300.0), "b": torch.ones(3, 3)}, {"format": "kind"})


STORED = {
    "data.h5": (write_data, lambda path: list(read_samples(path))),
    "header.h5": (write_data, read_header),
    "model.h5": (write_tree, lambda path: tree.load(path, "kind", 3, Training)),
    "weights.safetensors": (write_weights, read_tensors),
}


@pytest.mark.claim(
    "A bit that flips in a file of data, models or weights is noticed before the file is used."
)
@pytest.mark.parametrize("name", STORED)
def test_a_bit_that_flips_is_noticed_before_the_file_is_used(tmp_path, name):
    write, read = STORED[name]
    write(tmp_path / name)
    read(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(8 * len(content), size=100):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        (tmp_path / name).write_bytes(changed)
        with pytest.raises(ValueError, match=f"{name}: (damaged|not a whole)"):
            read(tmp_path / name)


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.9])
def test_a_truncated_file_is_named(tmp_path, name, share):
    write, read = STORED[name]
    write(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=f"{name}: "):
        read(tmp_path / name)


def test_a_model_of_another_version_or_kind_is_named(tmp_path):
    write_tree(tmp_path / "model.h5")
    for kind, version in (("kind", 4), ("other", 3)):
        with pytest.raises(ValueError, match=r"model\.h5: expected \w+ of version \d, got kind"):
            tree.load(tmp_path / "model.h5", kind, version, Training)

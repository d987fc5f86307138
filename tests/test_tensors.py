"""Tensors in files with a checksum."""

import pytest
import torch
from safetensors.torch import save_file

from understudy.tensors import read_tensors, write_tensors

TENSORS = {
    "a": torch.arange(6.0).reshape(2, 3),
    "b": torch.tensor(3, dtype=torch.int64),
    "c": torch.ones(4, dtype=torch.bfloat16),
    "d": torch.zeros(0),
}


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "a.safetensors"
    write_tensors(path, TENSORS, {"format": "kind"})
    return path


def test_tensors_and_texts_come_back(stored):
    tensors, texts = read_tensors(stored)
    assert texts == {"format": "kind"}
    assert {k: (v.dtype, v.tolist()) for k, v in tensors.items()} == {
        k: (v.dtype, v.tolist()) for k, v in TENSORS.items()
    }


def test_one_bit_anywhere_is_noticed(stored, tmp_path):
    content = stored.read_bytes()
    changed = tmp_path / "b.safetensors"
    for place in range(len(content)):
        part = bytearray(content)
        part[place] ^= 1 << place % 8
        changed.write_bytes(part)
        with pytest.raises(ValueError, match=r"b\.safetensors: (damaged|not a whole)"):
            read_tensors(changed)


def test_a_truncated_file_is_named(stored):
    stored.write_bytes(stored.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"a\.safetensors: not a whole safetensors file"):
        read_tensors(stored)


def test_a_file_without_a_checksum_is_refused(tmp_path):
    save_file(TENSORS, tmp_path / "c.safetensors", metadata={"format": "kind"})
    with pytest.raises(ValueError, match="its checksum does not fit"):
        read_tensors(tmp_path / "c.safetensors")


def test_equal_content_makes_equal_bytes(tmp_path):
    texts = {name: name for name in "abcdefgh"}
    made = set()
    for k in range(4):
        write_tensors(tmp_path / f"{k}.safetensors", TENSORS, texts)
        made.add((tmp_path / f"{k}.safetensors").read_bytes())
    assert len(made) == 1
    assert read_tensors(tmp_path / "0.safetensors")[1] == texts

import dataclasses
import tempfile

import h5py
import numpy as np
import pytest

from understudy.data import blocks, tree
from understudy.data.blocks import empty, is_large, load_mapped, mapped
from understudy.hdf5 import seal


@pytest.fixture
def small_is_large(monkeypatch):
    """Arrays of a kilobyte are large, blocks have a few rows."""
    monkeypatch.setattr(blocks, "LARGE", 1000)
    monkeypatch.setattr(blocks, "_BLOCK", 200)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Content:
    table: np.ndarray
    name: str


def test_blocks_give_every_row_once(small_is_large):
    values = empty((40, 7))
    values[:] = np.random.default_rng(0).normal(size=values.shape)
    assert is_large(values)
    parts = list(blocks.blocks(values))
    assert len(parts) > 3
    assert np.array_equal(np.concatenate([block for _, block in parts]), values)
    assert [p.stop for p, _ in parts[:-1]] == [p.start for p, _ in parts[1:]]


def test_a_function_of_rows_is_the_same_in_blocks(small_is_large):
    rng = np.random.default_rng(0)
    small, scale = rng.normal(size=(40, 7)), rng.normal(size=40)
    large = empty(small.shape)
    large[:] = small

    def scaled(rows, unit):
        return rows * unit[:, None]

    found = mapped(scaled, large, scale)
    assert is_large(found)
    assert not is_large(small)
    assert np.array_equal(found, mapped(scaled, small, scale))
    sums = mapped(lambda rows: rows.sum(axis=1), large)
    assert np.array_equal(sums, small.sum(axis=1))


def test_a_scratch_file_has_no_name_to_be_left_behind(small_is_large, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    values = empty((40, 7))
    values[:] = 1.0
    assert is_large(values)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_mapped_and_still_verified(small_is_large, tmp_path):
    table = np.random.default_rng(0).normal(size=(40, 7))
    path = tmp_path / "a.h5"
    tree.save(path, "kind", 1, Content(table=table, name="a"), {"seed": 3})
    found, origin = load_mapped(path, "kind", 1, Content)
    assert is_large(found.table)
    assert np.array_equal(found.table, table)
    assert (found.name, origin) == ("a", {"seed": 3})
    with pytest.raises(ValueError, match="version 2, got version 1"):
        load_mapped(path, "kind", 2, Content)
    with h5py.File(path, "r+") as file:
        file["table"][3, 3] += 1e-9
    with pytest.raises(ValueError, match="its seal does not fit"):
        load_mapped(path, "kind", 1, Content)
    seal(path)
    with pytest.raises(ValueError, match="checksum"):
        load_mapped(path, "kind", 1, Content)


def test_a_small_file_is_read_as_ever(tmp_path):
    path = tmp_path / "a.h5"
    tree.save(path, "kind", 1, Content(table=np.ones((2, 2)), name="a"), {})
    assert not is_large(load_mapped(path, "kind", 1, Content)[0].table)
    with pytest.raises(ValueError, match="no such file"):
        load_mapped(tmp_path / "b.h5", "kind", 1, Content)

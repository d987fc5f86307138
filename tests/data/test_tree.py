from dataclasses import dataclass

import h5py
import numpy as np
import pytest
from jaxtyping import Float
from scipy.sparse import csr_array

from understudy.data import tree
from understudy.hdf5 import seal


@dataclass(frozen=True, kw_only=True)
class Leaf:
    rank: int = 3
    bounds: tuple[float, float] = (0.0, 1.0)

    def __post_init__(self):
        if self.rank < 1:
            raise ValueError(f"rank: expected at least 1, got {self.rank}")


@dataclass(frozen=True, kw_only=True)
class Tree:
    leaf: Leaf
    values: Float[np.ndarray, " n"]
    mass: csr_array
    named: dict[str, Float[np.ndarray, "..."]]


@pytest.fixture
def saved(tmp_path):
    value = Tree(
        leaf=Leaf(rank=5),
        values=np.arange(4.0),
        mass=csr_array(np.diag([1.0, 2.0])),
        named={"a": np.zeros((2, 0)), "b": np.eye(3)},
    )
    path = tmp_path / "tree.h5"
    tree.save(path, "kind", 1, value, {"seed": 4})
    return path, value


def test_a_saved_object_comes_back(saved):
    path, value = saved
    back, origin = tree.load(path, "kind", 1, Tree)
    assert back.leaf == value.leaf
    assert np.array_equal(back.values, value.values)
    assert np.array_equal(back.mass.toarray(), value.mass.toarray())
    assert back.named["a"].shape == (2, 0)
    assert origin == {"seed": 4}


def test_another_version_is_refused(saved):
    with pytest.raises(ValueError, match="expected kind of version 2, got kind of version 1"):
        tree.load(saved[0], "kind", 2, Tree)


def test_a_changed_array_is_found(saved):
    with h5py.File(saved[0], "r+") as file:
        file["values"][0] = 9.0
    seal(saved[0])
    with pytest.raises(ValueError, match="its checksum does not fit"):
        tree.load(saved[0], "kind", 1, Tree)


def test_a_truncated_file_is_named(saved):
    path, _ = saved
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match=r"tree\.h5: "):
        tree.load(path, "kind", 1, Tree)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"rnak": 3}, r"leaf\.rnak: unknown key; expected one of \['bounds', 'rank'\]"),
        ({"rank": "3"}, r"leaf\.rank: expected int, got '3'"),
        ({"rank": True}, r"leaf\.rank: expected int, got True"),
        ({"bounds": [1]}, r"leaf\.bounds: expected 2 values"),
        ({"bounds": [1, "x"]}, r"leaf\.bounds\[1\]: expected a number"),
        ({"rank": 0}, "leaf: rank: expected at least 1"),
    ],
)
def test_a_wrong_block_names_its_key(block, message):
    with pytest.raises(ValueError, match=message):
        tree.build(Leaf, block, "leaf")


def test_building_inverts_taking_apart():
    leaf = Leaf(rank=7, bounds=(2.0, 3.0))
    assert tree.build(Leaf, tree.plain(leaf), "leaf") == leaf

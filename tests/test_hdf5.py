"""Sealed HDF5 files."""

import h5py
import numpy as np
import pytest

from understudy.hdf5 import check_seal, opened, writing


@pytest.fixture
def sealed(tmp_path):
    path = tmp_path / "a.h5"
    with writing(path) as file:
        file["x"] = np.arange(5.0)
        file.attrs["name"] = "five"
    return path


def test_what_was_written_is_read(sealed):
    with opened(sealed) as file:
        assert file["x"][:].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert file.attrs["name"] == "five"


def test_one_bit_anywhere_is_noticed(sealed, tmp_path):
    content = sealed.read_bytes()
    changed = tmp_path / "b.h5"
    for place in range(0, len(content), 7):
        part = bytearray(content)
        part[place] ^= 1 << place % 8
        changed.write_bytes(part)
        with pytest.raises(ValueError, match=r"b\.h5: (damaged|not a whole)"):
            opened(changed)


def test_a_byte_more_or_less_is_noticed(sealed, tmp_path):
    content = sealed.read_bytes()
    for part in (content[:-1], content + b"\0", content[:512], content[:10], b""):
        (tmp_path / "b.h5").write_bytes(part)
        with pytest.raises(ValueError, match="not a whole HDF5 file"):
            opened(tmp_path / "b.h5")


def test_a_plain_file_of_an_earlier_version_is_opened(tmp_path):
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file["x"] = 1.0
    with opened(tmp_path / "old.h5") as file:
        assert file["x"][()] == 1.0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.h5: no such file"):
        check_seal(tmp_path / "none.h5")

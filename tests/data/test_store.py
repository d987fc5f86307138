import dataclasses

import h5py
import numpy as np
import pytest

from synthetic import UNITS, sample
from understudy.data import (
    Header,
    Sample,
    Variable,
    checksum,
    read_header,
    read_samples,
    write_samples,
)
from understudy.hdf5 import seal

HEADER = Header(
    name="necked",
    seed=3,
    code="abc",
    specification={"n": 1},
    variables=[Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True)],
    units=UNITS,
    sets={"train": [0, 1], "test": [2]},
)


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "set.h5"
    failed = Sample(index=2, seed=2, inputs={"r": 0.2, "P": 41.0}, error="no convergence")
    samples = [sample(0), sample(1), failed]
    write_samples(path, HEADER, samples)
    return path, samples


def test_samples_come_back_to_the_last_bit(stored):
    path, samples = stored
    back = list(read_samples(path))
    assert [checksum(s) for s in back] == [checksum(s) for s in samples]
    assert back[2].error == "no convergence"
    assert back[2].mesh is None


def test_header_comes_back_with_units_sets_and_software(stored):
    header = read_header(stored[0])
    assert (header.name, header.seed, header.sets) == ("necked", 3, {"train": [0, 1], "test": [2]})
    assert header.units == UNITS
    assert header.versions["numpy"] == np.__version__


def test_units_stand_beside_the_arrays(stored):
    with h5py.File(stored[0]) as file:
        assert file["samples/000000/fields/s"].attrs["unit"] == "MPa"


def test_the_checksum_ignores_times_and_nothing_else():
    one = sample(0)
    assert checksum(dataclasses.replace(one, seconds={"solve": 3.0})) == checksum(one)
    assert checksum(dataclasses.replace(one, residual=1e-9)) != checksum(one)
    fields = {name: values.copy() for name, values in one.fields.items()}
    fields["u"][0] = np.nextafter(fields["u"][0], 9)
    assert checksum(dataclasses.replace(one, fields=fields)) != checksum(one)


def test_a_truncated_file_is_named(stored):
    path, _ = stored
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ValueError, match=r"set\.h5: not a whole HDF5 file"):
        list(read_samples(path))


def test_a_changed_value_is_found(stored):
    path, _ = stored
    with h5py.File(path, "r+") as file:
        file["samples/000001/fields/u"][5] += 1e-9
    with pytest.raises(ValueError, match="its seal does not fit"):
        list(read_samples(path))
    seal(path)
    with pytest.raises(ValueError, match="sample 000001 is damaged"):
        list(read_samples(path))


def test_a_lost_sample_is_found(stored):
    path, _ = stored
    with h5py.File(path, "r+") as file:
        del file["samples/000001"]
    seal(path)
    with pytest.raises(ValueError, match="added or lost"):
        list(read_samples(path))


def test_an_interrupted_write_leaves_no_file(tmp_path):
    def samples():
        yield sample(0)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_samples(tmp_path / "set.h5", HEADER, samples())
    assert list(tmp_path.iterdir()) == []

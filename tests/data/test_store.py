import dataclasses
import shutil

import h5py
import numpy as np
import pytest

from synthetic import UNITS, sample
from understudy.data import (
    Header,
    Sample,
    Variable,
    checksum,
    join_samples,
    read_header,
    read_samples,
    store,
    write_samples,
)
from understudy.hdf5 import seal

read = store._read
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


@pytest.fixture
def joined(tmp_path):
    """Two batches and the file that joins them."""
    write_samples(tmp_path / "batches/0.h5", HEADER, [sample(0), sample(1)])
    write_samples(tmp_path / "batches/1.h5", HEADER, [sample(2)])
    path = tmp_path / "set.h5"
    join_samples(path, HEADER, [tmp_path / "batches/0.h5", tmp_path / "batches/1.h5"])
    return path


def test_a_joined_file_gives_the_samples_of_its_batches(joined):
    back = list(read_samples(joined))
    assert [checksum(s) for s in back] == [checksum(sample(i)) for i in range(3)]
    assert read_header(joined).sets == HEADER.sets


def test_a_joined_file_moves_with_its_folder(joined, tmp_path):
    joined.parent.joinpath("there").mkdir()
    shutil.move(tmp_path / "batches", tmp_path / "there/batches")
    moved = shutil.move(joined, tmp_path / "there/set.h5")
    assert len(list(read_samples(moved))) == 3


def test_a_batch_that_is_gone_is_named(joined, tmp_path):
    (tmp_path / "batches/1.h5").unlink()
    with pytest.raises(ValueError, match=r"batches/1\.h5: no such file"):
        list(read_samples(joined))
    with pytest.raises(ValueError, match=r"batches/1\.h5: no such file"):
        list(read_samples(joined, [2]))


def test_a_changed_value_in_a_batch_is_found(joined, tmp_path):
    with h5py.File(tmp_path / "batches/1.h5", "r+") as file:
        file["samples/000002/fields/u"][5] += 1e-9
    with pytest.raises(ValueError, match=r"batches/1\.h5: .*its seal does not fit"):
        list(read_samples(joined))
    seal(tmp_path / "batches/1.h5")
    with pytest.raises(ValueError, match="sample 000002 is damaged"):
        list(read_samples(joined))


def test_a_joined_file_reaches_nothing_outside_of_its_folder(joined, tmp_path):
    with pytest.raises(ValueError, match=r"below its folder, got \.\./batches/0\.h5"):
        join_samples(tmp_path / "other/set.h5", HEADER, [tmp_path / "batches/0.h5"])
    for name in ("../secret.h5", str(tmp_path / "secret.h5")):
        with h5py.File(joined, "r+") as file:
            del file["samples/000001"]
            file["samples/000001"] = h5py.ExternalLink(name, "/samples/000001")
        seal(joined)
        with pytest.raises(ValueError, match="below its folder"):
            list(read_samples(joined))


@pytest.mark.parametrize("kind", ["stored", "joined"])
def test_chosen_samples_are_read_alone(kind, request, monkeypatch):
    found = request.getfixturevalue(kind)
    path = found[0] if kind == "stored" else found
    touched = []
    monkeypatch.setattr(store, "_read", lambda g: touched.append(g.name) or read(g))
    assert [s.index for s in read_samples(path, [2, 0])] == [0, 2]
    assert touched == ["/samples/000000", "/samples/000002"]


def test_a_chosen_sample_that_is_not_there_is_named(joined):
    with pytest.raises(ValueError, match=r"set\.h5: expected one of 3 samples, got number 7"):
        list(read_samples(joined, [0, 7]))

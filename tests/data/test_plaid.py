"""PLAID's own checker accepts what we write, and nothing is lost on the way there and back."""

from dataclasses import asdict

import h5py
import numpy as np
import pytest

from synthetic import UNITS, sample
from understudy.data import Header, Sample, Variable, read_header, read_samples, write_samples
from understudy.mesh.io import read_mesh

plaid = pytest.importorskip("plaid")
pytestmark = pytest.mark.filterwarnings("default")

from plaid import storage  # noqa: E402
from plaid.cli.plaidcheck import check_dataset  # noqa: E402

from understudy.data.plaid import read_plaid, write_plaid  # noqa: E402

# PLAID takes most of a second to write a sample in Zarr.
BACKENDS = ["cgns", pytest.param("zarr", marks=pytest.mark.slow)]
SETS = {
    "train": [5, 0, 3, 1, 8, 2, 9, 4, 6, 7], "train_8": [5, 0, 3, 1, 8, 2, 9, 4],
    "test": [100_000, 100_001], "shift_wedge": [200_000],
}  # fmt: skip


def header():
    return Header(
        name="plates", seed=7, code="abc def", specification={"h": 0.1, "size": [1, 2]},
        variables=[
            Variable(name="r", low=0.1, high=0.6, unit="", known=False),
            Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True),
        ],
        units=UNITS, sets=SETS, versions={"dolfinx": "0.5", "python": "3"},
    )  # fmt: skip


def numbered(index):
    s = sample(index)
    return Sample(
        index=index, seed=index + 1, inputs=s.inputs, mesh=s.mesh, fields=s.fields,
        scalars={**s.scalars, "RampTime": 1 / 3}, seconds={"mesh": 0.1, "solve": 2.0},
    )  # fmt: skip


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "d.h5"
    indices = sorted({i for numbers in SETS.values() for i in numbers})
    write_samples(path, header(), map(numbered, indices))
    return path


def back(folder, path, **words):
    words = {"units": {}, "problem": "", "splits": (), "code": "c"} | words
    write_samples(path, *read_plaid(folder, **words))
    return path


def checksum(path):
    with h5py.File(path, "r") as file:
        return file.attrs["checksum"]


@pytest.mark.claim("A data set that goes to PLAID and back is the same to the last bit.")
@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_lost_there_and_back(data, tmp_path, backend):
    said = write_plaid(data, tmp_path / "p", owner="us", licence="CC0-1.0", backend=backend)
    assert said == []
    again = back(tmp_path / "p", tmp_path / "e.h5")
    assert checksum(again) == checksum(data)
    assert asdict(read_header(again)) == asdict(read_header(data))
    assert next(read_samples(again)).seconds == {"mesh": 0.1, "solve": 2.0}


@pytest.mark.claim("PLAID's own checker finds nothing to say about an export.")
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_checker_of_plaid_is_content(data, tmp_path, backend):
    write_plaid(data, tmp_path / "p", owner="us", licence="CC0-1.0", backend=backend)
    report = check_dataset(tmp_path / "p", show_progress=False)
    assert [m for m in report.messages if m.severity != "info"] == []


def test_problem_definitions_say_what_is_known_and_what_is_learnt(data, tmp_path):
    write_plaid(data, tmp_path / "p", owner="us", licence="CC0-1.0")
    tasks = storage.load_problem_definitions_from_disk(tmp_path / "p")
    assert set(tasks) == {"train", "train_8", "train_for_shift_wedge"}
    task = tasks["train_8"]
    assert "Global/P" in task.input_features
    assert "Global/r" not in task.input_features + task.output_features
    zone = "Base_2_2/Zone/VertexFields"
    assert set(task.output_features) == {
        f"{zone}/u", f"{zone}/s", "Global/peak", "Global/RampTime",
    }  # fmt: skip
    assert (task.train_split, task.test_split) == (
        {"train": [5, 0, 3, 1, 8, 2, 9, 4]},
        {"test": "all"},
    )
    infos = storage.load_infos_from_disk(tmp_path / "p")
    assert (infos.owner, infos.license) == ("us", "CC0-1.0")
    assert "P [MPa]" in infos.data_description


def test_our_reader_of_cgns_reads_a_sample_of_plaid(data, tmp_path):
    write_plaid(data, tmp_path / "p", owner="us", licence="CC0-1.0")
    path = tmp_path / "p/data/test/sample_000000001/meshes/mesh_000000000.cgns"
    mesh, fields = read_mesh(path)
    made = numbered(100_001)
    assert np.array_equal(mesh.points, made.mesh.points)
    assert np.array_equal(mesh.triangles, made.mesh.triangles)
    assert set(fields) == {"u", "s"}
    assert np.array_equal(fields["s"], made.fields["s"])


def test_failed_samples_are_left_out(tmp_path):
    failed = Sample(index=3, seed=0, inputs={"r": 0.2, "P": 41.0}, error="no mesh")
    samples = [failed if i == 3 else numbered(i) for i in [*range(10), 100_000, 100_001, 200_000]]
    write_samples(tmp_path / "d.h5", header(), samples)
    said = write_plaid(tmp_path / "d.h5", tmp_path / "p", owner="us", licence="CC0-1.0")
    assert said == ["1 samples failed, left out"]
    again = read_header(back(tmp_path / "p", tmp_path / "e.h5"))
    assert again.sets["train_8"] == [5, 0, 1, 8, 2, 9, 4]


@pytest.mark.parametrize("name", ["x" * 33, "a/b"])
def test_a_failed_export_leaves_nothing(tmp_path, name):
    made = numbered(0)
    scalars = {name: 1.0}
    odd = Sample(index=0, seed=0, inputs=made.inputs, mesh=made.mesh, scalars=scalars)
    facts = asdict(header()) | {"variables": header().variables, "sets": {"train": [0]}}
    write_samples(tmp_path / "d.h5", Header(**facts), [odd])
    with pytest.raises(ValueError, match=name):
        write_plaid(tmp_path / "d.h5", tmp_path / "p", owner="us", licence="CC0-1.0")
    assert [p.name for p in tmp_path.iterdir()] == ["d.h5"]


def foreign(folder, hidden=False):
    """A folder of somebody else, with quadrilaterals and no header of ours."""

    def construct(key):
        load, split = key
        found = plaid.Sample()
        found.init_base(2, 2, "Base_2_2")
        found.init_zone(np.array([[4, 1, 0]]), zone="Part", base="Base_2_2")
        square = np.array([[0.0, 0], [2, 0], [2, 1], [0, 1]])
        found.set_nodes(square, zone="Part", base="Base_2_2")
        zone = found.get_zone("Part", "Base_2_2")
        from CGNS.PAT import cgnslib

        cgnslib.newElements(
            zone, "Elements_QUAD_4", "QUAD_4", np.array([1, 1]), np.array([1, 2, 3, 4])
        )
        if not (hidden and split == "test"):
            found.add_field("T", load * square[:, 0], "Vertex", "Part", "Base_2_2")
        found.add_global("load", np.array([load]))
        return found

    task = plaid.ProblemDefinition(
        input_features=["Global/load"],
        output_features=["Base_2_2/Part/VertexFields/T"],
        train_split={"train": [2, 0]},
        test_split={"test": "all"},
    )
    ids = {
        "train": [(1.0, "train"), (2.0, "train"), (3.0, "train")],
        "test": [(4.0, "test")],
    }
    storage.save_to_disk(folder, construct, ids, backend="cgns", pb_defs={"heat": task})
    return folder


def test_a_folder_of_others_is_read_by_its_problem_definition(tmp_path):
    path = back(foreign(tmp_path / "p"), tmp_path / "d.h5", units={"load": "K", "T": "K"})
    head, samples = read_header(path), list(read_samples(path))
    assert head.sets == {"train": [2, 0], "test": [3]}
    (variable,) = head.variables
    assert (variable.low, variable.high, variable.unit) == (1.0, 4.0, "K")
    assert np.array_equal(samples[3].fields["T"], [0, 8, 8, 0])
    assert samples[3].mesh.triangles.shape == (2, 3)


@pytest.mark.parametrize(
    ("hidden", "words", "said"),
    [
        (True, {}, r"test\[0\], field T: expected values, got none"),
        (False, {"units": {"E": "K"}}, "units: expected names of"),
        (False, {"problem": "flow"}, r"problem definition of \['heat'\], got 'flow'"),
        (False, {"splits": ("val",)}, r"splits of \['test', 'train'\], got 'val'"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, hidden, words, said):
    folder = foreign(tmp_path / "p", hidden)
    with pytest.raises(ValueError, match=said):
        back(folder, tmp_path / "d.h5", **words)


def test_hidden_outputs_of_a_test_can_be_left_out(tmp_path):
    folder = foreign(tmp_path / "p", hidden=True)
    path = back(folder, tmp_path / "d.h5", splits=("train",))
    assert read_header(path).sets == {"train": [2, 0]}


def test_other_folders_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"infos\.yaml, got none"):
        back(tmp_path, tmp_path / "d.h5")

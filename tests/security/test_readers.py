"""Readers given what nobody meant: a result or our error, never anything else.

Each reader gets valid content with bytes changed, cut and put in, and text made of its own words.
"""

import json

import h5py
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faults.made import header
from synthetic import sample
from understudy.cli.units import read_units
from understudy.data import read_header, read_samples, tree, write_samples
from understudy.data.series import read_series
from understudy.data.table import read_rows
from understudy.equations.parse import parse
from understudy.hdf5 import seal
from understudy.mesh.io import read_mesh, write_mesh
from understudy.nn import Training
from understudy.studies import read_record, read_tolerances
from understudy.tensors import read_tensors, write_tensors

pytestmark = [pytest.mark.fault, pytest.mark.slow]

EACH = 140
FUZZ = settings(
    max_examples=EACH, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
# HDF5 itself refuses to write a NUL in a string.
LETTERS = st.characters(codec="ascii", exclude_characters="\0")
SERIES = b"t,x\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(20))
TABLE = b"mesh,P,set\na.vtu,1.5,train\nb.vtu,2,test\n"
UNITS = b"length: mm\nu: mm\nP: MPa\n"
TOLERANCES = b"tolerances:\n  - {metrics: '*', relative: 0.1, absolute: 0.0, why: chance}\n"
EDITS = st.lists(
    st.tuples(
        st.integers(0, 10**6), st.sampled_from(["set", "put", "cut", "end"]), st.binary(max_size=6)
    ),
    min_size=1,
    max_size=6,
)


def edited(content, edits):
    out = bytearray(content)
    for place, how, data in edits:
        i = place % (len(out) + 1)
        if how == "set":
            out[i : i + len(data)] = data
        elif how == "put":
            out[i:i] = data
        elif how == "cut":
            del out[i : i + len(data)]
        else:
            del out[i:]
    return bytes(out)


def check(read, path):
    """A result, or our error, which names the file."""
    try:
        read(path)
    except ValueError as error:
        assert path.name in str(error)


def units(path):
    return read_units([str(path)])


TEXTS = {
    "a.csv": (read_series, SERIES),
    "b.csv": (read_rows, TABLE),
    "c.yaml": (units, UNITS),
    "d.json": (units, json.dumps({"length": "mm"}).encode()),
    "e.yaml": (read_tolerances, TOLERANCES),
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_files(tmp_path, name):
    read, content = TEXTS[name]

    @FUZZ
    @given(EDITS)
    def run(edits):
        (tmp_path / name).write_bytes(edited(content, edits))
        check(read, tmp_path / name)

    run()


@pytest.mark.parametrize("suffix", [".vtu", ".vtk", ".msh", ".xdmf"])
def test_mesh_files(tmp_path, suffix):
    one = sample(0)
    write_mesh(tmp_path / f"good{suffix}", one.mesh, dict(one.fields))
    content = (tmp_path / f"good{suffix}").read_bytes()
    path = tmp_path / f"bad{suffix}"

    @FUZZ
    @given(EDITS)
    def run(edits):
        path.write_bytes(edited(content, edits))
        check(read_mesh, path)

    run()


def test_sealed_files_and_weights(tmp_path):
    path, weights = tmp_path / "a.h5", tmp_path / "b.safetensors"
    write_samples(path, header([0], []), [sample(0)])
    write_tensors(weights, {"a": torch.arange(9.0)}, {"format": "kind"})
    data, tensors = path.read_bytes(), weights.read_bytes()

    @FUZZ
    @given(EDITS)
    def run(edits):
        path.write_bytes(edited(data, edits))
        check(lambda p: list(read_samples(p)), path)
        weights.write_bytes(edited(tensors, edits))
        check(read_tensors, weights)

    run()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def test_blocks_of_a_configuration():
    names = ["steps", "learning_rate", "warm_up", "precision", "clip", "stepz"]

    @FUZZ
    @given(PLAIN | st.dictionaries(st.sampled_from(names), PLAIN, max_size=4))
    def run(block):
        try:
            assert isinstance(tree.build(Training, block, "training"), Training)
        except ValueError as error:
            assert "training" in str(error)

    run()


def test_hdf5_of_other_people(tmp_path):
    """Whole and sealed, but what the attributes hold is not what they should."""
    good, path = tmp_path / "good.h5", tmp_path / "bad.h5"
    write_samples(good, header([0], []), [sample(0)])
    values = st.integers(-3, 3) | st.text(LETTERS, max_size=9) | st.floats()
    keys = ["name", "seed", "code", "specification", "variables", "units", "sets", "versions"]
    inner = ["index", "seed", "inputs", "scalars", "residual", "error", "checksum"]

    @FUZZ
    @given(st.sampled_from(keys + [f"/{k}" for k in inner]), values | st.none())
    def run(key, value):
        path.write_bytes(good.read_bytes())
        with h5py.File(path, "r+") as file:
            at = file["samples/000000"].attrs if key.startswith("/") else file.attrs
            del at[key.removeprefix("/")]
            if value is not None:
                at[key.removeprefix("/")] = value
        seal(path)
        check(lambda p: (read_header(p), list(read_samples(p))), path)

    run()


def test_accounts_of_studies(tmp_path):
    keys = ["settings", "codes", "software", "machine"]

    @FUZZ
    @given(
        PLAIN,
        st.dictionaries(st.sampled_from(keys), PLAIN),
    )
    def run(metrics, origin):
        (tmp_path / "metrics.json").write_text(json.dumps(metrics))
        (tmp_path / "provenance.json").write_text(json.dumps(origin))
        try:
            read_record(tmp_path)
        except ValueError as error:
            assert ".json: " in str(error)

    run()


def test_equations_are_parsed_and_never_evaluated():
    words = st.sampled_from(
        ["x", "y", "t", "dx", "'", "=", "+", "-", "*", "/", "^", "(", ")", "sin", "exp", "2.5",
         "__import__('os')", "u_t", "u_xx", "lambda", ";", "\n", ",", "x.__class__"]
    )  # fmt: skip

    @FUZZ
    @given(st.lists(words, max_size=12))
    def run(parts):
        try:
            parse(" ".join(parts))
        except ValueError as error:
            assert str(error)

    run()


def test_the_count_of_inputs_is_that_of_the_page():
    """Inputs in all: five texts, four meshes, two binaries, and five more readers."""
    kinds = len(TEXTS) + 4 + 2 + 5
    assert kinds * EACH >= 2000

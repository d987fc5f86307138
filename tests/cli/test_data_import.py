"""A folder of meshes and a table become a data set, and how bad input is refused."""

import csv
import json

import meshio
import numpy as np
import pytest

from synthetic import sample
from understudy.__main__ import main
from understudy.data import read_header, read_samples
from understudy.mesh.io import write_mesh

COUNT = 20
UNITS = ["--units", "P=MPa", "peak=MPa", "s=MPa", "u=mm", "length=mm"]
WORDS = ["--inputs", "P", "--outputs", "peak", *UNITS]


def write_folder(root, count=COUNT, suffix=".vtu"):
    root.mkdir(exist_ok=True)
    with (root / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["mesh", "P", "peak", "note"])
        for i in range(count):
            s = sample(i)
            write_mesh(root / f"part{i}{suffix}", s.mesh, s.fields)
            writer.writerow([f"part{i}{suffix}", s.inputs["P"], s.scalars["peak"], "good"])
    return root


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("own") / "plates")


def run(folder, out, *words, table="table.csv"):
    return main(
        ["data-import", str(folder), "--table", str(folder / table), "--out", str(out), *words]
    )


SHARE = ["--test-share", "0.25", "--seed", "3"]


@pytest.mark.claim("`data-import` keeps every number of meshes, fields and columns.")
@pytest.mark.parametrize("suffix", [".vtu", ".xdmf", ".msh"])
def test_an_import_keeps_every_number(tmp_path, suffix):
    own = write_folder(tmp_path / "own", 5, suffix)
    assert run(own, tmp_path / "d.h5", *WORDS, *SHARE) == 0
    for found, made in zip(read_samples(tmp_path / "d.h5"), map(sample, range(5)), strict=True):
        assert np.array_equal(found.mesh.points, made.mesh.points)
        assert np.array_equal(found.mesh.triangles, made.mesh.triangles)
        assert set(found.fields) == {"u", "s"}
        assert all(np.array_equal(found.fields[k], made.fields[k]) for k in found.fields)
        assert found.inputs == {"P": made.inputs["P"]}
        assert found.scalars == made.scalars


def test_the_header_says_ranges_units_and_nested_sets(folder, tmp_path, capsys):
    assert run(folder, tmp_path / "d.h5", *WORDS, *SHARE) == 0
    header = read_header(tmp_path / "d.h5")
    loads = [sample(i).inputs["P"] for i in range(COUNT)]
    (variable,) = header.variables
    assert (variable.name, variable.unit, variable.known) == ("P", "MPa", True)
    assert (variable.low, variable.high) == (min(loads), max(loads))
    assert header.units == {"P": "MPa", "peak": "MPa", "s": "MPa", "u": "mm", "length": "mm"}
    assert (header.name, header.seed) == ("plates", 3)
    sets = header.sets
    assert (len(sets["train"]), len(sets["test"])) == (15, 5)
    assert sorted(sets["train"] + sets["test"]) == list(range(COUNT))
    assert sets["train_8"] == sets["train"][:8]
    assert "warning" not in capsys.readouterr().out
    assert (tmp_path / "d.card.md").read_text().startswith("# Data set plates\n")


def test_the_seed_decides_the_split(folder, tmp_path):
    sets = []
    for k, seed in enumerate(["1", "1", "2"]):
        assert (
            run(folder, tmp_path / f"{k}.h5", *WORDS, "--test-share", "0.25", "--seed", seed) == 0
        )
        sets.append(read_header(tmp_path / f"{k}.h5").sets)
    assert sets[0] == sets[1] != sets[2]


def test_a_column_decides_the_split(folder, tmp_path):
    rows = (folder / "table.csv").read_text().splitlines()
    said = ["set", *("test" if i % 4 == 0 else "train" for i in range(COUNT))]
    (folder / "split.csv").write_text("\n".join(map(",".join, zip(rows, said, strict=True))))
    assert run(folder, tmp_path / "d.h5", *WORDS, table="split.csv") == 0
    sets = read_header(tmp_path / "d.h5").sets
    assert sets["test"] == [0, 4, 8, 12, 16]
    assert sets["train_8"] == [1, 2, 3, 5, 6, 7, 9, 10]


@pytest.mark.claim(
    "A data set of `data-import` goes through `mmgp-fit`, `mmgp-predict` and `evaluate`."
)
def test_an_imported_set_trains_and_predicts(folder, tmp_path, capsys):
    data, model = str(tmp_path / "d.h5"), str(tmp_path / "m.h5")
    assert run(folder, data, *WORDS, *SHARE) == 0
    spec = ["--spec.shape-basis.rank", "2", "--spec.field-basis.rank", "3"]
    assert main(["mmgp-fit", data, "--out", model, *spec]) == 0
    out = ["--out", str(tmp_path / "p.vtu"), "--scalars", "P=45"]
    assert main(["mmgp-predict", model, str(folder / "part0.vtu"), *out]) == 0
    assert "MPa" in capsys.readouterr().out
    found = ["--out", str(tmp_path / "e.h5")]
    assert main(["evaluate", "--model", model, "--data", data, *found]) == 0


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_units_come_from_a_file(folder, tmp_path, suffix):
    path = tmp_path / f"units{suffix}"
    path.write_text(json.dumps({"P": "N/mm^2", "length": "mm"}))
    words = ["--inputs", "P", "--units", str(path)]
    assert run(folder, tmp_path / "d.h5", *words, *SHARE) == 0
    assert read_header(tmp_path / "d.h5").units["P"] == "N/mm^2"


def test_what_is_left_out_is_said(folder, tmp_path, capsys):
    own = write_folder(tmp_path / "own", 4)
    write_mesh(own / "spare.vtu", sample(4).mesh, {})
    for i in range(4):
        s = sample(i)
        extra = {"zero": np.zeros(len(s.mesh.points))} | ({"odd": s.fields["u"]} if i else {})
        write_mesh(own / f"part{i}.vtu", s.mesh, {**s.fields, **extra})
    assert run(own, tmp_path / "d.h5", "--inputs", "P", *SHARE) == 0
    out = capsys.readouterr().out
    assert f"warning: {own / 'spare.vtu'}: not in {own / 'table.csv'}, left out" in out
    assert "warning: field odd: not in every mesh, left out" in out
    assert "warning: field zero: 0 everywhere, left out" in out
    assert "warning: no unit given for P, s, u, length: taken as plain numbers" in out
    assert all(set(s.fields) == {"u", "s"} for s in read_samples(tmp_path / "d.h5"))


HEAD = "mesh,P,peak,set\n"
GOOD = "part0.vtu,41,1,train\npart1.vtu,42,2,test\n"


@pytest.mark.claim(
    "An import that fails says which file, row, column or field, and writes nothing."
)
@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("", "bad.csv: expected a row a mesh, got none"),
        (GOOD + "absent.vtu,43,3,train\n", "bad.csv, line 4, mesh: expected a file in"),
        (GOOD + "part0.vtu,43,3,train\n", "got 'part0.vtu', which line 2 has too"),
        (GOOD + "./part1.vtu,43,3,train\n", "got './part1.vtu', which line 3 has too"),
        (GOOD + "part2.vtu,,3,train\n", "line 4, P: expected a finite number, got ''"),
        (GOOD + "part2.vtu,nan,3,train\n", "line 4, P: expected a finite number, got 'nan'"),
        (GOOD + "part2.vtu,43,3,both\n", "line 4, set: expected 'train' or 'test', got 'both'"),
        (GOOD + "part2.vtu,43,3,train,5\n", "line 4: expected 4 cells, got more"),
        (GOOD.replace("42", "41"), "P: expected an input that varies, got 41 in every row"),
        (GOOD.replace("train", "test"), "expected a sample to train on, got 2 for the test"),
        (GOOD + "nan.vtu,43,3,train\n", "nan.vtu, field u: expected finite values, got nan at"),
        (GOOD + "less.vtu,43,3,train\n", "less.vtu: expected field 's', got ['u']"),
        (GOOD + "vector.vtu,43,3,train\n", "vector.vtu: expected field 's', got ['s_0', "),
        (GOOD + "cut.vtu,43,3,train\n", "cut.vtu: cannot be read as a mesh"),
    ],
)
def test_a_bad_table_or_mesh_is_named(folder, tmp_path, capsys, rows, words):
    s = sample(2)
    write_mesh(folder / "less.vtu", s.mesh, {"u": s.fields["u"]})
    u = s.fields["u"].copy()
    u[3] = np.nan
    write_mesh(folder / "nan.vtu", s.mesh, {"u": u, "s": s.fields["s"]})
    points = np.c_[s.mesh.points, np.zeros(len(u))]
    data = {"u": s.fields["u"], "s": np.c_[u, u]}
    meshio.Mesh(points, [("triangle", s.mesh.triangles)], data).write(folder / "vector.vtu")
    (folder / "cut.vtu").write_text((folder / "less.vtu").read_text()[:300])
    (folder / "bad.csv").write_text(HEAD + rows)
    flags = [*WORDS, "--fields", "u", "s"]
    assert run(folder, tmp_path / "d.h5", *flags, table="bad.csv") == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
    for name in ("less", "nan", "vector", "cut"):
        (folder / f"{name}.vtu").unlink()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--inputs", "E", *SHARE], "table.csv: expected column 'E', got ['P', 'mesh'"),
        (["--inputs", "note", *SHARE], "line 2, note: expected a finite number, got 'good'"),
        (["--inputs", "P", "--outputs", "P", *SHARE], "expected each once, got 'P' again"),
        (["--inputs", "P"], "expected either a column 'set' or --test-share, got neither"),
        (["--test-share", "0.2"], "seed: expected a number with test_share, got none"),
        (["--test-share", "1.5", "--seed", "1"], "test_share: expected 0 <= share < 1, got 1.5"),
        (["--fields", "w", *SHARE], "part0.vtu: expected field 'w', got ['s', 'u']"),
        (["--units", "E=MPa", *SHARE], "units: expected names of ['length', 's', 'u'], got 'E'"),
        (["--units", "s=M?a", *SHARE], "units, s: unit: expected a product of powers"),
        (["--units", "s", *SHARE], "--units: expected name=unit, got 's'"),
        (["--units", "s=Pa", "s=MPa", *SHARE], "--units: expected each name once, got 's' again"),
        (["--units", "no.yaml", *SHARE], "no.yaml: no such file"),
    ],
)
def test_flags_that_do_not_fit_are_named(folder, tmp_path, capsys, flags, words):
    assert run(folder, tmp_path / "d.h5", *flags) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_both_kinds_of_split_are_refused(folder, tmp_path, capsys):
    (folder / "two.csv").write_text(HEAD + GOOD)
    assert run(folder, tmp_path / "d.h5", *WORDS, *SHARE, table="two.csv") == 2
    assert "got both" in capsys.readouterr().err


def test_meshes_without_a_common_field_are_refused(tmp_path, capsys):
    own = write_folder(tmp_path / "own", 3)
    for i in range(3):
        write_mesh(own / f"part{i}.vtu", sample(i).mesh, {f"u{i}": sample(i).fields["u"]})
    assert run(own, tmp_path / "d.h5", *SHARE) == 2
    assert "expected a nodal field that all 3 meshes have" in capsys.readouterr().err


def test_a_card_is_printed_or_written(folder, tmp_path, capsys):
    assert run(folder, tmp_path / "d.h5", *WORDS, *SHARE) == 0
    capsys.readouterr()
    assert main(["data-card", str(tmp_path / "d.h5")]) == 0
    printed = capsys.readouterr().out
    assert main(["data-card", str(tmp_path / "d.h5"), "--out", str(tmp_path / "c.md")]) == 0
    assert printed == (tmp_path / "c.md").read_text() == (tmp_path / "d.card.md").read_text()
    assert main(["data-card", str(tmp_path / "absent.h5")]) == 2
    assert "absent.h5: no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "words"),
    [("P", "one column or field of a name, got 'P' twice"), ("a/b", "a name without '/'")],
)
def test_a_field_whose_name_cannot_be_kept_is_refused(tmp_path, capsys, name, words):
    own = write_folder(tmp_path / "own", 3)
    for i in range(3):
        s = sample(i)
        write_mesh(own / f"part{i}.vtu", s.mesh, {name: s.fields["u"]})
    assert run(own, tmp_path / "d.h5", "--inputs", "P", *SHARE) == 2
    assert words in capsys.readouterr().err


def test_a_doubled_column_is_refused(folder, tmp_path, capsys):
    (folder / "double.csv").write_text("mesh,P,P\npart0.vtu,1,2\n")
    assert run(folder, tmp_path / "d.h5", *WORDS, *SHARE, table="double.csv") == 2
    assert "double.csv: expected each column once, got 'P' again" in capsys.readouterr().err


def test_planar_and_curved_parts_do_not_mix(tmp_path, capsys):
    own = write_folder(tmp_path / "own", 3)
    s = sample(1)
    points = np.c_[s.mesh.points, s.mesh.points[:, 0] ** 2]
    meshio.Mesh(points, [("triangle", s.mesh.triangles)], s.fields).write(own / "part1.vtu")
    assert run(own, tmp_path / "d.h5", *WORDS, *SHARE) == 2
    assert "part1.vtu: expected 2 coordinates, got 3" in capsys.readouterr().err
    assert not (tmp_path / "d.h5").exists()

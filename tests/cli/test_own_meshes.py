"""The commands for people with their own meshes: what they do, and how they refuse bad input."""

import csv
import json
import subprocess
import sys

import h5py
import numpy as np
import pytest

from synthetic import sample
from understudy.__main__ import VERBS, main
from understudy.hdf5 import seal
from understudy.mesh import Mesh
from understudy.mesh.io import read_mesh, write_mesh


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve meshes with fields, a table of them, and a model trained by the command."""
    root = tmp_path_factory.mktemp("own")
    with (root / "train.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["mesh", "P", "peak"])
        for i in range(12):
            s = sample(i)
            write_mesh(root / f"part{i}.vtu", s.mesh, s.fields)
            writer.writerow([f"part{i}.vtu", s.inputs["P"], s.scalars["peak"]])
    words = "--inputs P --fields u s --outputs peak"
    words += " --spec.shape-basis.rank 2 --spec.field-basis.rank 3"
    fit = ["mmgp-fit", str(root / "train.csv"), "--out", str(root / "model.h5"), *words.split()]
    assert main(fit) == 0
    new = sample(1000)
    write_mesh(root / "new.vtu", new.mesh, {})
    return root


def predict(folder, mesh, out, scalars="P=45", model="model.h5"):
    return main(
        ["mmgp-predict", str(folder / model), str(mesh), "--scalars", scalars, "--out", str(out)]
    )


@pytest.mark.claim("A prediction file holds the mean and the standard deviation of every field.")
def test_a_prediction_holds_mean_and_deviation_of_every_field(folder, tmp_path, capsys):
    assert predict(folder, folder / "new.vtu", tmp_path / "p.vtu") == 0
    mesh, fields = read_mesh(tmp_path / "p.vtu")
    assert set(fields) == {"u", "u_sd", "s", "s_sd"}
    assert (fields["s_sd"] > 0).all()
    assert np.array_equal(mesh.points, sample(1000).mesh.points)
    assert capsys.readouterr().out.startswith("peak = ")


def test_draws_are_those_of_the_seed_and_the_decision_is_written(folder, tmp_path):
    words = [
        "mmgp-predict",
        str(folder / "model.h5"),
        str(folder / "new.vtu"),
        "--scalars",
        "P=45",
    ]
    drawn = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        out = tmp_path / f"{name}.vtu"
        assert main([*words, "--out", str(out), "--draws", "2", "--seed", seed]) == 0
        drawn.append(read_mesh(out)[1])
    assert {"s_draw_0", "s_draw_1", "u_draw_0"} <= set(drawn[0])
    assert np.array_equal(drawn[0]["s_draw_1"], drawn[1]["s_draw_1"])
    assert not np.array_equal(drawn[0]["s_draw_1"], drawn[2]["s_draw_1"])
    said = json.loads((tmp_path / "a.json").read_text())
    assert said["trust"]["decision"] in ("accept", "warn", "refuse")
    assert said["scalars"]["peak"] > 0


def test_a_table_of_meshes_gives_a_file_each_and_a_table_of_scalars(folder, tmp_path):
    table = folder / "new.csv"
    table.write_text("mesh,P,note\nnew.vtu,45,1\npart3.vtu,41,2\n")
    command = ["mmgp-predict", str(folder / "model.h5"), str(table), "--out", str(tmp_path / "p")]
    assert main(command) == 0
    assert {p.name for p in (tmp_path / "p").iterdir()} == {"new.vtu", "part3.vtu", "scalars.csv"}
    with (tmp_path / "p" / "scalars.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[1]["peak"]) == pytest.approx(sample(3).scalars["peak"], rel=0.2)
    assert float(rows[1]["peak_sd"]) > 0


def test_a_mesh_with_a_hole_in_a_table_is_refused_with_its_reason_and_others_are_answered(
    folder, tmp_path
):
    usual, strange = sample(200).mesh, sample(201).mesh
    inner = int(np.argmin(np.linalg.norm(strange.points, axis=1)))
    kept = strange.triangles[(strange.triangles != inner).all(axis=1)]
    numbers = np.where(np.arange(len(strange.points)) > inner, -1, 0) + np.arange(
        len(strange.points)
    )
    points = np.delete(strange.points, inner, axis=0)
    write_mesh(tmp_path / "usual.vtu", usual, {})
    write_mesh(tmp_path / "holed.vtu", Mesh(points=points, triangles=numbers[kept]), {})
    (tmp_path / "t.csv").write_text("mesh,P\nholed.vtu,45\nusual.vtu,45\n")
    out = tmp_path / "out"
    words = [str(folder / "model.h5"), str(tmp_path / "t.csv"), "--out", str(out)]
    assert main(["mmgp-predict", *words]) == 0
    rows = list(csv.DictReader((out / "scalars.csv").open()))
    assert rows[0]["decision"] == "refuse"
    assert "no hole" in rows[0]["reason"]
    assert rows[0]["peak"] == ""
    assert float(rows[1]["peak"]) > 0
    assert {p.name for p in out.iterdir()} == {"usual.vtu", "scalars.csv"}


def test_two_meshes_of_one_name_are_refused_not_overwritten(folder, tmp_path, capsys):
    (folder / "sub").mkdir()
    (folder / "sub" / "new.vtu").write_bytes((folder / "new.vtu").read_bytes())
    table = folder / "twins.csv"
    table.write_text("mesh,P\nnew.vtu,45\nsub/new.vtu,41\n")
    assert predict(folder, table, tmp_path / "p") == 2
    assert "twins.csv: expected a name of its own" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def bad_meshes(root):
    """Meshes that cannot be used, each with the words of its refusal."""
    good = sample(1000).mesh
    inner = np.abs(good.points[good.triangles].mean(axis=1)).max(axis=1) > 0.3
    kept, renumbered = np.unique(good.triangles[inner], return_inverse=True)
    holed = Mesh(points=good.points[kept], triangles=renumbered.reshape(-1, 3))
    n = len(good.points)
    double = Mesh(
        points=np.concatenate([good.points, good.points + 9]),
        triangles=np.concatenate([good.triangles, good.triangles + n]),
    )
    write_mesh(root / "holed.vtu", holed, {})
    write_mesh(root / "double.vtu", double, {})
    (root / "text.vtu").write_text("no mesh")
    whole = (root / "new.vtu").read_text()
    (root / "cut.vtu").write_text(whole[: len(whole) // 2])


@pytest.mark.claim(
    "Bad input gets one line that names the file and the cause, exit code 2, and no output file."
)
@pytest.mark.parametrize(
    ("mesh", "scalars", "words"),
    [
        ("holed.vtu", "P=45", "one boundary loop"),
        ("double.vtu", "P=45", "one connected part"),
        ("text.vtu", "P=45", "cannot be read"),
        ("cut.vtu", "P=45", "cannot be read"),
        ("absent.vtu", "P=45", "no such file"),
        ("new.vtu", "", "missing P"),
        ("new.vtu", "P=45,E=3", "unknown E"),
        ("new.vtu", "P=nan", "expected a finite number"),
        ("new.vtu", "P=", "--scalars: expected name=number"),
    ],
)
def test_bad_input_is_refused_in_one_line(folder, tmp_path, capsys, mesh, scalars, words):
    bad_meshes(folder)
    assert predict(folder, folder / mesh, tmp_path / "p.vtu", scalars) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert words in error
    assert mesh in error or "--scalars" in error
    assert list(tmp_path.iterdir()) == []


def test_a_truncated_model_is_named(folder, tmp_path, capsys):
    content = (folder / "model.h5").read_bytes()
    (folder / "half.h5").write_bytes(content[: len(content) // 2])
    assert predict(folder, folder / "new.vtu", tmp_path / "p.vtu", model="half.h5") == 2
    assert "half.h5: not a whole HDF5 file" in capsys.readouterr().err


def test_a_model_of_another_version_is_named(folder, tmp_path, capsys):
    path = folder / "old.h5"
    path.write_bytes((folder / "model.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        header = json.loads(file["header"][()])
        header["version"] = 0
        del file["header"]
        file["header"] = json.dumps(header, sort_keys=True)
    seal(path)
    assert predict(folder, folder / "new.vtu", tmp_path / "p.vtu", model="old.h5") == 2
    assert "old.h5: " in capsys.readouterr().err


@pytest.mark.fault
@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("--inputs P --fields absent", "part0.vtu: expected field 'absent'"),
        ("--inputs E --fields u", "train.csv: expected column 'E'"),
        ("--inputs P", "name at least one nodal field"),
        ('--inputs P --fields u --spec {"rnak":1}', "spec.rnak: unknown key"),
        ("--inputs P --fields u --spec {", "expected JSON"),
    ],
)
def test_bad_training_data_are_refused_in_one_line(folder, tmp_path, capsys, flags, words):
    out = tmp_path / "model.h5"
    assert main(["mmgp-fit", str(folder / "train.csv"), "--out", str(out), *flags.split()]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_cell_that_is_no_number_is_named(folder, tmp_path, capsys):
    (folder / "typo.csv").write_text("mesh,P\nnew.vtu,4x\n")
    assert predict(folder, folder / "typo.csv", tmp_path / "p") == 2
    assert "typo.csv, line 2, P: expected a finite number, got '4x'" in capsys.readouterr().err


def test_a_row_without_a_mesh_is_named(folder, tmp_path, capsys):
    (folder / "short.csv").write_text("P,mesh\n45\n")
    assert predict(folder, folder / "short.csv", tmp_path / "p") == 2
    assert "short.csv, line 2, mesh: expected a path, got none" in capsys.readouterr().err


def test_a_field_with_nan_is_named(folder, tmp_path, capsys):
    s = sample(2)
    s.fields["u"][4] = np.nan
    write_mesh(folder / "nan.vtu", s.mesh, s.fields)
    (folder / "nan.csv").write_text(
        "mesh,P\npart0.vtu,41\npart1.vtu,42\nnan.vtu,43\npart3.vtu,4\n"
    )
    out = ["--out", str(tmp_path / "m.h5"), "--inputs", "P", "--fields", "u"]
    assert main(["mmgp-fit", str(folder / "nan.csv"), *out]) == 2
    assert "nan.csv: sample 2, field u" in capsys.readouterr().err


@pytest.mark.claim("`understudy --help` lists the verbs without loading torch.")
def test_help_lists_every_verb_without_torch():
    code = (
        "import sys; from understudy.__main__ import main; main(['--help']); "
        "print([m for m in ('torch', 'numpy', 'dolfinx') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.rstrip().endswith("[]")
    assert all(verb in out.stdout for verb in VERBS)


def test_an_unknown_verb_is_refused(capsys):
    assert main(["mmgp-fti"]) == 2
    assert "unknown verb 'mmgp-fti'" in capsys.readouterr().err

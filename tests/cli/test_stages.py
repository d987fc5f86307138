"""Stages of the pipeline that need no solver, on samples in closed form."""

import dataclasses
import json
import shutil

import h5py
import pytest

from synthetic import UNITS, sample
from understudy.__main__ import main
from understudy.data import (
    Header,
    Sample,
    Variable,
    read_header,
    read_samples,
    tree,
    write_samples,
)
from understudy.mesh.io import read_mesh
from understudy.surrogates import MMGPModel, mmgp_model


def header(train, test):
    return Header(
        name="necked", seed=0, code="", specification={}, units=UNITS,
        variables=[Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True)],
        sets={"train": train, "test": test},
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("stages")
    write_samples(root / "batches/b.h5", header(list(range(8)), []), map(sample, range(8)))
    rest = (*range(8, 12), 100, 101, 102)
    write_samples(root / "batches/a.h5", header([8, 9, 10, 11], rest[4:]), map(sample, rest))
    design(root, [*range(8), *rest], train=list(range(12)), test=[100, 101, 102])
    assert collect(root, "0") == 0
    return root


def design(root, indices, **sets):
    plan = {"samples": [{"index": i} for i in indices], "sets": sets}
    (root / "design.json").write_text(json.dumps(plan))


def collect(root, tolerated, out="set.h5"):
    words = ["--design", str(root / "design.json"), "--batches", str(root / "batches")]
    words += ["--out", str(root / out), "--tolerated-failures", tolerated]
    return main(["collect", *words])


def run(verb, *words):
    assert main([verb, *map(str, words)]) == 0


def test_samples_of_batches_are_joined_in_their_order_with_the_sets_of_the_design(folder):
    """Batches hold other sets and stand in another order."""
    assert [s.index for s in read_samples(folder / "set.h5")] == [*range(12), 100, 101, 102]
    assert read_header(folder / "set.h5").sets == {
        "train": list(range(12)),
        "test": [100, 101, 102],
    }


def test_collecting_again_changes_no_bit(folder):
    assert collect(folder, "0", "again.h5") == 0
    assert (folder / "again.h5").read_bytes() == (folder / "set.h5").read_bytes()


def test_a_joined_data_set_stores_no_array_twice(folder):
    size = sum(path.stat().st_size for path in (folder / "batches").iterdir())
    assert (folder / "set.h5").stat().st_size < 0.1 * size


def test_a_missing_batch_is_told(folder, tmp_path, capsys):
    shutil.copytree(folder / "batches", tmp_path / "batches")
    shutil.copy(folder / "design.json", tmp_path)
    (tmp_path / "batches/a.h5").unlink()
    assert collect(tmp_path, "0") == 2
    assert "expected 15 samples of the design, got 8" in capsys.readouterr().err


@pytest.mark.parametrize(("tolerated", "status"), [("0.2", 0), ("0.1", 1)])
def test_failures_beyond_the_tolerated_share_stop_the_study(tmp_path, capsys, tolerated, status):
    failed = Sample(index=4, seed=0, inputs={"P": 1.0, "r": 0.3}, error="it diverged")
    samples = [*(sample(i) for i in range(4)), failed]
    write_samples(tmp_path / "batches/a.h5", header([0, 1, 2, 3, 4], []), samples)
    design(tmp_path, range(5), train=list(range(5)))
    assert collect(tmp_path, tolerated) == status
    if status:
        assert "1 of 5 simulations failed" in capsys.readouterr().err
        assert not (tmp_path / "set.h5").exists()
    else:
        assert list(read_samples(tmp_path / "set.h5"))[4].error == "it diverged"


def test_stages_from_morphing_to_scores_and_pictures(folder):
    at = {n: str(folder / n) for n in ("set.h5", "aligned.h5", "mmgp.h5", "p", "metrics.json")}
    run("morph", "--data", at["set.h5"], "--out", at["aligned.h5"])
    run(
        "mmgp-fit",
        at["aligned.h5"],
        "--spec",
        '{"shape_basis": {"rank": 2}}',
        "--out",
        at["mmgp.h5"],
    )
    base = folder / "baseline.h5"
    words = ["--aligned", at["aligned.h5"], "--shape-rank", "2", "--out", base]
    run("baseline-fit", "--name", "mean_field", *words)
    predictions = [folder / "p/mmgp.h5", folder / "p/baseline_mean_field.h5"]
    for model, out in zip((at["mmgp.h5"], base), predictions, strict=True):
        run("evaluate", "--model", model, "--data", at["set.h5"], "--out", out)
    score = ["--data", at["set.h5"], "--predictions", *predictions, "--prefix", "mmgp.necked"]
    run("score", *score, "--out", at["metrics.json"])
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["mmgp.necked.mmgp.fields.s.q2"] > 0.9
    assert metrics["mmgp.necked.baseline_mean_field.fields.s.q2_about_mean_field"] == 0.0
    words = ["--model", at["mmgp.h5"], "--data", at["set.h5"], "--predictions", predictions[0]]
    run(
        "mmgp-trust",
        *words,
        "--prefix",
        "mmgp.necked",
        "--out",
        folder / "trust.json",
        "--decisions",
        folder / "decisions.json",
    )
    judged = json.loads((folder / "trust.json").read_text())
    assert 0 <= judged["mmgp.necked.trust.test.accept_share"] <= 1
    assert judged["mmgp.necked.budget.s.total"] > 0
    pictures = folder / "figures"
    run(
        "mmgp-figures", "--data", at["set.h5"], "--aligned", at["aligned.h5"], "--model",
        at["mmgp.h5"], "--predictions", predictions[0], "--metrics", at["metrics.json"],
        "--prefix", "mmgp.necked", "--out", pictures,
    )  # fmt: skip
    assert {p.stem for p in pictures.iterdir()} >= {"field_u", "field_s", "parity", "morphing"}

    said = json.loads((folder / "decisions.json").read_text())["decisions"]
    assert [d["index"] for d in said] == [100, 101, 102]
    curve = folder / "learning.json"
    run(
        "mmgp-learning", "--data", at["set.h5"], "--aligned", at["aligned.h5"], "--sizes", "4",
        "12", "--prefix", "mmgp.necked", "--spec", '{"shape_basis": {"rank": 2}}', "--out", curve,
    )  # fmt: skip
    errors = json.loads(curve.read_text())
    expected = metrics["mmgp.necked.mmgp.mean_rrmse"]
    assert errors["mmgp.necked.learning.sobol_12.mean_rrmse"] == pytest.approx(expected, rel=1e-6)


def plan(folder):
    path = folder / "design.json"
    samples = [{"index": i, "seed": 0, "inputs": {}} for i in (0, 100, 101, 102)]
    sets = {"train": [0], "test": [100, 101, 102]}
    content = {"samples": samples, "sets": sets, "settings": {"mesh_size": 0.1, "side": 2.0}}
    path.write_text(json.dumps(content))
    return path


def decide(folder, *decisions):
    rows = [
        {"index": 100 + i, "set": "test", "decision": d, "p_value": 0.5, "reason": f"why {i}"}
        for i, d in enumerate(decisions)
    ]
    (folder / "decisions.json").write_text(json.dumps({"decisions": rows}))
    return folder / "decisions.json"


def test_refused_designs_become_a_design_of_their_own(tmp_path):
    words = ["--design", plan(tmp_path), "--out", tmp_path / "refused.json"]
    words += ["--decisions", decide(tmp_path, "accept", "warn", "refuse"), "--forced", "1"]
    run("triage", *words)
    found = json.loads((tmp_path / "refused.json").read_text())
    assert [s["index"] for s in found["samples"]] == [100, 102]
    assert found["reasons"] == {"100": "refused for a rehearsal", "102": "why 2"}


def test_a_coarse_design_has_larger_triangles_and_one_set(tmp_path):
    words = ["--design", plan(tmp_path), "--set", "test", "--out", tmp_path / "coarse.json"]
    run("coarse-design", *words, "--mesh-factor", "3")
    found = json.loads((tmp_path / "coarse.json").read_text())
    assert found["settings"] == {"mesh_size": pytest.approx(0.3), "side": 2.0}
    assert [s["index"] for s in found["samples"]] == [100, 101, 102]


def test_answers_are_counted_and_simulations_compared(folder, tmp_path):
    decisions = decide(tmp_path, "accept", "warn", "refuse")
    refused = tmp_path / "refused.json"
    run("triage", "--design", plan(tmp_path), "--decisions", decisions, "--out", refused)
    words = ["--data", folder / "set.h5", "--decisions", decisions, "--refused", refused]
    words += ["--prefix", "p", "--out", tmp_path / "n.json", "--table", tmp_path / "t.json"]
    known = {s.index: s for s in read_samples(folder / "set.h5")}
    fields = known[102].fields | {"s": 1.1 * known[102].fields["s"]}
    again = dataclasses.replace(known[102], fields=fields)
    write_samples(tmp_path / "again.h5", header([102], []), [again])
    run("mmgp-answers", *words, "--simulated", tmp_path / "again.h5")
    counts = json.loads((tmp_path / "n.json").read_text())
    assert [counts[f"p.answers.design.{k}"] for k in ("accepted", "warned", "simulated")] == [
        1
    ] * 3
    assert counts["p.answers.design.largest_difference"] == pytest.approx(0.1)
    assert json.loads((tmp_path / "t.json").read_text())["rows"] == [
        ["design 102", "why 2", "simulated"]
    ]


def test_a_refusal_without_its_simulation_is_told(folder, tmp_path, capsys):
    decisions = decide(tmp_path, "refuse")
    run("triage", "--design", plan(tmp_path), "--decisions", decisions, "--out", tmp_path / "r")
    words = ["--data", folder / "set.h5", "--decisions", decisions, "--refused", tmp_path / "r"]
    words += ["--prefix", "p", "--out", tmp_path / "n.json", "--table", tmp_path / "t.json"]
    assert main(["mmgp-answers", *map(str, words)]) == 2
    assert "expected 1 simulations, got 0" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["vtu", "xdmf"])
def test_a_sample_is_exported(folder, tmp_path, suffix):
    out = tmp_path / f"s.{suffix}"
    run("data-export", folder / "set.h5", "--index", "101", "--out", out)
    mesh, fields = read_mesh(out)
    assert len(mesh.points) == len(sample(101).mesh.points)
    assert set(fields) == {"u", "s"}


def test_an_unknown_sample_is_told(folder, tmp_path, capsys):
    words = [
        "data-export",
        str(folder / "set.h5"),
        "--index",
        "77",
        "--out",
        str(tmp_path / "s.vtu"),
    ]
    assert main(words) == 2
    assert "expected one of 15 samples, got number 77" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_every_result_tells_seed_code_and_software_of_its_data(folder):
    run("morph", "--data", folder / "set.h5", "--out", folder / "o.h5")
    spec = '{"shape_basis": {"rank": 1}, "field_basis": {"rank": 1}}'
    run("mmgp-fit", folder / "o.h5", "--spec", spec, "--out", folder / "m.h5")
    _, origin = tree.load(folder / "m.h5", mmgp_model.KIND, mmgp_model.VERSION, MMGPModel)
    assert origin["data"]["seed"] == 0
    assert origin["data"]["data_set"] == "necked"
    assert len(origin["code"]) == len(origin["data"]["code"]) == 12
    with h5py.File(folder / "m.h5") as file:
        assert json.loads(file["header"][()])["software"]["numpy"]

"""Certified networks from the command line, from a table to an optimum, and their stage."""

import json

import numpy as np
import pytest

import understudy.surrogates.quantity_evaluation as evaluation
from understudy.__main__ import main
from understudy.cli.convex_card import convex_card
from understudy.studies.cards import read_card


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("convex")
    rng = np.random.default_rng(0)
    x = rng.random((80, 2))
    y = np.maximum(x[:, 0] - 0.5, 0) + x[:, 1]
    rows = [f"{a},{b},{c}" for (a, b), c in zip(x, y, strict=True)]
    (folder / "table.csv").write_text("a,b,y\n" + "\n".join(rows) + "\n")
    words = f"{folder}/table.csv --inputs a b --output y --unit MPa --out {folder}/net.h5"
    spec = {"beta": 0.01, "tolerance": 1e-3, "proved": 3, "calibration": 0.3, "level": 0.9,
            "seed": 0}  # fmt: skip
    command = ["convex-fit", *words.split(), "--spec", json.dumps(spec), "--c-header",
               str(folder / "net.h")]  # fmt: skip
    assert main(command) == 0
    return folder


def test_from_a_table_to_a_checked_optimum(trained, capsys):
    assert (trained / "net.h").read_text().startswith("/* y in MPa")
    assert main(["convex-prove", f"{trained}/net.h5", "--delta", "0.02"]) == 0
    assert "proved" in capsys.readouterr().out
    table, out = f"{trained}/table.csv", trained / "said.csv"
    assert main(["convex-predict", f"{trained}/net.h5", table, "--out", str(out)]) == 0
    said = np.loadtxt(out, delimiter=",", skiprows=1)
    truth = np.loadtxt(trained / "table.csv", delimiter=",", skiprows=1)[:, 2]
    assert (np.abs(said[:, 0] - truth) < 0.1).all()
    best = trained / "best.json"
    words = f"{trained}/net.h5 --out {best} --low 0 0 --high 1 1 --greatest"
    assert main(["convex-optimise", *words.split()]) == 0
    found = json.loads(best.read_text())
    assert found["inputs"]["b"] == pytest.approx(1.0)
    assert found["bound"] == pytest.approx(found["value"], rel=1e-5)


def test_a_wrong_cell_is_named(trained, capsys):
    bad = trained / "bad.csv"
    bad.write_text("a,b\n0.1,0.2\n0.3,wet\n")
    words = f"{trained}/net.h5 {bad} --out {trained}/never.csv"
    assert main(["convex-predict", *words.split()]) != 0
    assert "bad.csv, line 3, column b: expected a finite number, got 'wet'" in (
        capsys.readouterr().err
    )
    assert not (trained / "never.csv").exists()
    bad.write_text("a\n1\n")
    assert main(["convex-predict", *words.split()]) != 0
    assert "expected a column b, got a" in capsys.readouterr().err


def test_a_stage_ends_in_tables_and_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluation, "_STEPS", 20)
    case = {"problem": "gap_bar", "samples": 30, "columns": 4, "seed": 0, "betas": {"b": 0.03},
            "solvers": ["column_generation"], "patterns": 10, "tolerance": 1e-3, "proved": 4,
            "starts": 1, "probes": 0}  # fmt: skip
    words = ["convex-case", "--case", json.dumps(case), "--out", f"{tmp_path}/bar.json"]
    assert main(words) == 0
    spec = {"problem": "cantilever", "data": "", "field": "", "modes": 0, "samples": 40,
            "tests": 50, "designs": 1,
            "spec": {"beta": 0.03, "tolerance": 1e-3, "proved": 3, "calibration": 0.3,
                     "level": 0.9, "seed": 0}}  # fmt: skip
    words = ["convex-quantity", "--spec", json.dumps(spec), "--out", f"{tmp_path}/beam.json",
             "--model", f"{tmp_path}/beam.h5"]  # fmt: skip
    assert main(words) == 0
    words = f"--cases {tmp_path}/bar.json --quantities {tmp_path}/beam.json --models \
        {tmp_path}/beam.h5 --figures {tmp_path}/figures --out {tmp_path}/section.json --metrics \
        {tmp_path}/metrics.json --timings {tmp_path}/timings.json --name networks"
    assert main(["convex-report", *words.split()]) == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["convex.bar_b.column_generation.certified_global"] == 1.0
    assert metrics["convex.beam.column_generation.r2"] > 0.9
    shares = [v for k, v in metrics.items() if ".sobol_" in k]
    assert sum(shares) == pytest.approx(1.0, abs=0.2)
    section = json.loads((tmp_path / "section.json").read_text())
    assert len(section["tables"]) == 3
    assert len(section["figures"]) == 2
    card = read_card(section, "convex")
    assert card.certificate.startswith("proved: ")
    own = metrics["convex.beam.column_generation.r2"]
    assert card.answers[0].value == pytest.approx(np.sqrt(1 - own), rel=1e-12)
    assert card.coverage[0].stated == 0.9
    assert {rival.name for rival in card.rivals} >= {"baseline_gp", "baseline_ridge"}


def test_a_card_of_networks_under_attack_has_the_range_of_the_splits():
    methods = {
        "robust_columns": {"attacked_accuracy": [0.9, 0.8, 0.7]},
        "baseline_robust_line": {"attacked_accuracy": [0.95, 0.85, 0.75]},
    }
    card = read_card({"card": convex_card({}, {}, {"moons": {"methods": methods}})}, "convex")
    first = card.answers[0]
    assert (first.low, first.value, first.high) == pytest.approx((0.1, 0.2, 0.3))
    assert [(r.name, r.where) for r in card.beaten_by] == [
        ("baseline_robust_line", "moons under attack"),
    ]  # fmt: skip
    assert card.proof == "none"

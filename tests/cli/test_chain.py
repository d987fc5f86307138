"""The stages of a chain from zones to tables and pictures, very small."""

import json

import numpy as np
import pytest

pytest.importorskip("dolfinx")

from understudy.__main__ import main
from understudy.data.chain import load_runs
from understudy.surrogates.boundary_model import load_boundary
from understudy.surrogates.chain_histories import chain_histories
from understudy.surrogates.chain_responses import load_chain, load_responses

pytestmark = pytest.mark.slow

_PLATE = {"mesh_size": 0.02, "pressure": 1e9}
_FAMILY = {"radius": [0.012, 0.018], "stretch": 0.2}
_LAW = {
    "method": {
        "wgan_gp": {
            "latent": 4, "width": 8, "depth": 1,
            "training": {"iterations": 4, "batch": 16},
            "stopping": {"every": 2, "samples": 20},
        }
    },
    "coordinates": {"rank": 5, "cells": 10}, "features": None, "refit": 2, "groups": 2,
    "laws": {"pressure": {"kind": "lognormal", "a": 1e9, "b": 0.25}}, "scale": "pressure",
}  # fmt: skip
_EQUIPMENT = {
    "place": [0.27, 0.05], "axis": 1, "frequency": 2e4, "damping": 0.05, "hardening": 0.3,
    "length": 1e-5, "limit": 3e-5, "decay": {"windows": 2, "seed": 3},
}  # fmt: skip
_NETWORK = {"beta": 0.01, "tolerance": 0.01, "proved": 0, "calibration": 0.4, "level": 0.7}
_DRAWS = ["--draws", 20, "--repeats", 1, "--seed", 5]
_NODE = ["--node", 0.27, 0.05]
_CHECKS = 4


def run(verb, *words):
    assert main([verb, *map(str, words)]) == 0


def holes(count, seed):
    plate, family = json.dumps(_PLATE), json.dumps(_FAMILY)
    return ["--settings", plate, "--family", family, "--count", count, "--seed", seed]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All that the stages make."""
    at = tmp_path_factory.mktemp("chain")
    for name, first in (("known.h5", 0), ("new.h5", 200)):
        words = ["--seed", 1, "--first", first, "--count", 20, "--out", at / name]
        run("impact-run", "--settings", json.dumps(_PLATE), *words)
    run("impact-zone", "--settings", json.dumps(_PLATE), "--out", at / "zone.h5")
    law, zone = ["--law", at / "law.h5"], ["--zone", at / "zone.h5"]
    words = ["--validation", at / "new.h5", "--spec", json.dumps(_LAW), "--out", at / "law.h5"]
    run("boundary-fit", at / "known.h5", *zone, *words, "--seed", 0)
    for group, count, seed in (("train", 8, 1), ("map", 12, 2), ("check", _CHECKS, 3)):
        run("chain-zones", *holes(count, seed), "--out", at / f"{group}.h5")
    for k in range(_CHECKS):
        words = ["--place", k, *_NODE, "--run-seed", 1, "--first", 0 if k < 2 else 200]
        words += ["--runs", 8, "--out", at / f"direct-{k}.h5"]
        run("chain-direct", *holes(_CHECKS, 3), *words)
    words = ["--training", at / "known.h5", "--unseen", at / "new.h5", "--calibration", 2]
    words += ["--runs", 8, *_NODE, "--out", at / "conditions.h5"]
    run("chain-conditions", *zone, "--zones", at / "check.h5", *words)
    morphing = json.dumps({"rbf": {"landmark_angle": None}})
    for group in ("train", "check"):
        words = ["--zones", at / f"{group}.h5", "--morphing", morphing, "--refinements", 0]
        words += [*_NODE, *_DRAWS, "--out", at / f"responses-{group}.h5"]
        run("chain-responses", *law, *zone, *words)
    words = ["--responses", at / "responses-train.h5", "--spec", json.dumps({"rank": 3})]
    run("chain-fit", *law, *words, "--folds", 2, *_DRAWS, "--out", at / "model.h5")
    equipment = ["--equipment", json.dumps(_EQUIPMENT)]
    guess = ["--guess", "x' = v; v' = -c*v - k*x"]
    run("chain-equipment", *equipment, *guess, "--out", at / "equation.h5")
    model, identified = ["--model", at / "model.h5"], ["--identified", at / "equation.h5"]
    for group in ("map", "check"):
        words = ["--zones", at / f"{group}.h5", *equipment, *identified, "--posterior", 3]
        words += [*_DRAWS, "--out", at / f"demands-{group}.h5"]
        run("chain-evaluate", *law, *model, *words)
    direct = [at / f"direct-{k}.h5" for k in range(_CHECKS)]
    both = [*law, *model, "--responses", at / "responses-check.h5", "--conditions",
            at / "conditions.h5", *equipment, "--limit", 2.2e8, *_DRAWS]  # fmt: skip
    words = ["--demands", at / "demands-map.h5", "--direct", *direct[:2]]
    words += ["--family", json.dumps(_FAMILY), "--spec", json.dumps(_NETWORK)]
    run("chain-map", *both, *words, "--out", at / "maps.h5")
    words = ["--maps", at / "maps.h5", "--demands", at / "demands-check.h5", "--training",
             at / "responses-train.h5", "--direct", *direct, *identified]  # fmt: skip
    words += ["--rival", json.dumps({"modes": 2, "samples": 20}), "--calibration", 2]
    words += ["--wanted", 2, "--prefix", "chain.plate", "--out", at / "results.json"]
    run("chain-score", *both, *words, "--metrics", at / "metrics.json")
    words = ["--metrics", at / "metrics.json", "--figures", at / "figures", "--name", "plate"]
    words += ["--out", at / "section.json", "--timings", at / "timings.json"]
    run("chain-report", "--results", at / "results.json", "--maps", at / "maps.h5", *words)
    return at


def test_the_condition_agrees_with_full_runs_of_the_same_numbers(folder):
    """Domain reduction is exact but for what the hole scatters: a tenth on the coarsest mesh."""
    under = load_runs(folder / "conditions.h5")
    for k in range(_CHECKS):
        full = load_runs(folder / f"direct-{k}.h5")[0]
        assert full.numbers.tolist() == under[k].numbers.tolist()
        assert under[k].peak == pytest.approx(full.peak, rel=0.1)
        assert np.array_equal(full.hole, under[k].hole)


def test_runs_of_the_law_are_its_real_histories(folder):
    """At the holes of the calibration modes give what runs of the same numbers give."""
    law = load_boundary(folder / "law.h5").law
    histories = chain_histories(law, 20, 1, 5)
    assert (histories.drawn, histories.real) == (20, 20)
    assert len(histories.weights) == 60
    under = load_runs(folder / "conditions.h5")[0]
    exact = load_responses(folder / "responses-check.h5").peak[0]
    found = exact[histories.drawn : histories.drawn + len(under.peak)]
    assert np.corrcoef(found, under.peak)[0, 1] > 0.9
    paired = histories.weights[histories.drawn + histories.real :, 0]
    assert np.allclose(paired, histories.weights[histories.drawn :, 0][: histories.real])


def test_numbers_tables_and_pictures_are_there(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    assert all(name.startswith("chain.plate.") for name in metrics)
    assert metrics["chain.plate.equation.complete"] == 1.0
    for event in ("stress", "equipment"):
        assert 0 < metrics[f"chain.plate.{event}.map.least"] < 1
        assert metrics[f"chain.plate.{event}.link_zone.spread"] > 0
    section = json.loads((folder / "section.json").read_text())
    captions = [table["caption"] for table in section["tables"]]
    assert any(caption.startswith("Error budget") for caption in captions)
    assert all(len(row) == len(t["columns"]) for t in section["tables"] for row in t["rows"])
    assert (folder / "figures" / "map.png").stat().st_size > 10_000
    assert len(load_chain(folder / "model.h5").left_out.field) == 8


def test_bad_input_is_named(folder, capsys):
    out = ["--out", str(folder / "never.h5")]
    words = [*map(str, holes(4, 3)), "--place", "4", "--node", "0.27", "0.05", "--run-seed", "1"]
    assert main(["chain-direct", *words, "--first", "0", "--runs", "1", *out]) == 2
    assert "place: expected 0 to 3, got 4" in capsys.readouterr().err
    guess = ["--guess", "a' = -a", "--equipment", json.dumps(_EQUIPMENT)]
    assert main(["chain-equipment", *guess, *out]) == 2
    assert "guess: expected equations of x and v" in capsys.readouterr().err
    assert not (folder / "never.h5").exists()

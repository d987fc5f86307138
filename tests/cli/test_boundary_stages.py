"""The stages of a study of boundary histories from the first impact to the report, very small."""

import json

import pytest

pytest.importorskip("dolfinx")

from understudy.__main__ import main

pytestmark = pytest.mark.slow

_PLATE = {"mesh_size": 0.02}
_CHANGED = _PLATE | {
    "hole": {"half_length": 0.025, "half_width": 0.008, "angle": -0.6, "shape": "ellipse"}
}
_LAWS = {
    "pressure": {"kind": "lognormal", "a": 1e9, "b": 0.25},
    "position": {"kind": "uniform", "a": 0.05, "b": 0.19},
}
_NETWORK = {
    "method": {
        "wgan_gp": {
            "latent": 4, "width": 8, "depth": 1,
            "training": {"iterations": 4, "batch": 16},
            "stopping": {"every": 2, "samples": 20},
        }
    },
    "coordinates": {"rank": 5, "cells": 10}, "features": {"points": 16, "top": 4},
    "refit": 2, "groups": 2, "laws": _LAWS, "scale": "pressure",
}  # fmt: skip
_GAUSSIAN = {"method": {"gaussian": {}}, "coordinates": {"rank": 5, "cells": 0}, "groups": 0}
_RARE = {
    "thresholds": {"p1": 2.5e8}, "monte_carlo": 50, "rivals": False,
    "subset": {"samples": 100, "repeats": 2, "levels": 3},
    "importance": {"samples": 50, "final": 50, "steps": 2},
    "conditional": {"samples": 50},
}  # fmt: skip
_PREFIX = "boundary.impact_plate"


def run(verb, *words):
    assert main([verb, *map(str, words)]) == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Runs, zones, two laws and all that is made of them."""
    root = tmp_path_factory.mktemp("boundary")
    at = {n: root / n for n in ("train.h5", "judges.h5", "unseen.h5", "changed.h5")}
    for (name, path), (plate, first) in zip(
        at.items(), [(_PLATE, 0), (_PLATE, 100), (_PLATE, 200), (_CHANGED, 200)], strict=True
    ):
        kept = "--no-histories" if name == "changed.h5" else "--histories"
        words = ["--seed", 1, "--first", first, "--count", 20, kept, "--out", path]
        run("impact-run", "--settings", json.dumps(plate), *words)
    for name, plate in (("zone.h5", _PLATE), ("other.h5", _CHANGED)):
        run("impact-zone", "--settings", json.dumps(plate), "--out", root / name)
    zone, other = ["--zone", root / "zone.h5"], ["--changed", f"down={root / 'other.h5'}"]
    run_of = {"training": at["train.h5"], "unseen": at["unseen.h5"]}
    laws = {"wgan_gp-0": _NETWORK, "baseline_gaussian": _GAUSSIAN}
    evaluated = [root / "evaluated" / f"{name}.h5" for name in laws]
    for (name, spec), out in zip(laws.items(), evaluated, strict=True):
        law = root / f"{name}.h5"
        words = ["--validation", at["judges.h5"], "--spec", json.dumps(spec), "--out", law]
        run("boundary-fit", at["train.h5"], *zone, *words, "--seed", 0)
        words = ["--training", run_of["training"], "--unseen", run_of["unseen"], "--draws", 100]
        words += ["--changed-draws", 10, "--corrected-draws", 20, "--out", out]
        run("boundary-evaluate", law, *zone, *other, *words)
        (root / f"fit-{name}.tsv").write_text("s\tmax_rss\n1.5\t10\n")
    full = ["--changed-reference", f"down={at['changed.h5']}"]
    reference = ["--reference", at["unseen.h5"]]
    words = ["--training", at["train.h5"], "--first", 20, *reference, *other, *full]
    run("boundary-score", *evaluated, *zone, *words, "--out", root / "metrics.json")
    words = ["--loads", 20, "--prefix", f"{_PREFIX}.changes", "--out", root / "changes.json"]
    run("boundary-changes", "--histories", at["unseen.h5"], *zone, *other, *full, *words)
    words = ["--spec", json.dumps(_NETWORK), "--size", 10, "--first", 0, "--count", 2]
    words += ["--draws", 100, "--out", root / "00.json"]
    run("boundary-coverage", at["unseen.h5"], *zone, *words)
    words = [*reference, "--prefix", _PREFIX, "--out", root / "coverage.json"]
    run("boundary-coverage-score", *words, "--sets", root / "00.json")
    words = ["--spec", json.dumps(_NETWORK | {"groups": 0}), "--seed", 0, "--tests", 20]
    boxes = {"by_name": {"one": {"ranges": {"position": [0.08, 0.14]}}}}
    words += ["--boxes", json.dumps(boxes), "--first", 20]
    words += [*reference, "--prefix", f"{_PREFIX}.conditional", "--out", root / "conditional.json"]
    run("boundary-conditional", at["train.h5"], *zone, "--validation", at["judges.h5"], *words)
    words = ["--spec", json.dumps(_RARE), "--seed", 0, "--prefix", f"{_PREFIX}.rare"]
    rare = ["--out", root / "rare.json"]
    run("boundary-rare", root / "wgan_gp-0.h5", *zone, *reference, *words, *rare)
    return root


@pytest.fixture(scope="module")
def figures(folder):
    run(
        "boundary-figures", "--law", folder / "wgan_gp-0.h5", "--zone", folder / "zone.h5",
        "--evaluated", *sorted((folder / "evaluated").glob("*.h5")), "--training",
        folder / "train.h5", "--first", 20, "--unseen", folder / "unseen.h5", "--reference",
        folder / "unseen.h5", "--metrics", folder / "metrics.json", "--changes",
        folder / "changes.json", "--sets", folder / "00.json", "--rare", folder / "rare.json",
        "--prefix", _PREFIX, "--out", folder / "figures",
    )  # fmt: skip
    return folder / "figures"


def test_every_picture_is_drawn(figures):
    names = "cdf methods training spectrum arrivals changes coverage coverage_q95 rare waves"
    assert {p.name for p in figures.iterdir()} == {
        "waves.gif",
        *(f"{name}.png" for name in names.split()),
    }
    assert (figures / "waves.gif").read_bytes().startswith(b"GIF8")


def test_the_section_leads_with_the_quantity_of_interest(folder, figures):
    run(
        "boundary-section", "--metrics", folder / "metrics.json", "--changes",
        folder / "changes.json", "--conditional", folder / "conditional.json", "--coverage",
        folder / "coverage.json", "--rare", folder / "rare.json", "--evaluated",
        *sorted((folder / "evaluated").glob("*.h5")), "--fits", *folder.glob("fit-*.tsv"),
        "--runs", folder / "unseen.h5", "--training", 20, "--figures", figures, "--prefix",
        _PREFIX, "--out", folder / "section.json", "--timings", folder / "timings.json",
    )  # fmt: skip
    section = json.loads((folder / "section.json").read_text())
    laws, changed = section["tables"][:2]
    assert laws["columns"][:2] == ["law", "w1"]
    assert {row[0] for row in laws["rows"]} >= {"wgan_gp", "baseline_gaussian", "baseline_replay"}
    distances = [row[1] for row in laws["rows"]]
    assert distances == sorted(distances)
    assert changed["caption"] == "Changed zone down"
    assert all(table["rows"] for table in section["tables"])
    corrected = next(t for t in section["tables"] if t["caption"].startswith("Corrected"))
    assert [row[0] for row in corrected["rows"]] == ["as it is"] * 3 + ["down"] * 3
    assert len(section["figures"]) == len(list(figures.iterdir()))
    times = json.loads((folder / "timings.json").read_text())
    own = times[f"{_PREFIX}.wgan_gp.draw_seconds"]
    assert times[f"{_PREFIX}.speed_up"] == times[f"{_PREFIX}.full_run_seconds"] / own
    assert times[f"{_PREFIX}.wgan_gp.training_job_seconds"] == 1.5


def test_exact_histories_move_the_zone_as_the_plate_did(folder):
    """Between the kept times a spline restores them; a changed zone needs its dashpots."""
    found = json.loads((folder / "changes.json").read_text())
    assert found[f"{_PREFIX}.changes.identity.time_compression_worst"] < 0.01
    worst = {m: found[f"{_PREFIX}.changes.down.{m}.worst"] for m in ("domain_reduction",
             "baseline_held")}  # fmt: skip
    assert worst["domain_reduction"] < 0.5 * worst["baseline_held"]


def test_runs_that_correct_a_law_leave_their_own_mean(folder):
    """20 runs judged by others: their mean is near, whatever a law of 4 steps says."""
    found = json.loads((folder / "metrics.json").read_text())

    def error(name):
        return abs(found[f"{_PREFIX}.{name}.qoi.mean_error"])

    assert error("corrected_wgan_gp") < 0.25 < error("wgan_gp")


def test_left_out_inputs_are_answered_by_the_law_and_by_runs_near_them(folder):
    found = json.loads((folder / "conditional.json").read_text())
    start, end = f"{_PREFIX}.conditional.", ".left_out_one.w1"
    assert {k[len(start) : -len(end)] for k in found if k.endswith(end)} == {
        "wgan_gp", "wgan_gp_moved", "baseline_nearest_replay", "baseline_scaled_replay",
    }  # fmt: skip

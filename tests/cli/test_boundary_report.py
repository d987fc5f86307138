"""The report of a study of boundary histories: what its sentences and counts follow from."""

import base64
import json

import numpy as np
import pytest

from understudy.__main__ import main
from understudy.cli.boundary_card import boundary_card
from understudy.cli.boundary_notes import Table, notes
from understudy.cli.boundary_results import methods, over_seeds, rivals, without_seeds
from understudy.cli.report_page import picture
from understudy.data.histories import Histories, save_histories
from understudy.studies.cards import judge, read_card


def table(network=0.1, mixture=0.2, replay=0.15, energies=(0.01, 0.01)):
    scores = {
        "wgan_gp.qoi.w1": network,
        "baseline_mixture.qoi.w1": mixture,
        "baseline_replay.qoi.w1": replay,
        "wgan_gp.field.energy_distance": energies[0],
        "baseline_mixture.field.energy_distance": energies[1],
        "reference.runs": 100,
    }
    times = {
        "full_run_seconds": 0.03,
        "speed_up": 10.0,
        "least_speed_up": 9.0,
        "wgan_gp.draw_seconds": 0.003,
        "wgan_gp.training_job_seconds": 60.0,
    }
    conditional = {
        "wgan_gp.left_out_wide.w1": 0.3,
        "baseline_nearest_replay.left_out_wide.w1": 0.2,
        "wgan_gp.left_out_wide.w1_ratio_trained": 2.0,
        "runs.left_out_wide": 30,
    }
    return Table(
        scores=scores, changes={}, conditional=conditional, coverage={}, rare={}, times=times,
        training=40,
    )  # fmt: skip


def test_the_notes_name_the_winner_whoever_it_is():
    won, lost = " ".join(notes(table())), " ".join(notes(table(network=0.4)))
    assert "the network is the closest, with W1 0.1; the next, baseline_mixture, has 0.2" in won
    assert "baseline_mixture is the closest, with W1 0.2; the network has 0.4, 2.00 times" in lost
    assert "place 2" in lost


def test_the_notes_tell_whether_the_training_runs_do_better():
    assert "W1 0.15: farther than the network by a factor of 1.50" in notes(table())[1]
    assert "W1 0.05: closer than the network by a factor of 2.00" in notes(table(replay=0.05))[1]


def test_the_notes_tell_what_distances_of_histories_see():
    """Alike in energy distance with W1 apart; ordered alike; a network whose histories differ."""
    assert notes(table(network=0.1, mixture=0.5))[2].startswith(
        "Distances of histories do not see"
    )
    agreeing = table(network=0.1, mixture=0.15, energies=(0.01, 0.015))
    assert notes(agreeing)[2].startswith("Distances of histories order the laws much as")
    far = notes(table(energies=(0.2, 0.01)))[2]
    assert "The network's energy distance is 20.0 times the least" in far
    assert "in 1 of 1 pairs" in far


def test_seeds_stand_as_their_median_and_laws_by_their_distance():
    short = {
        f"{m}.qoi.w1": v for m, v in {"wgan_gp": 0.2, "wgan_gp_seed0": 0.1, "b": 0.15}.items()
    }
    assert methods(short) == ["wgan_gp_seed0", "b", "wgan_gp"]
    assert without_seeds(methods(short)) == ["b", "wgan_gp"]
    times = over_seeds(
        {"wgan_gp_seed0": 1.0, "wgan_gp_seed1": 3.0, "wgan_gp_seed2": 9.0, "b": 5.0}
    )
    assert times["wgan_gp"] == 3.0
    assert times["b"] == 5.0


def test_of_each_family_the_better_coordinates_are_shown():
    w1 = {"baseline_kde": 0.3, "baseline_kde_plain": 0.2, "baseline_mixture": 0.1}
    short = {f"{name}.qoi.w1": value for name, value in w1.items()}
    assert rivals(short) == ["baseline_kde_plain", "baseline_mixture"]


def scored(w1, mean=0.01, q95=-0.02):
    return {"qoi.w1": w1, "qoi.mean_error": mean, "qoi.q95_error": q95}


def of_methods(**methods):
    return {f"{m}.{k}": v for m, own in methods.items() for k, v in own.items()}


def test_the_card_of_a_law_has_its_seeds_its_zones_and_who_is_closer():
    base = table()
    scores = {"reference.runs": 100.0} | of_methods(
        wgan_gp=scored(0.1), wgan_gp_seed0=scored(0.08, mean=-0.03), wgan_gp_seed1=scored(0.12),
        baseline_replay=scored(0.15), baseline_kde=scored(0.3),
    )  # fmt: skip
    slot = of_methods(wgan_gp=scored(0.2), baseline_replay=scored(0.1))
    found = Table(
        scores=scores, changes={}, conditional=base.conditional,
        coverage={"wgan_gp.coverage.mean": 0.9, "coverage.sets": 20.0}, rare={}, times=base.times,
        training=40,
    )  # fmt: skip
    card = read_card({"card": boundary_card(found, {"slot": slot})}, "boundary")
    first, mean = card.answers[:2]
    assert (first.low, first.value, first.high) == (0.08, 0.1, 0.12)
    assert (mean.low, mean.value, mean.unit) == (-3.0, 1.0, "%")
    assert [row[0] for row in card.error_by_region["rows"]] == [
        "as it is", "slot", "inputs left out, wide",
    ]  # fmt: skip
    assert [(r.name, r.where) for r in card.beaten_by] == [("baseline_replay", "slot")]
    assert card.coverage[0].cases == 20
    assert judge(card).word == "with care"
    assert not any("seed" in rival.name for rival in card.rivals)


@pytest.fixture
def reference(tmp_path):
    """Full runs whose greatest stresses are 0, 1, ..., 100 Pa."""
    values = np.arange(101.0)
    runs = Histories(
        name="plate", units={}, specification="{}", times=np.linspace(0, 1, 4),
        nodes=np.zeros((2, 2)), numbers=np.arange(101), displacement=np.zeros((0, 4, 2, 2)),
        peak=values[:, None] * [0.5, 1.0], inputs={}, residual=np.zeros(101),
        seconds=np.ones(101), errors={},
    )  # fmt: skip
    save_histories(tmp_path / "runs.h5", runs, {})
    return tmp_path / "runs.h5"


def small_study(path, number, network, direct):
    names = ("mean", "std", "q95")
    row = {
        m: {n: dict(zip(("low", "high"), e, strict=True)) for n, e in zip(names, own, strict=True)}
        for m, own in (("wgan_gp", network), ("baseline_direct", direct))
    }
    path.write_text(json.dumps({"sets": [row | {"set": number}]}))
    return str(path)


def test_the_share_of_intervals_that_hold_the_truth_is_counted(reference, tmp_path):
    """Truth: mean 50, deviation 29.3, quantile 95. Half as wide, one of two misses the mean."""
    wide = [(40, 60), (20, 40), (90, 100)]
    sets = [
        small_study(tmp_path / "0.json", 0, [(45, 55), (25, 35), (94, 99)], wide),
        small_study(tmp_path / "1.json", 1, [(52, 62), (25, 35), (94, 99)], wide),
    ]
    out = tmp_path / "coverage.json"
    words = ["boundary-coverage-score", "--reference", str(reference), "--prefix", "boundary.p"]
    assert main([*words, "--sets", *sets, "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["boundary.p.wgan_gp.coverage.mean"] == 0.5
    assert found["boundary.p.wgan_gp.coverage.std"] == 1.0
    assert found["boundary.p.wgan_gp.coverage.q95"] == 1.0
    assert found["boundary.p.wgan_gp.qoi.coverage"] == 0.5
    assert found["boundary.p.baseline_direct.qoi.coverage"] == 1.0
    assert found["boundary.p.wgan_gp.mean_width_ratio_direct.mean"] == 0.5
    assert found["boundary.p.coverage.sets"] == 2
    assert main([*words, "--out", str(out)]) == 0
    assert json.loads(out.read_text()) == {}


@pytest.mark.parametrize(("name", "kind"), [("a.png", "image/png"), ("a.gif", "image/gif")])
def test_a_picture_is_embedded_as_what_it_is(tmp_path, name, kind):
    (tmp_path / name).write_bytes(b"content")
    expected = f"data:{kind};base64,{base64.b64encode(b'content').decode()}"
    assert picture(str(tmp_path / name)) == expected

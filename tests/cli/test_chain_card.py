"""The model card of a chain."""

import pytest

from understudy.cli.chain_card import chain_card
from understudy.studies.cards import judge, read_card

_FLAT = {
    "zone.zones": 12.0,
    **{f"{e}.map.{k}": v for e in ("stress", "equipment")
       for k, v in {"gap": 7e-4, "proved": 1.0, "design": 16.0, "least": 0.1, "greatest": 0.5
                    }.items()},
    **{f"{e}.chain.mean_error": 0.02 for e in ("stress", "equipment")},
    "stress.baseline_replay.mean_error": 0.04,
    "equipment.baseline_replay.mean_error": 0.01,
    "stress.baseline_direct_process.mean_error": 0.05,
}  # fmt: skip


def row(radius, p, inside=True):
    return {"hole": [radius, 0.0, 0.0], "direct": [p, p - 0.02, p + 0.02],
            "chain": [p, p - 0.1, p + 0.1], "width": 1.5, "inside": inside}  # fmt: skip


def read(checks, flat=_FLAT):
    return read_card({"card": chain_card(flat, checks)}, "chain")


def test_the_most_dangerous_hole_is_the_answer():
    checks = {"stress": [row(0.01, 0.3), row(0.02, 0.6)], "equipment": [row(0.01, 0.2)]}
    card = read(checks)
    first = card.answers[0]
    assert (first.value, first.low, first.high) == pytest.approx((0.6, 0.5, 0.7))
    assert "radius 20.0 mm" in first.name
    assert [band.found for band in card.coverage] == [1.0, 1.0]
    assert card.silent == 0.0
    assert card.proof == "proved"


def test_rivals_are_judged_over_the_failures_that_they_speak_of():
    card = read({"stress": [row(0.01, 0.3)], "equipment": [row(0.01, 0.2)]})
    means = {r.name: (r.own, r.theirs) for r in card.rivals if not r.where}
    assert means["baseline_replay"] == pytest.approx((0.02, 0.025))
    assert means["baseline_direct_process"] == pytest.approx((0.02, 0.05))
    assert judge(card).reasons == ("replay errs less: equipment 2 times",)


def test_what_lies_outside_counts_as_silently_wrong():
    card = read({"stress": [row(0.01, 0.3, inside=False)], "equipment": [row(0.01, 0.2)]})
    assert card.silent == 0.5
    assert judge(card).word == "do not use"


def test_without_checks_the_range_of_the_map_is_told():
    card = read({"stress": [], "equipment": []})
    assert [(a.low, a.high) for a in card.answers] == [(0.1, 0.5)] * 2
    assert card.coverage == ()
    assert card.silent is None
    assert read({"stress": [], "equipment": []}, _FLAT | {"stress.map.proved": 0.0}).proof == (
        "heuristic"
    )

"""The model card of a law of boundary histories, from the numbers of its stages."""

from collections.abc import Mapping
from typing import Any

from understudy.cli.boundary_notes import Table
from understudy.cli.boundary_results import NETWORK, methods, without_seeds

__all__ = ["boundary_card"]

_STATED = 0.95
_ERRORS = ("w1", "mean_error", "std_error", "q95_error", "q99_error")
_STATISTICS = ("mean", "std", "q95")


def boundary_card(found: Table, changed: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Fields of `understudy.studies.cards.Card`.

    Args:
        found: numbers of all stages.
        changed: scores of the changed zones by the name of the change.
    """
    zones = {"as it is": found.scores, **changed}
    seeds = sum(
        key.startswith(f"{NETWORK}_seed") and key.endswith(".qoi.w1") for key in found.scores
    )
    return {
        "surrogate": "WGAN-GP law of boundary histories, with its zone",
        "methods": [NETWORK, f"corrected_{NETWORK}"],
        "made_for": "The law of the greatest stress in a zone, as it is and as it is changed, by "
        "runs of a cheap model of the zone under generated histories of its edge.",
        "trained_on": f"{found.training} full runs; judged by "
        f"{found.scores['reference.runs']:.0f} others.",
        "answers": [
            _answer(found.scores, "w1", "W1 of the greatest stress, over its deviation", seeds),
            _answer(found.scores, "mean_error", "error of its mean", seeds, "%"),
            _answer(found.scores, "q95_error", "error of its 95 % quantile", seeds, "%"),
            {
                "name": "times faster than a full run", "value": found.times["speed_up"],
                "unit": "", "low": None, "high": None,
                "interval": "ratio of medians on this machine",
            },
        ],
        "error_by_region": {
            "caption": "Errors of the law by zone and by inputs, the median over seeds",
            "columns": ["region", *_ERRORS],
            "rows": [
                [name, *(own.get(f"{NETWORK}.qoi.{c}") for c in _ERRORS)]
                for name, own in zones.items()
            ]
            + _left_out(found.conditional),
        },
        "coverage": [
            {
                "name": f"intervals of small studies for the {s}", "stated": _STATED,
                "found": found.coverage[key], "cases": int(found.coverage["coverage.sets"]),
            }
            for s in _STATISTICS
            if (key := f"{NETWORK}.coverage.{s}") in found.coverage
        ],
        "refuses_when": "It refuses nothing by itself: what happens beyond the inputs of training "
        "was measured by leaving boxes of inputs out, in rows of their own in its errors.",
        "silent": None,
        "rivals": [
            {
                "name": name, "where": "" if zone == "as it is" else zone,
                "own": own[f"{NETWORK}.qoi.w1"], "theirs": own[f"{name}.qoi.w1"],
            }
            for zone, own in zones.items()
            for name in without_seeds(methods(own))
            if name.startswith("baseline_")
        ],
        "certificate": "none: it states intervals, and proves nothing",
    }  # fmt: skip


def _answer(
    scores: Mapping[str, float], key: str, name: str, seeds: int, unit: str = ""
) -> dict[str, Any]:
    """A figure with the least and the greatest of its seeds."""
    end = f".qoi.{key}"
    own = [
        v for k, v in scores.items() if k.startswith(f"{NETWORK}_seed") and k.endswith(end)
    ]  # fmt: skip
    many, scale = seeds > 1, 100.0 if unit == "%" else 1.0
    return {
        "name": name, "value": scale * scores[f"{NETWORK}{end}"], "unit": unit,
        "low": scale * min(own) if many else None, "high": scale * max(own) if many else None,
        "interval": f"median, least and greatest of {seeds} seeds" if many else "one seed",
    }  # fmt: skip


def _left_out(values: Mapping[str, float]) -> list[list[Any]]:
    """Errors where a box of inputs was left out of training."""
    start, end = f"{NETWORK}.left_out_", ".w1"
    boxes = [k.removeprefix(start)[: -len(end)] for k in values if k.startswith(start)
             and k.endswith(end)]  # fmt: skip
    return [
        [f"inputs left out, {box}", *(values.get(f"{start}{box}.{c}") for c in _ERRORS)]
        for box in sorted(boxes)
    ]

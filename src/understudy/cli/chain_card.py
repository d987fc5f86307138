"""The model card of a chain, from what full runs said of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from understudy.surrogates.chain_context import EVENTS

__all__ = ["chain_card"]

_LEVEL = 0.95
_OWN = ("chain", "network")


def chain_card(flat: Mapping[str, float], checks: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `understudy.studies.cards.Card`.

    Args:
        flat: numbers of chain-score, names without the item's.
        checks: rows of the check holes, by event.
    """
    gaps = [flat[f"{event}.map.gap"] for event in EVENTS]
    proved = all(flat[f"{event}.map.proved"] for event in EVENTS)
    missed = sum(len(rows) - sum(row["inside"] for row in rows) for rows in checks.values())
    judged = sum(len(rows) for rows in checks.values())
    return {
        "surrogate": "Chain from the hole's geometry to probabilities of failure",
        "methods": list(_OWN),
        "made_for": "The probability that stress in the zone, or the equipment on its edge, "
        "passes its limit under the observed law of impacts, for holes of the family.",
        "trained_on": f"{flat['zone.zones']:.0f} zones, the runs of the law, and "
        f"{flat[f'{EVENTS[0]}.map.design']:.0f} holes of the map; full runs at other holes judge.",
        "answers": [
            answer
            for event in EVENTS
            for answer in _answers(event, flat, checks[event])
        ],
        "error_by_region": {
            "caption": "Error of the probability at the check holes",
            "columns": ["region", "direct probability", "chain", "factor between its ends"],
            "rows": [
                [f"{event}, radius {1e3 * row['hole'][0]:.1f} mm", row["direct"][0],
                 row["chain"][0], row["width"]]
                for event in EVENTS
                for row in checks[event]
            ],
        },
        "coverage": [
            {"name": f"interval of {event}", "stated": _LEVEL,
             "found": sum(row["inside"] for row in checks[event]) / len(checks[event]),
             "cases": len(checks[event])}
            for event in EVENTS
            if checks[event]
        ],
        "refuses_when": "A hole is beyond the box of the family: the map warns there, and its "
        "interval says nothing.",
        "silent": missed / judged if judged else None,
        "rivals": _rivals(flat),
        "certificate": f"{'proved' if proved else 'heuristic'}: no two-layer ReLU network of any "
        f"width fits the map's design better by more than a share of {max(gaps):.1e}",
    }  # fmt: skip


def _answers(
    event: str, flat: Mapping[str, float], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The most dangerous checked hole, and the mean error."""
    found = []
    if rows:
        worst = max(rows, key=lambda row: row["chain"][0])
        value, low, high = worst["chain"]
        found.append(
            {"name": f"P({event}) at the most dangerous checked hole, radius "
             f"{1e3 * worst['hole'][0]:.1f} mm", "value": value, "unit": "", "low": low,
             "high": high, "interval": "95 % of all links"}
        )  # fmt: skip
        error = flat[f"{event}.chain.mean_error"]
        found.append(
            {"name": f"error of P({event}), mean magnitude", "value": error, "unit": "",
             "low": None, "high": None, "interval": f"of {len(rows)} checked holes"}
        )  # fmt: skip
    else:
        least, most = (flat[f"{event}.map.{end}"] for end in ("least", "greatest"))
        found.append(
            {"name": f"P({event}) of the most dangerous hole of the map", "value": most,
             "unit": "", "low": least, "high": most, "interval": "range of the map"}
        )  # fmt: skip
    return found


def _rivals(flat: Mapping[str, float]) -> list[dict[str, Any]]:
    """Mean magnitudes of error: over the events that a rival speaks of, then each."""
    rows: list[dict[str, Any]] = [
        {"name": key.split(".")[1], "where": event, "own": flat[f"{event}.chain.mean_error"],
         "theirs": flat[key]}
        for event in EVENTS
        for key in sorted(flat)
        if key.startswith(f"{event}.baseline_") and key.endswith(".mean_error")
    ]  # fmt: skip
    means = []
    for name in dict.fromkeys(str(row["name"]) for row in rows):
        own = [row for row in rows if row["name"] == name]
        mean = {key: sum(row[key] for row in own) / len(own) for key in ("own", "theirs")}
        means.append({"name": name, "where": "", **mean})
    return means + rows

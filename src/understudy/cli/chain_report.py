"""Stage: tables and pictures of a chain, and its times."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.chain_card import chain_card
from understudy.figures.failure_maps import draw_budget, draw_failure_map, draw_intervals
from understudy.files import write_json
from understudy.surrogates.chain_context import EVENTS
from understudy.surrogates.chain_network import ChainMaps, load_maps

__all__ = ["main", "run"]

_GRID, _WIDTH = 41, 1.96
_STEPS = {
    "condition": "impedance-corrected condition, real histories",
    "law": "learned law with its runs, its modes",
    "zone": "learned zone",
    "equation": "identified equation",
    "calibration": "links put right",
    "network": "certified network",
}
_PARTS = {
    "draws": "draws of the law",
    "runs": "runs that the law was learned from",
    "zone": "learned zone, from zone to zone",
    "condition": "condition and modes, from zone to zone",
    "equation": "numbers of the equation",
}


def run(
    results: Path,
    maps: Path,
    metrics: Path,
    figures: Path,
    out: Path,
    timings: Path,
    name: str,
) -> None:
    """Put a chain together.

    Args:
        results: JSON file of chain-score.
        maps: HDF5 file of chain-map.
        metrics: JSON file of chain-score.
        figures: folder to write pictures to.
        out: JSON file to write, the section of the report.
        timings: JSON file to write.
        name: of the item, in names of times.
    """
    found, networks = json.loads(results.read_text()), load_maps(maps)
    flat = {
        k.removeprefix(f"chain.{name}."): v for k, v in json.loads(metrics.read_text()).items()
    }
    figures.mkdir(parents=True, exist_ok=True)
    drawn = _pictures(figures, found["checks"], networks)
    seconds = found["seconds"]
    write_json(timings, {f"chain.{name}.{k}.seconds": v for k, v in seconds.items()})
    write_json(
        out,
        {
            "title": f"How likely is a failure, as a function of the hole: {name}",
            "question": "How likely is it that the greatest stress in the zone passes its limit, "
            "and that equipment on its edge fails, under the law of impacts that was observed?",
            "card": chain_card(flat, found["checks"]),
            "notes": _notes(flat, seconds),
            "tables": [
                *(_checks(event, found["checks"][event]) for event in EVENTS),
                _budget(flat),
                _methods(flat),
                _equation(found["equation"]),
                _network(networks, flat),
            ],
            "figures": [{"file": str(figures / f), "caption": c} for f, c in drawn.items()],
        },
    )


def _notes(flat: Mapping[str, float], seconds: Mapping[str, float]) -> list[str]:
    notes = []
    for event in EVENTS:
        count = flat.get(f"{event}.checked", 0.0)
        if not count:
            notes.append(f"{event}: no check hole has a direct probability in [0.05, 0.95].")
            continue
        notes.append(
            f"{event}: {flat[f'{event}.inside']:.0f} of {count:.0f} direct probabilities lie in "
            f"the interval of the chain, whose ends are a factor {flat[f'{event}.widest']:.2f} "
            "apart at most."
        )
    notes.append(
        f"A hole costs the chain {seconds['chain_hole']:.2f} s for both probabilities once it is "
        f"trained, a full run {seconds['direct_run']:.3f} s."
    )
    return notes


def _checks(event: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "caption": f"{event}: the chain and full runs at holes that neither trains nor calibrates",
        "columns": ["radius mm", "stretch 1", "stretch 2", "full runs", "their interval",
                    "chain", "its interval", "factor", "inside"],
        "rows": [
            [f"{1e3 * row['hole'][0]:.2f}", *(f"{v:.3f}" for v in row["hole"][1:]),
             f"{row['direct'][0]:.3f}", "{1:.3f} to {2:.3f}".format(*row["direct"]),
             f"{row['chain'][0]:.3f}", "{1:.3f} to {2:.3f}".format(*row["chain"]),
             f"{row['width']:.2f}", "yes" if row["inside"] else "no"]
            for row in rows
        ],
    }  # fmt: skip


def _budget(flat: Mapping[str, float]) -> dict[str, Any]:
    def cell(event: str, key: str) -> str:
        value = flat.get(f"{event}.{key}")
        return "" if value is None else f"{value:.4f}"

    rows = [
        [f"step: {text}", *(cell(event, f"step_{step}.{end}") for event in EVENTS
                            for end in ("bias", "mean_error"))]
        for step, text in _STEPS.items()
    ]  # fmt: skip
    rows += [
        [f"standard error: {text}", "", cell("stress", f"part_{part}"), "",
         cell("equipment", f"part_{part}")]
        for part, text in _PARTS.items()
    ]  # fmt: skip
    return {
        "caption": "Error budget: what each link changes of the probability at the check holes, "
        "and the standard errors that the interval is made of",
        "columns": ["link", "stress, mean", "stress, magnitude", "equipment, mean",
                    "equipment, magnitude"],
        "rows": rows,
    }  # fmt: skip


def _methods(flat: Mapping[str, float]) -> dict[str, Any]:
    names = sorted({k.split(".")[1] for k in flat if k.endswith(".log_error")})
    rows = []
    for method in names:
        cells = [
            flat.get(f"{event}.{method}.{key}")
            for event in EVENTS
            for key in ("mean_error", "bias")
        ]
        rows.append([method, *("" if v is None else f"{v:.4f}" for v in cells)])
    return {
        "caption": "Error of the probability at the check holes",
        "columns": ["method", "stress, magnitude", "stress, mean", "equipment, magnitude",
                    "equipment, mean"],
        "rows": rows,
    }  # fmt: skip


def _equation(found: Mapping[str, Any]) -> dict[str, Any]:
    text = "; ".join(found["text"])
    return {
        "caption": f"The equation of the equipment, read from its free decay ({text}; proposed by "
        f"the {found['source']}, verdict: {found['verdict']})",
        "columns": ["number", "identified", "95 % band", "simulated"],
        "rows": [
            [n["name"], f"{n['value']:.5f}", f"+- {_WIDTH * n['deviation']:.5f}",
             "no such term" if n["simulated"] is None else f"{n['simulated']:.5f}"]
            for n in found["numbers"]
        ],
    }  # fmt: skip


def _network(maps: ChainMaps, flat: Mapping[str, float]) -> dict[str, Any]:
    rows = []
    for event in EVENTS:
        found = maps.by_event[event]
        ends = np.stack([found.least, found.greatest])
        slopes = found.sensitivity(ends)
        for which, hole, slope, p in zip(
            ("least", "greatest"), ends, slopes, found.probability(ends), strict=True
        ):
            rows.append(
                [f"{event}, {which}", f"{p:.3f}", f"{1e3 * hole[0]:.2f}", f"{hole[1]:.3f}",
                 f"{hole[2]:.3f}", f"{1e-3 * slope[0]:.4f}", f"{slope[1]:.3f}", f"{slope[2]:.3f}"]
            )  # fmt: skip
        gap, process = (
            flat[f"{event}.map.{k}"] for k in ("left_out", "baseline_process_left_out")
        )
        rows.append(
            [f"{event}, error left out over deviation: network {gap:.2f}, process {process:.2f}",
             "", "", "", "", "", "", ""]
        )  # fmt: skip
    return {
        "caption": "The certified network: holes that fail least and most, and the exact "
        "sensitivity of the probability there",
        "columns": ["what", "P", "radius mm", "stretch 1", "stretch 2", "dP/dr per mm",
                    "dP/d stretch 1", "dP/d stretch 2"],
        "rows": rows,
    }  # fmt: skip


def _pictures(
    figures: Path, checks: Mapping[str, Sequence[Mapping[str, Any]]], maps: ChainMaps
) -> dict[str, str]:
    first = next(iter(maps.by_event.values())).network
    radius, stretch = (np.linspace(first.low[k], first.high[k], _GRID) for k in (0, 1))
    x, y = np.meshgrid(radius, stretch)
    grid = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    panels, points = {}, {}
    for event in EVENTS:
        found = maps.by_event[event]
        low, high = found.interval(grid, _WIDTH)
        panels[event] = [v.reshape(x.shape) for v in (low, found.probability(grid), high)]
        rows = [[1e3 * r["hole"][0], r["hole"][1], r["direct"][0]] for r in checks[event]]
        points[event] = np.array(rows, dtype=float).reshape(-1, 3)
    draw_failure_map(
        figures / "map.png", 1e3 * radius, stretch, panels, points,
        ("mean radius of the hole, mm", "stretch along the plate"),
    )  # fmt: skip
    draw_intervals(
        figures / "intervals.png",
        {event: [(r["direct"], r["chain"]) for r in checks[event]] for event in EVENTS},
    )
    captions = {
        "map.png": "Probability of failure over the hole (stretch across the diagonal zero), with "
        "the ends of its interval; circles are full runs, whatever their other stretch.",
        "intervals.png": "The chain against full runs, with both intervals.",
    }
    budgets = {
        event: {
            _STEPS[step]: float(np.mean([abs(r["steps"][step]) for r in checks[event]]))
            for step in checks[event][0]["steps"]
        }
        for event in EVENTS
        if checks[event]
    }
    if budgets:
        draw_budget(figures / "budget.png", budgets)
        captions["budget.png"] = "What each link changes of the probability, a mean over holes."
    return captions


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-report")

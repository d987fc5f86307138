"""Numbers of a chain: metrics by name, and what a report shows of it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from understudy.surrogates.chain_context import Links
from understudy.surrogates.chain_network import ChainMaps, FailureMap
from understudy.surrogates.chain_responses import ChainModel
from understudy.surrogates.chain_score import Checked
from understudy.surrogates.equipment import Identified

__all__ = ["summary"]


def summary(
    kept: Mapping[str, Sequence[Checked]],
    every: Mapping[str, Sequence[Checked]],
    links: Links,
    model: ChainModel,
    identified: Identified,
    maps: ChainMaps,
) -> dict[str, Any]:
    """Metrics, and rows of the tables.

    Args:
        kept: check holes whose direct probability lies in [0.05, 0.95], by event.
        every: all check holes, by event.
        links: by event.
        model: of the zone.
        identified: equation of the equipment.
        maps: by event.
    """
    metrics: dict[str, float] = {
        "zone.field_error": float(model.left_out.field.mean()),
        "zone.energy": float(model.zone.energy[-1]),
        "zone.zones": float(len(model.holes)),
    }
    for event, rows in kept.items():
        metrics |= {f"{event}.{k}": v for k, v in _event(rows, every[event]).items()}
        for name, link in links.by_event[event].items():
            for key in ("bias", "spread", "scatter"):
                metrics[f"{event}.link_{name}.{key}"] = getattr(link, key)
        metrics[f"{event}.condition_alone.bias"] = links.condition[event].bias
        metrics |= {f"{event}.map.{k}": v for k, v in _map(maps.by_event[event]).items()}
    metrics |= {
        "equation.complete": float(identified.complete),
        "equation.held": identified.held,
        "equation.chi2": identified.chi2,
        "equation.weight": identified.weight,
        "equation.by_network": float(identified.source == "network"),
    }
    return {
        "metrics": {k: v for k, v in metrics.items() if math.isfinite(v)},
        "checks": {event: [_row(c) for c in rows] for event, rows in kept.items()},
        "equation": _equation(identified),
    }


def _event(rows: Sequence[Checked], every: Sequence[Checked]) -> dict[str, float]:
    """How far from full runs, and how often intervals hold."""
    found = {"checked": float(len(rows)), "left_out_of_band": float(len(every) - len(rows))}
    if not rows:
        return found
    found |= {
        "inside": float(sum(c.inside for c in rows)),
        "widest": max(c.width for c in rows),
        "mean_width": float(np.mean([c.width for c in rows])),
    }
    for method in rows[0].methods:
        gaps = [c.methods[method] - c.direct.probability for c in rows]
        ratios = [abs(math.log(max(c.methods[method], 1e-9) / c.direct.probability)) for c in rows]
        found[f"{method}.mean_error"] = float(np.mean(np.abs(gaps)))
        found[f"{method}.bias"] = float(np.mean(gaps))
        found[f"{method}.log_error"] = float(np.mean(ratios))
    for step in rows[0].steps:
        own = [c.steps[step] for c in rows]
        found[f"step_{step}.bias"] = float(np.mean(own))
        found[f"step_{step}.mean_error"] = float(np.mean(np.abs(own)))
    for part in rows[0].chain.parts:
        found[f"part_{part}"] = float(np.mean([c.chain.parts[part] for c in rows]))
    return found


def _map(found: FailureMap) -> dict[str, float]:
    """The certified network beside a process, and the ends of the map."""
    spread = float(found.odds.std())
    ends = np.stack([found.least, found.greatest])
    low, high = found.probability(ends).tolist()
    return {
        "least": low,
        "greatest": high,
        "left_out": float(np.sqrt((found.left_out**2).mean())) / spread,
        "baseline_process_left_out": float(np.sqrt((found.rival**2).mean())) / spread,
        "gap": found.network.certificate["gap"],
        "proved": float(found.network.proved),
        "neurons": found.network.certificate["neurons"],
        "design": float(len(found.odds)),
    }


def _row(checked: Checked) -> dict[str, Any]:
    return {
        "hole": checked.hole.tolist(),
        "direct": [checked.direct.probability, checked.direct.low, checked.direct.high],
        "chain": [checked.chain.probability, checked.chain.low, checked.chain.high],
        "inside": checked.inside,
        "width": checked.width,
        "parts": dict(checked.chain.parts),
        "steps": dict(checked.steps),
        "methods": dict(checked.methods),
    }


def _equation(found: Identified) -> dict[str, Any]:
    """Numbers with bands, beside those simulated."""
    rows = zip(found.names, found.values, found.deviation, found.truth, strict=True)
    return {
        "text": list(found.text),
        "verdict": found.verdict,
        "source": found.source,
        "numbers": [
            {"name": n, "value": float(v), "deviation": float(d),
             "simulated": float(t) if math.isfinite(t) else None}
            for n, v, d, t in rows
        ],
    }  # fmt: skip

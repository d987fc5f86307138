"""Stage: tables, pictures and numbers of certified networks."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.convex_card import convex_card
from understudy.cli.convex_robust import robust_notes, robust_numbers, robust_table
from understudy.figures.networks import draw_bounds, draw_pieces
from understudy.files import write_json
from understudy.surrogates.quantity_of_interest import QuantityModel, load_quantity

__all__ = ["main", "run"]

_KEPT = ("value", "lower_bound", "relative_gap", "certified_global", "objective_ratio",
         "violation", "neurons", "converged", "checked_gap", "probed_gap")  # fmt: skip


def run(
    figures: Path,
    out: Path,
    metrics: Path,
    timings: Path,
    name: str,
    cases: tuple[Path, ...] = (),
    quantities: tuple[Path, ...] = (),
    models: tuple[Path, ...] = (),
    robust: tuple[Path, ...] = (),
) -> None:
    """Put cases and quantities together.

    Args:
        figures: folder to write pictures to.
        out: JSON file to write, the section of the report.
        metrics: JSON file to write.
        timings: JSON file to write.
        name: of the item, in the title.
        cases: JSON files of convex-case.
        quantities: JSON files of convex-quantity.
        models: HDF5 files of convex-quantity, in the same order.
        robust: JSON files of convex-robust.
    """
    solved = {path.stem: json.loads(path.read_text()) for path in cases}
    judged = {path.stem: json.loads(path.read_text()) for path in quantities}
    attacked = {path.stem: json.loads(path.read_text()) for path in robust}
    flat, seconds = _case_numbers(solved)
    more, spent = _quantity_numbers(judged)
    write_json(metrics, flat | more | robust_numbers(attacked))
    write_json(timings, seconds | spent)
    figures.mkdir(parents=True, exist_ok=True)
    drawn = _pictures(figures, solved, [load_quantity(path) for path in models])
    write_json(
        out,
        {
            "title": f"Certified networks: {name}",
            "question": "How far from the best two-layer ReLU network of any width is what a "
            "solver found, and is a certified network a good stand-in for a scalar?",
            "notes": _notes(solved, judged) + robust_notes(attacked),
            "card": convex_card(solved, judged, attacked),
            "tables": [_case_table(solved), *_quantity_tables(judged), *robust_table(attacked)],
            "figures": [{"file": str(figures / f), "caption": c} for f, c in drawn.items()],
        },
    )


def _case_numbers(solved: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    flat: dict[str, float] = {}
    seconds: dict[str, float] = {}
    for case, found in solved.items():
        for beta, rows in found["betas"].items():
            for solver, row in rows.items():
                start = f"convex.{case}_{beta}.{solver}"
                flat |= {f"{start}.{key}": float(row[key]) for key in _KEPT if key in row}
                seconds[f"{start}.seconds"] = row["seconds"]
    return flat, seconds


def _quantity_numbers(judged: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    flat: dict[str, float] = {}
    seconds: dict[str, float] = {}
    for name, found in judged.items():
        for method, row in found["methods"].items():
            start = f"convex.{name}.{method}"
            flat |= {f"{start}.{k}": v for k, v in row.items() if k != "seconds"}
            seconds[f"{start}.seconds"] = row["seconds"]
        own = f"convex.{name}.column_generation"
        for end in ("least", "greatest"):
            flat[f"{own}.{end}_value"] = found[end]["value"]
            flat[f"{own}.{end}_gap"] = abs(found[end]["value"] - found[end]["bound"])
        for key in ("lipschitz", "mean", "variance"):
            if key in found:
                flat[f"{own}.{key}"] = found[key]
        for key, value in zip(found["names"], found.get("sobol", []), strict=False):
            flat[f"{own}.sobol_{key}"] = value
    return flat, seconds


def _case_table(solved: Mapping[str, Any]) -> dict[str, Any]:
    rows = []
    for case, found in solved.items():
        for beta, own in found["betas"].items():
            for solver, row in own.items():
                gap = f"{row['relative_gap']:.1e}" if "relative_gap" in row else "unknown"
                ratio = f"{row['objective_ratio']:.4f}" if "objective_ratio" in row else ""
                rows.append(
                    [f"{case} {beta}", solver, f"{row['value']:.5g}", ratio, gap,
                     row.get("certified", "nothing"), f"{row['seconds']:.2f}"]
                )  # fmt: skip
    return {
        "caption": "Objectives: over the best of the L-BFGS starts, and how far from the best",
        "columns": ["case", "solver", "objective", "over L-BFGS", "gap", "certified", "CPU s"],
        "rows": rows,
    }


def _quantity_tables(judged: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows, sensitivities = [], []
    for name, found in judged.items():
        for method, row in found["methods"].items():
            coverage = f"{row['coverage']:.3f}" if "coverage" in row else ""
            rows.append([name, method, f"{row['r2']:.5f}", coverage, f"{row['seconds']:.2f}"])
        for end in ("least", "greatest"):
            own = found[end]
            place = ", ".join(
                f"{n} {v:.3g}" for n, v in zip(found["names"], own["x"], strict=True)
            )
            sensitivities.append([name, end, f"{own['value']:.5g}", f"{own['bound']:.5g}", place])
        for key, value in zip(found["names"], found.get("sobol", []), strict=False):
            sensitivities.append([name, f"share of variance by {key}", f"{value:.4f}", "", ""])
    if not rows:
        return []
    return [
        {"caption": "Unseen samples; bands should hold 0.95", "rows": rows,
         "columns": ["quantity", "method", "R2", "coverage", "CPU s"]},
        {"caption": "Exact figures of the certified network over the training box",
         "rows": sensitivities, "columns": ["quantity", "what", "value", "bound", "where"]},
    ]  # fmt: skip


def _notes(solved: Mapping[str, Any], judged: Mapping[str, Any]) -> list[str]:
    rows = [
        row["column_generation"]
        for found in solved.values()
        for row in found["betas"].values()
        if "column_generation" in row
    ]
    notes = []
    if rows:
        proved = sum(row["certified_global"] for row in rows)
        worst = max(row["relative_gap"] for row in rows)
        notes.append(
            f"Column generation ended within {worst:.1e} of its bound in all {len(rows)} cases; "
            f"in {proved:.0f} the bound is proved for all networks, in the others it is heuristic."
        )
    for name, found in judged.items():
        best = max(found["methods"], key=lambda m: found["methods"][m]["r2"])
        notes.append(f"{name}: the best R2 is that of {best}.")
    return notes


def _pictures(
    figures: Path, solved: Mapping[str, Any], models: Sequence[QuantityModel]
) -> dict[str, str]:
    captions = {}
    curves = {
        f"{case} {beta}": np.array(row["column_generation"]["history"])
        for case, found in solved.items()
        for beta, row in found["betas"].items()
        if "column_generation" in row
    }
    if curves:
        draw_bounds(figures / "bounds.png", dict(list(curves.items())[:6]))
        captions["bounds.png"] = "Objective and bound over the rounds of column generation."
    for k, model in enumerate(models):
        if len(model.names) < 2:
            continue
        file = f"pieces_{k}.png"
        draw_pieces(
            figures / file, model.predict, model.slopes, model.offsets, model.low, model.high,
            (model.names[0], model.names[1], model.name),
        )  # fmt: skip
        captions[file] = (
            f"{model.name} over its first two inputs, the others in the middle; lines are the "
            "kinks of the network."
        )
    return captions


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "convex-report")

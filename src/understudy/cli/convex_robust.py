"""Stage: classifiers whose inputs may be off, against what else one would try."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call, origin
from understudy.data.tree import plain
from understudy.files import versions, write_json
from understudy.surrogates.robust_evaluation import RobustCase, judge_robust

__all__ = ["main", "robust_notes", "robust_numbers", "robust_table", "run"]


def run(case: RobustCase, out: Path) -> None:
    """Train, attack, and judge on unseen samples of all splits.

    Args:
        case: problem, radius and splits.
        out: JSON file to write.
    """
    found = judge_robust(case)
    own = {
        "case": plain(case), "units": "shares of samples, sums of losses",
        "origin": origin("understudy.cli.convex_robust", seed=0), "software": versions(),
    }  # fmt: skip
    write_json(out, own | found)
    right = np.median(found["methods"]["robust_columns"]["attacked_accuracy"])
    sys.stdout.write(f"{out}: right in the whole box {right:.4f}, median of splits\n")


def robust_numbers(judged: Mapping[str, Any]) -> dict[str, float]:
    """Medians over splits, and how often the network is worse than the robust line."""
    flat: dict[str, float] = {}
    for name, found in judged.items():
        for method, row in found["methods"].items():
            for key, values in row.items():
                flat[f"convex.{name}.{method}.{key}"] = float(np.median(values))
        own = found["methods"]["robust_columns"]
        flat[f"convex.{name}.robust_columns.splits_below_line"] = float(_below(found))
        spare = np.array(own["proved_loss"]) - np.array(own["attacked_loss"])
        flat[f"convex.{name}.robust_columns.least_spare_loss"] = float(spare.min())
    return flat


def robust_table(judged: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row a problem and method: medians over splits, and the spread of the attacked share."""
    rows = []
    for name, found in judged.items():
        for method, row in found["methods"].items():
            held = row["attacked_accuracy"]
            rows.append(
                [name, method, f"{np.median(row['accuracy']):.3f}", f"{np.median(held):.3f}",
                 f"{min(held):.3f} - {max(held):.3f}", f"{np.median(row['proved_accuracy']):.3f}",
                 f"{np.median(row['attacked_loss']):.4g}", f"{np.median(row['proved_loss']):.4g}"]
            )  # fmt: skip
    if not rows:
        return []
    return [
        {"caption": "Inputs that may be off: share of unseen samples right, as they are, under "
         "attack, and proved for the whole box; training losses of the worst case",
         "columns": ["problem", "method", "right", "attacked", "least - greatest", "proved",
                     "attacked loss", "proved loss"],
         "rows": rows}
    ]  # fmt: skip


def robust_notes(judged: Mapping[str, Any]) -> list[str]:
    """Who wins, and whether the line does better."""
    notes = []
    for name, found in judged.items():
        middle = {
            key: {m: float(np.median(row[key])) for m, row in found["methods"].items()}
            for key in ("attacked_accuracy", "proved_accuracy")
        }
        first, surest = (max(own, key=lambda m: own[m]) for own in middle.values())
        splits = len(found["methods"]["robust_columns"]["beta"])
        notes.append(
            f"{name}: {first} holds best under attack, {surest} is proved to hold most; "
            f"robust_columns is below the robust line in {_below(found)} of {splits} splits."
        )
    return notes


def _below(found: Mapping[str, Any]) -> int:
    line = found["methods"]["baseline_robust_line"]["attacked_accuracy"]
    own = found["methods"]["robust_columns"]["attacked_accuracy"]
    return int(sum(a < b for a, b in zip(own, line, strict=True)))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "convex-robust")

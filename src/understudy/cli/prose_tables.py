"""Tables and pictures that reports of equations share."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from understudy.cli.prose_results import Found, along
from understudy.figures.matrix import draw_matrix
from understudy.figures.series import draw_lines
from understudy.nn import History

__all__ = [
    "draw_along",
    "draw_common",
    "error_table",
    "notes_of",
    "seconds_of",
    "verdict_table",
]

_ERRORS = ("relative_l2", "relative_l2_median", "relative_l2_p90", "first_half", "second_half",
           "lost_share")  # fmt: skip
_DEVIATION = "relative_l2_seed_deviation"
_TRUST = ("exact_skeleton", "number_error", "number_coverage_95", "coverage_95",
          "coverage_95_first_half", "coverage_95_second_half", "trusted",
          "bad_trusted")  # fmt: skip


def seconds_of(found: Mapping[str, Found]) -> dict[str, float]:
    """CPU time a sample, by metric."""
    return {
        f"prose.{split}.{method}.cpu_seconds": outcome.seconds
        for split, own in found.items()
        for method, outcome in own.methods.items()
        if outcome.seconds
    }


def notes_of(found: Mapping[str, Found], flat: Mapping[str, float]) -> list[str]:
    """What came out of the first split, and who beat the answer where."""
    name, first = next(iter(found.items()))
    start = f"prose.{name}"
    rivals = {
        method: flat[f"{start}.{method}.relative_l2"]
        for method in first.methods
        if method.startswith("baseline_")
    }
    best = min(rivals, key=lambda method: rivals[method])
    own, head = (flat[f"{start}.{m}.relative_l2"] for m in ("answer", "head"))
    notes = [
        f"Split {name}, {len(first.methods['answer'].families)} new trajectories: the answer has "
        f"a mean relative error of {own:.4f}, the operator head {head:.4f}, the oracle that knows "
        f"the skeleton and the law of its numbers {flat[f'{start}.oracle.relative_l2']:.4f}; the "
        f"best rival, {best}, {rivals[best]:.4f}. The answer is better than the head on "
        f"{flat[f'{start}.answer.better_than_head']:.1%} of them."
    ]
    for split in found:
        answer = flat[f"prose.{split}.answer.relative_l2"]
        better = [
            method
            for method in found[split].methods
            if method.startswith(("baseline_", "head", "ablation_"))
            and flat[f"prose.{split}.{method}.relative_l2"] < answer
        ]
        if better:
            notes.append(f"Split {split}: {', '.join(better)} did better than the answer.")
    return notes


def error_table(name: str, found: Found, flat: Mapping[str, float]) -> dict[str, Any]:
    """Errors of all methods on a split, the least first."""
    order = sorted(found.methods, key=lambda m: flat[f"prose.{name}.{m}.relative_l2"])
    columns: tuple[str, ...] = _ERRORS
    if any(f"prose.{name}.{method}.{_DEVIATION}" in flat for method in order):
        columns = (*_ERRORS, _DEVIATION)
    rows = [
        [method, *(flat.get(f"prose.{name}.{method}.{column}") for column in columns)]
        for method in order
    ]
    split = found.split
    caption = (
        f"Split {name}: {', '.join(split['families'])}; {split['each']} samples each, windows "
        f"{split['windows']}, noise {split['noise']:g}, guess {split['guess']}, coefficients "
        f"within {split['spread']:.0%}"
    )
    return {"caption": caption, "columns": ["method", *columns], "rows": rows}


def verdict_table(found: Mapping[str, Found], flat: Mapping[str, float]) -> dict[str, Any]:
    """Equations found, coverage and verdicts of all splits."""
    rows = [
        [split, method, *(flat.get(f"prose.{split}.{method}.{column}") for column in _TRUST)]
        for split, own in found.items()
        for method in ("answer", "ablation_no_network", "head")
        if method in own.methods
    ]
    return {
        "caption": "Equations, bands and verdicts",
        "columns": ["split", "method", *_TRUST],
        "rows": rows,
    }


def draw_common(
    folder: Path, found: Mapping[str, Found], history: History, later: Float[np.ndarray, " S"]
) -> None:
    """Training, error against time, what the network takes whom for, and verdicts."""
    first = next(iter(found.values()))
    draw_lines(
        folder / "training.png", {"head": (history.step, history.quality)}, "step",
        "mean relative error",
    )  # fmt: skip
    draw_lines(
        folder / "horizon.png",
        {name: (later, own.curve) for name, own in first.methods.items()
         if not name.startswith("ablation")},
        "time", "mean error over the size of the truth",
    )  # fmt: skip
    rows = list(dict.fromkeys(a for a, _ in first.pairs))
    columns = list(dict.fromkeys([*rows, *(b for _, b in first.pairs)]))
    share = np.array(
        [
            [sum(p == (a, b) for p in first.pairs) / sum(p[0] == a for p in first.pairs)
             for b in columns]
            for a in rows
        ]
    )  # fmt: skip
    draw_matrix(folder / "families.png", share, rows, columns, "taken for", "family")
    _draw_verdicts(folder / "verdicts.png", found)


def draw_along(
    path: Path, found: Mapping[str, Found], flat: Mapping[str, float], setting: str
) -> None:
    """Errors against a setting, where splits differ in it alone."""
    splits = along(found, setting)
    if not splits:
        return
    curves = {}
    for method in ("answer", "head", "baseline_guess_refined", "oracle"):
        names = {value: f"prose.{split}.{method}.relative_l2" for value, split in splits.items()}
        known = {value: flat[name] for value, name in names.items() if name in flat}
        if known:
            curves[method] = (np.array([*known], dtype=float), np.array([*known.values()]))
    draw_lines(path, curves, setting, "mean relative error")


def _draw_verdicts(path: Path, found: Mapping[str, Found]) -> None:
    """Tails of the errors of all splits, trusted and not."""
    outcomes = [own.methods["answer"] for own in found.values()]
    error, trusted = (
        np.concatenate([o.columns[name] for o in outcomes]) for name in ("error", "trusted")
    )
    curves = {}
    for name, chosen in (("trusted", trusted > 0), ("not trusted", trusted == 0)):
        own = np.sort(error[chosen])
        if len(own):
            curves[f"{name} ({len(own)})"] = (own, 1 - np.arange(len(own)) / len(own))
    draw_lines(path, curves, "relative error", "share beyond")

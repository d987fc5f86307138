"""Stage: tables, pictures and numbers of a study of equations."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.prose_results import Found, along, numbers, read_evaluated
from understudy.equations.equation import Equation
from understudy.equations.printing import lines
from understudy.equations.trajectories import TIMES
from understudy.figures.matrix import draw_matrix
from understudy.figures.series import draw_forecast, draw_lines
from understudy.files import write_json
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.prose_evaluation import answers, ask
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_model import ProseModel, load_prose
from understudy.surrogates.prose_samples import Split, samples_of

__all__ = ["main", "run"]

_ERRORS = ("relative_l2", "relative_l2_median", "relative_l2_p90", "first_half", "second_half",
           "lost_share")  # fmt: skip
_TRUST = ("exact_skeleton", "number_error", "number_coverage_95", "coverage_95", "trusted",
          "bad_trusted")  # fmt: skip
_CAPTIONS = {
    "training.png": "Error of the operator head on new trajectories while it is trained.",
    "forecast.png": "One window, the forecast of its answer in a band of 95 % of the draws; the "
    "dashed line is until when the draws agree.",
    "horizon.png": "Mean error against time, of the first split; beyond the window only.",
    "noise.png": "Mean error against the noise of the windows, over the size of the trajectory.",
    "windows.png": "Mean error against the number of windows that share their coefficients.",
    "families.png": "What the network takes a trajectory for: a row a true family.",
    "verdicts.png": "Share of the forecasts whose error exceeds what the axis says, trusted and "
    "not.",
}


def run(
    evaluated: tuple[Path, ...],
    models: tuple[Path, ...],
    figures: Path,
    out: Path,
    metrics: Path,
    timings: Path,
    name: str,
) -> None:
    """Put the splits of a network together.

    Args:
        evaluated: JSON files of prose-evaluate, <split>-<seed>.json, the main split first.
        models: safetensors files of prose-train; the first is shown.
        figures: folder to write pictures to.
        out: JSON file to write, the section of the report.
        metrics: JSON file to write.
        timings: JSON file to write.
        name: of the network, in the title.
    """
    found = read_evaluated(evaluated)
    flat = numbers(found)
    write_json(metrics, flat)
    write_json(timings, _seconds(found))
    model = load_prose(models[0])
    example = _draw(figures, found, model)
    for setting in ("noise", "windows"):
        _draw_along(figures / f"{setting}.png", found, flat, setting)
    section = {
        "title": f"Equations and forecasts of {name}",
        "question": "From a short noisy window and a guess that may be wrong: what is the "
        "equation, how does the trajectory go on, and can the answer be trusted?",
        "notes": _notes(found, flat),
        "tables": [_errors(name, own, flat) for name, own in found.items()]
        + [_verdicts(found, flat), example],
        "figures": [
            {"file": str(figures / name), "caption": caption}
            for name, caption in _CAPTIONS.items()
            if (figures / name).is_file()
        ],
    }
    write_json(out, section)


def _seconds(found: Mapping[str, Found]) -> dict[str, float]:
    return {
        f"prose.{split}.{method}.cpu_seconds": outcome.seconds
        for split, own in found.items()
        for method, outcome in own.methods.items()
        if outcome.seconds
    }


def _notes(found: Mapping[str, Found], flat: Mapping[str, float]) -> list[str]:
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


def _errors(name: str, found: Found, flat: Mapping[str, float]) -> dict[str, Any]:
    order = sorted(found.methods, key=lambda m: flat[f"prose.{name}.{m}.relative_l2"])
    rows = [
        [method, *(flat.get(f"prose.{name}.{method}.{column}") for column in _ERRORS)]
        for method in order
    ]
    split = found.split
    caption = (
        f"Split {name}: {', '.join(split['families'])}; {split['each']} samples each, windows "
        f"{split['windows']}, noise {split['noise']:g}, guess {split['guess']}, coefficients "
        f"within {split['spread']:.0%}"
    )
    return {"caption": caption, "columns": ["method", *_ERRORS], "rows": rows}


def _verdicts(found: Mapping[str, Found], flat: Mapping[str, float]) -> dict[str, Any]:
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


def _draw(folder: Path, found: Mapping[str, Found], model: ProseModel) -> dict[str, Any]:
    """All pictures, and a table of equations of single samples."""
    folder.mkdir(parents=True, exist_ok=True)
    first = next(iter(found.values()))
    history = model.history
    draw_lines(
        folder / "training.png", {"head": (history.step, history.quality)}, "step",
        "mean relative error",
    )  # fmt: skip
    later = TIMES[SEEN:]
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
    return _examples(folder / "forecast.png", first.split, model)


def _draw_along(
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


def _examples(path: Path, split: Mapping[str, Any], model: ProseModel) -> dict[str, Any]:
    """An answer of each family of a split, in words; the first is drawn too."""
    one = Split(**{**split, "families": tuple(split["families"]), "each": 1})
    rows = []
    for sample in samples_of(one):
        (answer,) = answers(sample, Discovery(), ask(sample, model), one.seed)
        if answer is None:
            continue
        equation = sample.family.equation
        known = dict(zip(equation.parameters, sample.values[0].tolist(), strict=True))
        rows.append(
            [sample.family.name, _said(equation.with_values(known)),
             _said(answer.candidates[0].equation), answer.source, answer.verdict]
        )  # fmt: skip
        if len(rows) == 1:
            draw_forecast(
                path, answer.times, answer.forecast, answer.low, answer.high,
                names=equation.states, seen=(TIMES[:SEEN], sample.windows[0, -1]),
                horizon=answer.horizon,
            )  # fmt: skip
    return {
        "caption": "Equations of single samples",
        "columns": ["family", "truth", "answer", "source", "verdict"],
        "rows": rows,
    }


def _said(equation: Equation) -> str:
    return "; ".join(lines(equation, 3))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "prose-report")

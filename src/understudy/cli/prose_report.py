"""Stage: tables, pictures and numbers of a study of equations."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from understudy.cli.arguments import call
from understudy.cli.prose_card import prose_card
from understudy.cli.prose_results import Found, numbers, read_evaluated
from understudy.cli.prose_tables import (
    draw_along,
    draw_common,
    error_table,
    notes_of,
    seconds_of,
    verdict_table,
)
from understudy.equations.equation import Equation
from understudy.equations.ode_families import SIX
from understudy.equations.printing import lines
from understudy.equations.trajectories import TIMES
from understudy.figures.matrix import draw_matrix
from understudy.figures.series import draw_forecast
from understudy.files import write_json
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.prose_attention import looks
from understudy.surrogates.prose_baselines import true_family
from understudy.surrogates.prose_evaluation import answers, ask
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_model import ProseModel, load_prose
from understudy.surrogates.prose_samples import Sample, Split, samples_of

__all__ = ["main", "run"]

_CAPTIONS = {
    "training.png": "Error of the operator head on new trajectories while it is trained.",
    "forecast.png": "One window, the forecast of its answer in a band of 95 % of the draws; the "
    "dashed line is until when the draws agree.",
    "horizon.png": "Mean error against time, of the first split; beyond the window only.",
    "noise.png": "Mean error against the noise of the windows, over the size of the trajectory.",
    "windows.png": "Mean error against the number of windows that share their coefficients.",
    "families.png": "What the network takes a trajectory for: a row a true family.",
    "attention_times.png": "What the operator head looks at while it continues that window: a row "
    "a time that is asked for.",
    "attention_words.png": "What the symbol head looks at while it writes that equation: a row a "
    "word.",
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
    adapted: tuple[Path, ...] = (),
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
        adapted: JSON files of prose-adapt.
    """
    found = read_evaluated(evaluated)
    flat = numbers(found)
    rows = [json.loads(path.read_text())["errors"] for path in adapted]
    write_json(metrics, flat | _adapted(rows))
    write_json(timings, seconds_of(found))
    model = load_prose(models[0])
    example = _draw(figures, found, model)
    for setting in ("noise", "windows"):
        draw_along(figures / f"{setting}.png", found, flat, setting)
    learned = {k: v for k, v in found.items() if set(v.split["families"]) <= set(model.families)}
    beyond = {k: v for k, v in found.items() if k not in learned}
    section = {
        "title": f"Equations and forecasts: {name}",
        "question": "From a short noisy window and a guess that may be wrong: what is the "
        "equation, how does the trajectory go on, and can the answer be trusted?",
        "notes": notes_of(found, flat),
        "card": prose_card(
            found, flat, "Equations that check themselves, and the network that proposes them",
            "The equation behind a short noisy window of a trajectory, and how it goes on, from a "
            "guess that may be wrong.",
            sorted(model.families), int(model.history.step[-1]),
        ),
        "tables": [error_table(split, own, flat) for split, own in learned.items()]
        + [verdict_table(learned, flat), example],
        "figures": [
            {"file": str(figures / name), "caption": caption}
            for name, caption in _CAPTIONS.items()
            if (figures / name).is_file()
        ],
        "more": [_beyond(name, beyond, flat, rows)] if beyond or rows else [],
    }  # fmt: skip
    write_json(out, section)


def _beyond(
    name: str,
    found: Mapping[str, Found],
    flat: Mapping[str, float],
    adapted: Sequence[Mapping[str, Mapping[str, float]]],
) -> dict[str, Any]:
    """The part of the report on what the network has not learned."""
    bad = [
        f"Split {split}: of the forecasts with an error above a fifth the answer trusted "
        f"{flat[key]:.1%}."
        for split in found
        if (key := f"prose.{split}.answer.bad_trusted") in flat
    ]
    return {
        "title": f"Beyond what {name} has learned",
        "question": "What becomes of families that were left out of training, of systems that no "
        "library holds, and of a network that is shown a few of their trajectories?",
        "notes": bad,
        "tables": [error_table(split, own, flat) for split, own in found.items()]
        + ([verdict_table(found, flat)] if found else [])
        + [_adapted_table(row) for row in adapted],
        "figures": [],
    }


def _adapted(rows: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    return {
        f"prose.adapted.{family}.{way}.relative_l2": error
        for row in rows
        for family, ways in row.items()
        for way, error in ways.items()
    }


def _adapted_table(row: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    ways = list(next(iter(row.values())))
    return {
        "caption": "Error of the operator head on families that it has not learned: as it is, "
        "after few solutions through adapters or all weights, and after residuals of the equation "
        "alone",
        "columns": ["family", *ways],
        "rows": [[family, *(own[way] for way in ways)] for family, own in row.items()],
    }


def _draw(folder: Path, found: Mapping[str, Found], model: ProseModel) -> dict[str, Any]:
    """All pictures, and a table of equations of single samples."""
    folder.mkdir(parents=True, exist_ok=True)
    first = next(iter(found.values()))
    draw_common(folder, found, model.history, TIMES[SEEN:])
    return _examples(folder / "forecast.png", first.split, model)


def _examples(path: Path, split: Mapping[str, Any], model: ProseModel) -> dict[str, Any]:
    """An answer of each family of a split, in words; the first is drawn too."""
    own = [name for name in split["families"] if name not in split["outside"]]
    rows = []
    one = Split(**{**split, "families": tuple(own or SIX), "outside": (), "each": 1})
    for sample in samples_of(one) if own else []:
        (answer,) = answers(sample, Discovery(), ask(sample, model), one.seed)
        if answer is None:
            continue
        equation = true_family(sample).equation
        known = dict(zip(equation.parameters, sample.values[0].tolist(), strict=True))
        rows.append(
            [sample.name, _said(equation.with_values(known)),
             *([_said(c.equation) for c in answer.candidates[:1]] or ["none"]),
             answer.source, answer.verdict]
        )  # fmt: skip
        if len(rows) == 1:
            if sample.guesses is not None:
                _draw_looks(path.parent, model, sample, equation.with_values(known))
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


def _draw_looks(folder: Path, model: ProseModel, sample: Sample, truth: Equation) -> None:
    """What the network looks at in one window and its guess."""
    guess = (sample.guesses or (truth,))[0]
    found = looks(model, sample.windows[0, -1], guess, truth)
    draw_matrix(
        folder / "attention_times.png", found.queries, [f"{t:.2g}" for t in found.times],
        ["sizes", *(f"{t:.2g}" for t in found.patches)], "time of the window", "time asked for",
        numbers=False,
    )  # fmt: skip
    draw_matrix(
        folder / "attention_words.png", found.words, found.written, ["data", *found.guessed],
        "data, and words of the guess", "word written", numbers=False,
    )  # fmt: skip


def _said(equation: Equation) -> str:
    return "; ".join(lines(equation, 3))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "prose-report")

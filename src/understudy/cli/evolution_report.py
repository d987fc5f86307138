"""Stage: tables, pictures and numbers of a study of fields and their equations."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

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
from understudy.equations.pde_families import TIMES
from understudy.equations.printing import lines
from understudy.figures.fields import Panel, draw_panels
from understudy.figures.series import draw_lines
from understudy.files import write_json
from understudy.mesh import Mesh
from understudy.surrogates.evolution_evaluation import answers_of
from understudy.surrogates.evolution_model import EvolutionModel, load_evolution
from understudy.surrogates.evolution_sets import (
    SEEN,
    EvolutionSplit,
    FieldSample,
    field_samples,
    read_field_set,
)
from understudy.surrogates.field_discovery import FieldAnswer, FieldDiscovery
from understudy.surrogates.field_places import Plane

__all__ = ["main", "run"]

_CAPTIONS = {
    "training.png": "Error of the operator head on new fields while it is trained.",
    "horizon.png": "Mean error against time, of the first split; beyond the window only.",
    "noise.png": "Mean error against the noise of the windows, over the size of the field.",
    "families.png": "What the network takes a field for: a row a true family.",
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
    names: tuple[str, ...] = (),
    data_sets: tuple[Path, ...] = (),
) -> None:
    """Put the splits of a network together.

    Args:
        evaluated: JSON files of evolution-evaluate, <split>-<seed>.json, the main split first.
        models: safetensors files of evolution-train; the first is shown.
        figures: folder to write pictures to.
        out: JSON file to write, the section of the report.
        metrics: JSON file to write.
        timings: JSON file to write.
        name: of the network, in the title.
        names: of the data sets.
        data_sets: HDF5 files of the collect stage.
    """
    found = read_evaluated(evaluated)
    flat = numbers(found)
    write_json(metrics, flat)
    write_json(timings, seconds_of(found))
    model = load_evolution(models[0])
    figures.mkdir(parents=True, exist_ok=True)
    draw_common(figures, found, model.history, TIMES[SEEN:])
    draw_along(figures / "noise.png", found, flat, "noise")
    paths = dict(zip(names, data_sets, strict=True))
    examples, drawn = _examples(figures, found, model, paths)
    captions = {**_CAPTIONS, **drawn}
    section = {
        "title": f"Fields and their equations: {name}",
        "question": "From sixteen noisy slices of a field and a guess that may be wrong: what is "
        "the equation, how does the field go on, and can the answer be trusted?",
        "notes": notes_of(found, flat),
        "card": prose_card(
            found,
            flat,
            "Fields that check themselves, and the network that continues them",
            "The equation behind sixteen noisy slices of a field on a line or a mesh, and how the "
            "field goes on, from a guess that may be wrong.",
            [one.name for one in model.known],
            int(model.history.step[-1]),
        ),
        "tables": [error_table(split, own, flat) for split, own in found.items()]
        + [verdict_table(found, flat), examples],
        "figures": [
            {"file": str(figures / file), "caption": caption}
            for file, caption in captions.items()
            if (figures / file).is_file()
        ],
    }
    write_json(out, section)


def _examples(
    figures: Path, found: Mapping[str, Found], model: EvolutionModel, paths: Mapping[str, Path]
) -> tuple[dict[str, Any], dict[str, str]]:
    """An answer of each family and data set of the first split, in words and in a picture."""
    settings = next(iter(found.values())).split
    own = {k: v for k, v in settings.items() if k not in ("windows", "families")}
    families = tuple(f for f in settings["families"] if f not in settings["data_sets"])
    split = EvolutionSplit(
        **{**own, "families": families, "data_sets": tuple(settings["data_sets"]), "each": 1}
    )
    sets = {n: read_field_set(paths[n], n, "test") for n in split.data_sets}
    rows, captions = [], dict[str, str]()
    for sample in field_samples(split, sets):
        fields = sample.fields
        (answer,), ((head, _, _),), _ = answers_of(sample, model, FieldDiscovery(), split.seed)
        if answer is None:
            continue
        known = dict(zip(fields.equation.parameters, fields.values[0].tolist(), strict=True))
        rows.append(
            [fields.name, _said(fields.equation.with_values(known)),
             _said(answer.candidates[0].solved), answer.source, answer.verdict]
        )  # fmt: skip
        file = f"field_{fields.name}.png"
        captions[file] = _draw(figures / file, sample, answer, head)
    table = {
        "caption": "Equations of single fields",
        "columns": ["family", "truth", "answer", "source", "verdict"],
        "rows": rows,
    }
    return table, captions


def _draw(path: Path, sample: FieldSample, answer: FieldAnswer, head: np.ndarray) -> str:
    """The last slice on a line, or on a mesh; what the picture shows."""
    fields, place = sample.fields, sample.fields.place
    truth = fields.states[0, -1]
    if isinstance(place, Plane):
        mesh: Mesh = place.mesh
        limits = (float(truth.min()), float(truth.max()))
        off = float(np.abs(head[-1] - truth).max()) or 1.0
        best = answer.forecast[-1]

        def panel(title: str, values: np.ndarray, top: float | None = None) -> Panel:
            if top is None:
                return title, mesh, values, limits, "viridis"
            return title, mesh, np.abs(values - truth), (0.0, top), "magma"

        draw_panels(
            path,
            [[panel("last slice seen", sample.windows[0, -1]), panel("truth at the end", truth),
              panel("answer", best)],
             [panel("head", head[-1]), panel("error of the answer", best, off),
              panel("error of the head", head[-1], off)]],
        )  # fmt: skip
        return f"A field of {fields.name}: noisy slice, truth, forecasts and their errors."
    x = place.points[place.own, 0]
    curves = {
        "last slice seen": sample.windows[0, -1], "truth at the end": truth,
        "answer": answer.forecast[-1], "head": head[-1],
    }  # fmt: skip
    draw_lines(path, {k: (x, v[place.own]) for k, v in curves.items()}, "x", "u")
    return f"A field of {fields.name}: the last slice that was seen, and the end of the forecast."


def _said(equation: Equation) -> str:
    return "; ".join(lines(equation, 3))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "evolution-report")

"""Stage: the part of the report on a law of boundary histories, and its times."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.boundary_card import boundary_card
from understudy.cli.boundary_notes import Table, notes
from understudy.cli.boundary_results import (
    NETWORK,
    REPLAY,
    methods,
    over_seeds,
    read_laws,
    read_metrics,
)
from understudy.data.histories import load_histories
from understudy.files import write_json

__all__ = ["main", "run"]

_CAPTIONS = {
    "waves.png": "Von Mises stress in the zone under a real and a generated history of its edge, "
    "each the median of its kind by the greatest stress.",
    "waves.gif": "The same two as a film.",
    "cdf.png": "Distribution of the greatest stress and its upper tail. The band holds the true "
    "law everywhere with 95 % probability.",
    "methods.png": "W1 of the greatest stress over its deviation, lower is better; the line is "
    "what the training runs alone achieve.",
    "coverage.png": "Intervals of small studies for the mean; the line is the truth.",
    "coverage_q95.png": "Intervals of small studies for the quantile at 95 %.",
    "changes.png": "Changed zones under exact histories of the plate without the change: held at "
    "the edge, by domain reduction, and ignoring the change.",
    "rare.png": "Small probabilities and their intervals.",
    "training.png": "Training of the network; quality, lower is better, chooses what is kept.",
    "spectrum.png": "Variance along the modes of real histories.",
    "arrivals.png": "When the wave reaches the zone.",
}
_MEGA = 1e6
_QOI = ("w1", "mean_error", "std_error", "q95_error", "q99_error")
_FIELD = ("sliced_wasserstein", "energy_distance", "nearest_neighbour_ratio", "two_half_ratio")
_LEFT_OUT = ("w1", "w1_at_unit_load", "mean_error", "std_error", "q95_error", "q99_error")
_CHANGE = ("mean_bias", "worst", "worst_of_ten", "q99_of_error", "field_error", "mean_error",
           "std_error", "q95_error", "q99_error")  # fmt: skip
_RARE = ("probability", "low", "high", "cov", "evaluations", "saving")


def run(
    metrics: Path,
    changes: Path,
    conditional: Path,
    coverage: Path,
    evaluated: tuple[Path, ...],
    fits: tuple[Path, ...],
    runs: tuple[Path, ...],
    training: int,
    figures: Path,
    prefix: str,
    out: Path,
    timings: Path,
    rare: Path | None = None,
    plastic: Path | None = None,
) -> None:
    """Put tables and figures of one set together, the quantity of interest first.

    Args:
        metrics: JSON file of boundary-score.
        changes: JSON file of boundary-changes.
        conditional: JSON file of boundary-conditional.
        coverage: JSON file of boundary-coverage-score.
        evaluated: HDF5 files of boundary-evaluate, the stem is the law.
        fits: tables that the workflow keeps of the training jobs, fit-<law>.tsv.
        runs: full runs, for their times.
        training: runs that a law learns from.
        figures: folder of pictures.
        prefix: start of the names, boundary.<set>.
        out: JSON file to write, the section.
        timings: JSON file to write, the times.
        rare: JSON file with small probabilities; None: without them.
        plastic: JSON file of boundary-plastic; None: without it.
    """
    short = read_metrics(metrics, prefix)
    draws = over_seeds({name: one.seconds for name, one in read_laws(evaluated).items()})
    times = _times(runs, draws, _job_seconds(fits))
    write_json(timings, {f"{prefix}.{name}": value for name, value in times.items()})
    found = Table(
        scores=short,
        changes=read_metrics(changes, f"{prefix}.changes"),
        conditional=read_metrics(conditional, f"{prefix}.conditional"),
        coverage=read_metrics(coverage, prefix),
        rare=read_metrics(rare, f"{prefix}.rare"),
        times=times,
        training=training,
    )
    yielded = read_metrics(plastic, f"{prefix}.plastic") if plastic else None
    changed = _zones(metrics, prefix)
    section = {
        "title": f"Boundary histories of {prefix.partition('.')[2]}",
        "question": "From a few hundred full runs, what is the law of the greatest stress in a "
        "zone, as it is and as it is changed, when a cheap model of the zone runs on generated "
        "histories of its edge?",
        "notes": notes(found),
        "card": boundary_card(found, changed),
        "tables": _tables(found, changed, yielded),
        "figures": [
            {"file": str(figures / name), "caption": caption}
            for name, caption in _CAPTIONS.items()
            if (figures / name).is_file()
        ],
    }
    write_json(out, section)


def _yielding(values: Mapping[str, float]) -> dict[str, Any]:
    """A table of errors where the zone yields."""
    rows = [
        [method, name, values[f"{method}.{name}.mean_bias"], values[f"{method}.{name}.worst"]]
        for method in ("domain_reduction", "baseline_held")
        for name in ("stress", "plastic_strain")
        if f"{method}.{name}.worst" in values
    ]
    caption = (
        f"A zone that yields, under histories of one that did not: {values['runs']:.0f} runs, "
        f"{100 * values['yielded_share']:.1f} % of the zone yields"
    )
    return {
        "caption": caption,
        "columns": ["method", "greatest", "mean_bias", "worst"],
        "rows": rows,
    }


def _tables(
    found: Table,
    changed: Mapping[str, Mapping[str, float]],
    yielded: Mapping[str, float] | None,
) -> list[dict[str, Any]]:
    """All tables; that of the laws of the greatest stress first."""
    return [
        _laws("Laws of the greatest stress", found.scores, found.times),
        *(_laws(f"Changed zone {name}", table, {}) for name, table in changed.items()),
        _references({"as it is": found.scores, **changed}),
        *_corrected({"as it is": found.scores, **changed}),
        _coverage(found.coverage),
        _grid("Inputs left out of training", found.conditional, "inputs", _LEFT_OUT),
        _grid("Exact histories through changed zones", found.changes, "zone", _CHANGE),
        *([_tails(found.rare)] if found.rare else []),
        *([_yielding(yielded)] if yielded else []),
    ]


def _zones(metrics: Path, prefix: str) -> dict[str, dict[str, float]]:
    """Scores of changed zones by the name of the change."""
    everything = read_metrics(metrics, "boundary")
    start = f"{prefix.partition('.')[2]}_"
    names = sorted({key.partition(".")[0] for key in everything})
    return {
        name.removeprefix(start): read_metrics(metrics, f"boundary.{name}")
        for name in names
        if name.startswith(start)
    }


def _job_seconds(fits: Sequence[Path]) -> dict[str, float]:
    """Seconds of the training jobs by law."""
    found = {}
    for path in fits:
        with path.open(newline="") as file:
            row = next(csv.DictReader(file, delimiter="\t"))
        name = path.stem.removeprefix("fit-").replace("-", "_seed")
        found[name] = float(row["s"])
    return over_seeds(found)


def _times(
    runs: Sequence[Path], draws: Mapping[str, float], fits: Mapping[str, float]
) -> dict[str, float]:
    seconds = np.concatenate([load_histories(path).seconds for path in runs])
    full, least = float(np.median(seconds)), float(seconds.min())
    times = {f"{name}.training_job_seconds": value for name, value in fits.items()}
    times |= {f"{name}.draw_seconds": value for name, value in draws.items()}
    own = draws[NETWORK]
    return times | {
        "full_run_seconds": full,
        "fastest_full_run_seconds": least,
        "speed_up": full / own,
        "least_speed_up": least / own,
    }


def _laws(caption: str, short: Mapping[str, float], times: Mapping[str, float]) -> dict[str, Any]:
    """A row a law, the best one on top; columns without a value are left out."""
    columns = {c: f"qoi.{c}" for c in _QOI} | {c: f"field.{c}" for c in _FIELD}
    seconds = {name: times.get(f"{name}.training_job_seconds") for name in methods(short)}
    rows = []
    for name in methods(short):
        values = [short.get(f"{name}.{key}") for key in columns.values()]
        rows.append([name, *values[: len(_QOI)], seconds[name], *values[len(_QOI) :]])
    heads = ["law", *_QOI, "training_job_seconds", *_FIELD]
    used = [i for i in range(len(heads)) if any(row[i] is not None for row in rows)]
    return {
        "caption": caption,
        "columns": [heads[i] for i in used],
        "rows": [[row[i] for i in used] for row in rows],
    }


def _references(zones: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """What full runs say of each zone."""
    statistics = ("mean", "std", "q95", "q99")
    rows = [
        [name, int(table["reference.runs"])]
        + [f"{table[f'reference.{s}'] / _MEGA:.1f}" for s in statistics]
        for name, table in zones.items()
    ]
    heads = ["zone", "runs", *(f"{s} [MPa]" for s in statistics)]
    return {"caption": "Full runs that laws are judged by", "columns": heads, "rows": rows}


def _corrected(zones: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    """Errors of the network alone, corrected by its training runs, and of these runs alone."""
    names = (NETWORK, f"corrected_{NETWORK}", REPLAY)
    rows = [
        [zone, name, *(table[f"{name}.qoi.{c}"] for c in _QOI[1:])]
        for zone, table in zones.items()
        for name in names
        if f"corrected_{NETWORK}.qoi.mean_error" in table
    ]
    caption = "Corrected by the training runs (corrected), the law alone, these runs alone"
    heads = ["zone", "estimate", *_QOI[1:]]
    return [{"caption": caption, "columns": heads, "rows": rows}] if rows else []


def _coverage(coverage: Mapping[str, float]) -> dict[str, Any]:
    """Share of intervals that hold the truth, and their width, by method."""
    statistics = ("mean", "std", "q95")
    names = [n for n in (NETWORK, "baseline_direct") if f"{n}.coverage.mean" in coverage]
    parts = ("coverage", "mean_width_ratio_direct")
    rows = [
        [n, *(coverage[f"{n}.{part}.{s}"] for part in parts for s in statistics)] for n in names
    ]
    heads = [f"{word} {s}" for word in ("coverage", "width / direct") for s in statistics]
    return {"caption": "Intervals of small studies", "columns": ["method", *heads], "rows": rows}


def _grid(
    caption: str, values: Mapping[str, float], what: str, columns: Sequence[str]
) -> dict[str, Any]:
    """A row for each two words that come before a column in `<a>.<b>.<column>`."""
    cut = [key.rpartition(".") for key in values]
    rows = sorted({row for row, _, column in cut if column in columns and row.count(".") == 1})
    used = [c for c in columns if any(f"{row}.{c}" in values for row in rows)]
    cells = [[*row.split("."), *(values.get(f"{row}.{c}") for c in used)] for row in rows]
    heads = ["method", what] if what == "inputs" else [what, "method"]
    return {"caption": caption, "columns": [*heads, *used], "rows": cells}


def _tails(rare: Mapping[str, float]) -> dict[str, Any]:
    """Small probabilities, a row a threshold and method."""
    rows = sorted({key.rpartition(".")[0] for key in rare if key.count(".") == 2})
    cells = []
    for row in rows:
        name, method = row.split(".")
        values = [_short(rare.get(f"{row}.{c}")) for c in _RARE]
        cells.append([name, method, f"{rare[f'{name}.threshold'] / _MEGA:.1f}", *values])
    heads = ["event", "method", "threshold [MPa]", *_RARE]
    return {"caption": "Small probabilities", "columns": heads, "rows": cells}


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.3g}"


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-section")

"""Stage: an MMGP study's part of the report, and its times."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.mmgp_card import mmgp_card
from understudy.cli.score import read_predictions
from understudy.cli.training_data import SetOfFile
from understudy.data import Outcome, failure_notes, read_header
from understudy.files import write_json

__all__ = ["main", "run"]

_CAPTIONS = {
    "data_set": "Test samples: each has its own shape and its own unstructured mesh.",
    "morphing": "The reference, its image in the common domain, and two training fields on it.",
    "spectra": "Singular values of every basis; the dashed line is the rank kept.",
    "methods": "Relative L2 error on the test set, lower is better.",
    "learning": "Mean RRMSE on the test set against the number of training simulations.",
    "parity": "Output scalars of the test set; bars are 95 % bands.",
}


_TRUST = ["auroc", "accept_share", "warn_share", "refuse_share", "silent_failure_share"]
_REGIONS = ["coverage_95", *(f"coverage_95_{r}" for r in ("notch_root", "edges", "bulk", "all"))]
_BUDGET = ["total", "regression", "basis", "transfer", "mesh_noise", "calibration"]


def run(
    data: Path,
    metrics: Path,
    trust: Path,
    answers: Path,
    refusals: Path,
    predictions: Path,
    figures: Path,
    prefix: str,
    out: Path,
    timings: Path,
    coarse: Path | None = None,
    learning: tuple[Path, ...] = (),
) -> None:
    """Put tables and figures of one data set together.

    Args:
        data: HDF5 data set.
        metrics: JSON file of the score stage.
        trust: JSON file of the mmgp-trust stage.
        answers: JSON file of the mmgp-answers stage, numbers.
        refusals: likewise, a row a refusal.
        predictions: HDF5 file of the evaluate stage for MMGP.
        figures: folder of pictures.
        prefix: start of the names in `metrics`.
        out: JSON file to write, the section.
        timings: JSON file to write, the times.
        coarse: HDF5 file of the coarse-predict stage; None: without that rival.
        learning: JSON files of the mmgp-learning stage.
    """

    def read(path: Path) -> dict[str, float]:
        return {k.removeprefix(f"{prefix}."): v for k, v in json.loads(path.read_text()).items()}

    short, judged, counts = read(metrics), read(trust), read(answers)
    curves = {k: v for path in learning for k, v in read(path).items()}
    header = read_header(data)
    told = [
        (Outcome.of(s), s.seconds, 0 if s.mesh is None else len(s.mesh.points))
        for name in ("train", "test")
        for s in SetOfFile(path=data, name=name)
    ]
    outcomes = [outcome for outcome, *_ in told]
    seconds = [each for outcome, each, _ in told if not outcome.error]
    times = _times(seconds, read_predictions(predictions).seconds)
    if coarse is not None:
        times["coarse_fem_seconds"] = float(np.median(read_predictions(coarse).seconds))
    write_json(timings, {f"{prefix}.{name}": value for name, value in times.items()})
    failed = [[own.index, own.error] for own in outcomes if own.error]
    nodes = [n for *_, n in told if n]
    fields, scalars = (_names(short, kind) for kind in ("fields", "scalars"))
    columns = "rrmse q2 q2_about_mean_field relative_l2 coverage_95 crps".split()
    columns.append("crps_of_constant_deviation")
    error = short["mmgp.mean_rrmse"]
    section = {
        "title": f"MMGP on {header.name}",
        "question": "How well are the fields of a finite-element solution predicted on meshes "
        "that were never seen, from the mesh and "
        f"{', '.join(v.name for v in header.variables if v.known)} alone?",
        "notes": [
            f"{len(header.sets['train'])} training and {len(header.sets['test'])} test samples, "
            f"{min(nodes)} to {max(nodes)} nodes; {len(failed)} failed.",
            f"One prediction takes {times['prediction_seconds']:.3f} s from the raw mesh, "
            "morphing and deviations included; one finite-element sample takes "
            f"{times['simulation_seconds']:.3f} s. That is {times['speed_up']:.1f} times faster, "
            f"at a mean RRMSE of {error:.2e}.",
            "Q2 compares with the global mean of a field and gives credit for what no input "
            "decides; Q2 about the mean field does not. Shuffled targets are a negative control.",
            *failure_notes(outcomes),
            _who_answered(counts),
            *_coarse(short, times),
        ],
        "card": mmgp_card(data, predictions, short, judged, times, nodes),
        "tables": [
            _table("Fields", short, "fields", fields, columns),
            _grid(
                "Coverage of 95 % bands by region", _coverage(short), "coverage", "field", _REGIONS
            ),
            _table("Output scalars", short, "scalars", scalars, ["rrmse", "q2", "coverage_95"]),
            _grid("Strange samples: are they noticed?", judged, "trust", "kind", _TRUST),
            _grid("Error budget (RRMSE)", judged, "budget", "field", _BUDGET),
            _grid("Learning curve (RRMSE)", curves, "learning", "designs", ["mean_rrmse"]),
            {
                "caption": "Refusals",
                "columns": ["sample", "reason", "answer"],
                "rows": json.loads(refusals.read_text())["rows"],
            },
            {"caption": "Failed samples", "columns": ["sample", "reason"], "rows": failed},
        ],
        "figures": [{"file": str(path), "caption": _caption(path)} for path in _in_order(figures)],
    }
    write_json(out, section | _turn(figures, short))


def _turn(figures: Path, short: dict[str, float]) -> dict[str, Any]:
    """The field that can be turned, where it was drawn."""
    poster, scene = figures / "turn.png", figures / "turn.html"
    if not poster.is_file():
        return {}
    start, end = "mmgp.fields.", ".relative_l2"
    errors = {k: v for k, v in short.items() if k.startswith(start) and k.endswith(end)}
    hardest = max(errors, key=lambda k: errors[k]).removeprefix(start).removesuffix(end)
    caption = (
        f"{hardest} of the worst test sample, the field with the greatest error: predicted value "
        "as height over the plate, absolute error as colour; the grey line is the rim."
    )
    own = {"poster": str(poster), "scene": str(scene) if scene.is_file() else None}
    return {"turn": own | {"caption": caption}}


def _who_answered(counts: dict[str, float]) -> str:
    n = {key.removeprefix("answers."): value for key, value in counts.items()}
    text = (
        f"Of {n['design.asked']} designs beyond training the surrogate answered "
        f"{n['design.accepted']}, {n['design.warned']} more with a warning, and refused "
        f"{n['design.refused']}: finite elements answered {n['design.simulated']} of these"
    )
    own = f"; of {n['imported.asked']} imported meshes {n['imported.refused']} were refused"
    return text + (own if n["imported.asked"] else "") + "."


def _coarse(short: dict[str, float], times: dict[str, float]) -> list[str]:
    """What the time of a prediction buys from the solver."""
    if "coarse_fem_seconds" not in times:
        return []
    rival = short["baseline_coarse_fem.mean_rrmse"]
    return [
        f"The same solver on a coarse mesh takes {times['coarse_fem_seconds']:.3f} s, at a mean "
        f"RRMSE of {rival:.2e}: {'less' if rival < short['mmgp.mean_rrmse'] else 'more'} than the "
        "surrogate's."
    ]


def _coverage(short: dict[str, float]) -> dict[str, float]:
    """coverage.<field>.<region> of the surrogate."""
    start = "mmgp.fields."
    return {
        f"coverage.{k.removeprefix(start)}": v
        for k, v in short.items()
        if k.startswith(start) and ".coverage_95" in k
    }


def _times(seconds: Sequence[Mapping[str, float]], prediction: np.ndarray) -> dict[str, float]:
    medians = {
        f"simulation_{step}_seconds": float(np.median([each[step] for each in seconds]))
        for step in sorted(seconds[0])
    }
    whole = float(np.median([sum(each.values()) for each in seconds]))
    each = float(np.median(prediction))
    return medians | {
        "simulation_seconds": whole,
        "prediction_seconds": each,
        "speed_up": whole / each,
    }


def _names(short: dict[str, float], kind: str) -> list[str]:
    return sorted({key.split(".")[2] for key in short if key.startswith(f"mmgp.{kind}.")})


def _table(
    caption: str, short: dict[str, float], kind: str, names: list[str], columns: list[str]
) -> dict[str, Any]:
    methods = sorted({key.split(".")[0] for key in short}, key=lambda m: (m != "mmgp", m))
    rows = [
        [name, method, *(short.get(f"{method}.{kind}.{name}.{c}") for c in columns)]
        for name in names
        for method in methods
    ]
    return {"caption": caption, "columns": [kind[:-1], "method", *columns], "rows": rows}


def _grid(
    caption: str, values: dict[str, float], part: str, first: str, columns: list[str]
) -> dict[str, Any]:
    """A table of `<part>.<row>.<column>`."""
    found = {key.split(".")[1] for key in values if key.startswith(f"{part}.")}
    rows = sorted(found, key=lambda row: [row.rstrip("0123456789"), len(row), row])
    cells = [[row, *(values.get(f"{part}.{row}.{c}") for c in columns)] for row in rows]
    return {"caption": caption, "columns": [first, *columns], "rows": cells}


def _in_order(figures: Path) -> list[Path]:
    """Data, morphing and spectra first, then fields, then scores."""
    order = ["data_set", "morphing", "spectra", "field", "methods", "parity", "learning"]
    paths = [path for path in sorted(figures.glob("*.png")) if path.stem != "turn"]
    return sorted(
        paths, key=lambda p: order.index("field" if p.stem.startswith("field_") else p.stem)
    )


def _caption(path: Path) -> str:
    if path.stem in _CAPTIONS:
        return _CAPTIONS[path.stem]
    name = path.stem.removeprefix("field_")
    return f"{name} on the best, the median and the worst test sample: truth, prediction, error."


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mmgp-section")

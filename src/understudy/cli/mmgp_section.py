"""Stage: an MMGP study's part of the report, and its times."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.score import read_predictions
from understudy.cli.training_data import read_set
from understudy.data import Sample, read_header
from understudy.files import write_json

__all__ = ["main", "run"]

_CAPTIONS = {
    "data_set": "Test samples: each has its own shape and its own unstructured mesh.",
    "morphing": "The reference, its image in the common domain, and two training fields on it.",
    "spectra": "Singular values of every basis; the dashed line is the rank kept.",
    "methods": "Relative L2 error on the test set, lower is better.",
    "parity": "Output scalars of the test set; bars are 95 % bands.",
}


_TRUST = ["auroc", "accept_share", "warn_share", "refuse_share", "silent_failure_share"]
_BUDGET = ["total", "regression", "basis", "transfer", "mesh_noise"]


def run(
    data: Path,
    metrics: Path,
    trust: Path,
    predictions: Path,
    figures: Path,
    prefix: str,
    out: Path,
    timings: Path,
) -> None:
    """Put tables and figures of one data set together.

    Args:
        data: HDF5 data set.
        metrics: JSON file of the score stage.
        trust: JSON file of the mmgp-trust stage.
        predictions: HDF5 file of the evaluate stage for MMGP.
        figures: folder of pictures.
        prefix: start of the names in `metrics`.
        out: JSON file to write, the section.
        timings: JSON file to write, the times.
    """
    table = json.loads(metrics.read_text())
    short = {key.removeprefix(f"{prefix}."): value for key, value in table.items()}
    judged = {
        key.removeprefix(f"{prefix}."): value
        for key, value in json.loads(trust.read_text()).items()
    }
    header = read_header(data)
    samples = [s for name in ("train", "test") for s in read_set(data, name)[0]]
    times = _times(samples, read_predictions(predictions).seconds)
    write_json(timings, {f"{prefix}.{name}": value for name, value in times.items()})
    failed = [[s.index, s.error] for s in samples if s.error]
    nodes = [len(s.mesh.points) for s in samples if s.mesh is not None]
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
        ],
        "tables": [
            _table("Fields", short, "fields", fields, columns),
            _table("Output scalars", short, "scalars", scalars, ["rrmse", "q2", "coverage_95"]),
            _grid("Strange samples: are they noticed?", judged, "trust", "kind", _TRUST),
            _grid("Error budget (RRMSE)", judged, "budget", "field", _BUDGET),
            {"caption": "Failed samples", "columns": ["sample", "reason"], "rows": failed},
        ],
        "figures": [{"file": str(path), "caption": _caption(path)} for path in _in_order(figures)],
    }
    write_json(out, section)


def _times(samples: Sequence[Sample], prediction: np.ndarray) -> dict[str, float]:
    good = [s for s in samples if not s.error]
    steps = sorted(good[0].seconds)
    medians = {
        f"simulation_{step}_seconds": float(np.median([s.seconds[step] for s in good]))
        for step in steps
    }
    whole = float(np.median([sum(s.seconds.values()) for s in good]))
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
    rows = sorted({key.split(".")[1] for key in values if key.startswith(f"{part}.")})
    cells = [[row, *(values.get(f"{part}.{row}.{c}") for c in columns)] for row in rows]
    return {"caption": caption, "columns": [first, *columns], "rows": cells}


def _in_order(figures: Path) -> list[Path]:
    """Data, morphing and spectra first, then fields, then scores."""
    order = ["data_set", "morphing", "spectra", "field", "methods", "parity"]
    paths = sorted(figures.glob("*.png"))
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

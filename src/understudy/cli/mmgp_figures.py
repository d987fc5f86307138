"""Stage: pictures of an MMGP study, from the data to the predictions."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.score import read_predictions
from understudy.cli.training_data import read_aligned, read_set
from understudy.data import Sample
from understudy.figures import (
    Panel,
    draw_bars,
    draw_curves,
    draw_panels,
    draw_parity,
    draw_spectra,
)
from understudy.figures.turn import draw_surface, turns
from understudy.metrics import HALF_WIDTH_95
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.encoding import Prediction
from understudy.surrogates.mmgp_model import load_mmgp

__all__ = ["main", "run"]


def run(
    data: Path,
    aligned: Path,
    model: Path,
    predictions: Path,
    metrics: Path,
    prefix: str,
    out: Path,
    learning: tuple[Path, ...] = (),
) -> None:
    """Draw the data set, the morphing, the spectra, three predictions a field, and the scores.

    Args:
        data: HDF5 data set.
        aligned: HDF5 file of the morph stage.
        model: HDF5 file of mmgp-fit.
        predictions: HDF5 file of the evaluate stage for the model.
        metrics: JSON file of the score stage.
        prefix: start of the names in `metrics`.
        out: folder to write to.
        learning: JSON files of the mmgp-learning stage.
    """
    samples, _, units = read_set(data, "test")
    good = {s.index: s for s in samples if not s.error}
    fitted, found = load_mmgp(model), read_predictions(predictions)
    names = list(fitted.fields)
    pairs = {i: (good[i], found.samples[str(i)]) for i in found.index.tolist()}
    table = json.loads(metrics.read_text())
    # A field that is zero everywhere in some sample has no relative error.
    judged = [n for n in names if f"{prefix}.mmgp.fields.{n}.relative_l2" in table]
    hardest = max(judged, key=lambda n: table[f"{prefix}.mmgp.fields.{n}.relative_l2"])
    shown = _best_median_worst(pairs, hardest)
    for name in names:
        rows = [_row(*pairs[i], name, units.get(name, "")) for i in shown]
        draw_panels(out / f"field_{name}.png", rows)
    _draw_turned(out, *pairs[shown[-1]], hardest, units.get(hardest, ""))
    draw_panels(out / "data_set.png", [_data_row(list(good.values())[:4], hardest, units)])
    _draw_morphing(out / "morphing.png", read_aligned(aligned)[0], hardest)
    spectra = {"shape": fitted.encoder.shape.values}
    spectra |= {name: f.basis.values for name, f in fitted.fields.items()}
    rank = max(f.basis.modes.shape[1] for f in fitted.fields.values())
    draw_spectra(out / "spectra.png", spectra, rank)
    truth = {n: np.array([s.scalars[n] for s, _ in pairs.values()]) for n in fitted.scalars.names}
    guess = {n: np.array([p.scalars[n] for _, p in pairs.values()]) for n in truth}
    sd = {n: np.array([p.scalar_deviations[n] for _, p in pairs.values()]) for n in truth}
    draw_parity(out / "parity.png", {n: (truth[n], guess[n]) for n in truth}, sd)
    methods = sorted({key.removeprefix(f"{prefix}.").split(".")[0] for key in table}, reverse=True)
    bars = {m: {n: table[f"{prefix}.{m}.fields.{n}.relative_l2"] for n in judged} for m in methods}
    draw_bars(out / "methods.png", bars, "relative L2 error")
    if learning:
        draw_curves(
            out / "learning.png", _curves(learning, prefix), "training simulations", "mean RRMSE"
        )


def _curves(paths: Sequence[Path], prefix: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Sizes and mean errors by strategy."""
    points: dict[str, list[tuple[int, float]]] = {}
    for path in paths:
        for key, value in json.loads(path.read_text()).items():
            kind, _, rest = key.removeprefix(f"{prefix}.learning.").partition("_")
            size, _, name = rest.partition(".")
            if name == "mean_rrmse":
                points.setdefault(kind, []).append((int(size), value))
    return {
        kind: (np.array([n for n, _ in sorted(own)]), np.array([e for _, e in sorted(own)]))
        for kind, own in points.items()
    }


def _best_median_worst(pairs: dict[int, tuple[Sample, Prediction]], name: str) -> list[int]:
    error = {
        i: np.linalg.norm(s.fields[name] - p.fields[name]) / np.linalg.norm(s.fields[name])
        for i, (s, p) in pairs.items()
    }
    ranked = sorted(error, key=lambda i: error[i])
    return [ranked[0], ranked[len(ranked) // 2], ranked[-1]]


def _row(sample: Sample, found: Prediction, name: str, unit: str) -> list[Panel]:
    if sample.mesh is None:
        raise ValueError(f"sample {sample.index}: expected a mesh")
    truth, guess = sample.fields[name], found.fields[name]
    limits = (float(truth.min()), float(truth.max()))
    band = HALF_WIDTH_95 * found.field_deviations[name]
    unit = f" [{unit}]" if unit else ""
    return [
        (f"{name}{unit}, finite elements", sample.mesh, truth, limits, "viridis"),
        (f"{name}{unit}, MMGP", sample.mesh, guess, limits, "viridis"),
        (f"absolute error{unit}", sample.mesh, np.abs(truth - guess), None, "magma"),
        (f"95 % band, half width{unit}", sample.mesh, band, None, "magma"),
    ]


def _draw_turned(out: Path, sample: Sample, found: Prediction, name: str, unit: str) -> None:
    """The prediction as a surface, coloured by its error; a page that turns if it can be made."""
    if sample.mesh is None:
        raise ValueError(f"sample {sample.index}: expected a mesh")
    guess = found.fields[name]
    draw_surface(
        out / "turn.png", out / "turn.html" if turns() else None, sample.mesh, guess,
        np.abs(sample.fields[name] - guess), f"error [{unit}]", "YlOrRd",
    )  # fmt: skip


def _data_row(samples: Sequence[Sample], name: str, units: dict[str, str]) -> list[Panel]:
    return [
        (
            f"{name} [{units.get(name, '')}], sample {s.index}",
            s.mesh,
            s.fields[name],
            None,
            "viridis",
        )
        for s in samples
        if s.mesh is not None
    ]


def _draw_morphing(path: Path, data: Aligned, name: str) -> None:
    common = data.reference.image or data.reference.mesh
    panels: list[Panel] = [("reference mesh", data.reference.mesh, None, None, "")]
    if data.reference.image is not None:
        panels.append(("its image", common, None, None, ""))
    for i in (0, 1):
        field = data.fields[name][i]
        panels.append(
            (
                f"{name}, sample {data.index[i]}, carried to it",
                common,
                field,
                None,
                "viridis",
            )
        )
    draw_panels(path, [panels])


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mmgp-figures")

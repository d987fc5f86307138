"""Curves and bars, drawn with Matplotlib."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from understudy.figures.look import save

__all__ = ["draw_bars", "draw_curves", "draw_parity", "draw_spectra"]


def draw_parity(
    path: Path,
    pairs: Mapping[str, tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]],
    deviations: Mapping[str, Float[np.ndarray, " k"]],
) -> None:
    """Prediction against truth for each scalar, with 95 % bars; the title is the name."""
    figure = Figure(figsize=(3.3 * len(pairs), 3.2), layout="constrained")
    for axis, (name, (truth, predicted)) in zip(
        np.atleast_1d(figure.subplots(1, len(pairs))), pairs.items(), strict=True
    ):
        span = [truth.min(), truth.max()]
        axis.plot(span, span, color="0.6", lw=1)
        axis.errorbar(truth, predicted, yerr=1.96 * deviations[name], fmt="o", ms=3, lw=0.8)
        axis.set(title=name, xlabel="finite elements", ylabel="prediction")
    save(figure, path)


def draw_bars(path: Path, values: Mapping[str, Mapping[str, float]], label: str) -> None:
    """Grouped bars on a logarithmic axis: values by method, then by quantity."""
    figure = Figure(figsize=(8, 3), layout="constrained")
    axis = figure.subplots()
    quantities = list(next(iter(values.values())))
    width = 0.8 / len(values)
    for i, (method, row) in enumerate(values.items()):
        at = np.arange(len(quantities)) + (i - (len(values) - 1) / 2) * width
        axis.bar(at, [row[q] for q in quantities], width, label=method)
    axis.set(yscale="log", ylabel=label, xticks=np.arange(len(quantities)))
    axis.set_xticklabels(quantities)
    axis.legend(fontsize=8)
    save(figure, path)


def draw_spectra(path: Path, spectra: Mapping[str, Float[np.ndarray, " _"]], rank: int) -> None:
    """Singular values of each basis relative to the first; a line marks the rank kept."""
    figure = Figure(figsize=(6, 3), layout="constrained")
    axis = figure.subplots()
    for name, values in spectra.items():
        shown = values[values > 1e-9 * values[0]] / values[0]
        axis.semilogy(np.arange(1, len(shown) + 1), shown, ".-", ms=3, lw=1, label=name)
    axis.axvline(rank + 0.5, color="0.4", ls="--", lw=1)
    axis.set(xlabel="mode", ylabel="singular value / first")
    axis.legend(fontsize=8)
    save(figure, path)


def draw_curves(
    path: Path,
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]],
    abscissa: str,
    ordinate: str,
) -> None:
    """Points joined by lines on logarithmic axes, x and y of shape (k,) by name."""
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axis = figure.subplots()
    for name, (x, y) in curves.items():
        axis.loglog(x, y, "o-", ms=4, lw=1.2, label=name)
    axis.set(xlabel=abscissa, ylabel=ordinate)
    axis.legend(fontsize=8)
    save(figure, path)

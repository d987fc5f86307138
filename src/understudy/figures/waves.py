"""Waves through a zone: stress on its triangles at some times, as a strip and as a film.

Real and generated histories stand side by side under one range of colours, from zero to the
99.5 % quantile of all that is shown: a few cells at a stress raiser would darken the rest.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.animation import PillowWriter
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from understudy.figures.look import save
from understudy.files import replacing
from understudy.mesh import Mesh

__all__ = ["film", "film_strip"]

_QUANTILE = 0.995
_FRAMES = 40
_COLOURS = "magma"


def film_strip(
    path: Path,
    mesh: Mesh,
    rows: Mapping[str, Float[np.ndarray, "t m"]],
    times: Float[np.ndarray, " t"],
    *,
    label: str,
    time_unit: str = "s",
) -> None:
    """A row of pictures a history, a column a time, one colour bar.

    Args:
        path: PNG file to write.
        mesh: planar.
        rows: value of each triangle at each time, by the name of the row.
        times: of the columns, in `time_unit`; a few.
        label: of the colour bar, with the unit.
        time_unit: what follows a time.

    Raises:
        ValueError: no row, no time, or values of another shape; names the row.
    """
    limit = _checked_limit(mesh, rows, times)
    extent = np.ptp(mesh.points, axis=0)
    height = 1.7 * min(float(extent[1] / extent[0]), 2.0)
    figure = Figure(
        figsize=(1.7 * len(times) + 1.2, height * len(rows) + 0.5), layout="constrained"
    )
    axes = figure.subplots(len(rows), len(times), squeeze=False)
    for line, (name, values) in zip(axes, rows.items(), strict=True):
        for axis, cells in zip(line, values, strict=True):
            drawn = _draw(axis, mesh, cells, limit)
        line[0].set_ylabel(name)
    for axis, time in zip(axes[0], times, strict=True):
        axis.set_title(f"{time:.3g} {time_unit}", fontsize=8)
    figure.colorbar(drawn, ax=axes, label=label, extend="max", aspect=30)
    save(figure, path)


def film(
    path: Path,
    mesh: Mesh,
    rows: Mapping[str, Float[np.ndarray, "t m"]],
    times: Float[np.ndarray, " t"],
    *,
    label: str,
    time_unit: str = "s",
    per_second: int = 8,
) -> None:
    """Histories side by side as a GIF of at most 40 frames, evenly taken from the times.

    Args:
        path: GIF file to write.
        mesh: planar.
        rows: value of each triangle at each time, by the name of the panel.
        times: in `time_unit`.
        label: of the colour bar, with the unit.
        time_unit: what follows a time.
        per_second: frames.

    Raises:
        ValueError: no row, no time, or values of another shape; names the row.
    """
    limit = _checked_limit(mesh, rows, times)
    extent = np.ptp(mesh.points, axis=0)
    height = 2.4 * min(float(extent[1] / extent[0]), 2.0)
    figure = Figure(figsize=(2.4 * len(rows) + 0.9, height + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(rows), squeeze=False)[0]
    drawn = [
        _draw(axis, mesh, rows[name][0], limit) for axis, name in zip(axes, rows, strict=True)
    ]
    for axis, name in zip(axes, rows, strict=True):
        axis.set_title(name)
    figure.colorbar(drawn[0], ax=axes, label=label, extend="max")
    heading = figure.suptitle(_clock(times, 0, time_unit), family="monospace")
    figure.draw_without_rendering()
    # Panels that move from frame to frame would flicker.
    figure.set_layout_engine("none")
    frames = np.unique(
        np.linspace(0, len(times) - 1, min(len(times), _FRAMES)).round().astype(int)
    )
    writer = PillowWriter(fps=per_second)
    with replacing(path) as temporary, writer.saving(figure, str(temporary), dpi=80):
        for k in frames:
            for collection, values in zip(drawn, rows.values(), strict=True):
                collection.set_array(values[k])
            heading.set_text(_clock(times, int(k), time_unit))
            writer.grab_frame()


def _clock(times: Float[np.ndarray, " t"], k: int, unit: str) -> str:
    return f"{times[k]:8.3g} {unit}"


def _checked_limit(
    mesh: Mesh, rows: Mapping[str, np.ndarray], times: Float[np.ndarray, " t"]
) -> float:
    """Upper end of the range of colours."""
    if not rows or not len(times):
        raise ValueError(f"film: expected rows and times, got {len(rows)} and {len(times)}")
    for name, values in rows.items():
        if values.shape != (len(times), len(mesh.triangles)):
            raise ValueError(
                f"{name}: expected a value at each of {len(times)} times of each of "
                f"{len(mesh.triangles)} triangles, got shape {values.shape}"
            )
    high = float(np.quantile(np.concatenate([v.ravel() for v in rows.values()]), _QUANTILE))
    return high if high > 0.0 else 1.0


def _draw(axis: Axes, mesh: Mesh, cells: Float[np.ndarray, " m"], limit: float) -> PolyCollection:
    x, y = mesh.points[:, :2].T
    drawn = axis.tripcolor(
        x, y, mesh.triangles, facecolors=cells, cmap=_COLOURS, vmin=0.0, vmax=limit
    )
    axis.set(aspect="equal", xticks=[], yticks=[])
    axis.grid(False)
    axis.set_frame_on(False)
    return drawn

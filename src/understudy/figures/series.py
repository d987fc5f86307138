"""Signals over time or along a line, and forecasts with their bands; drawn with Matplotlib."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from understudy.figures.look import save

__all__ = ["draw_forecast", "draw_lines"]


def draw_lines(
    path: Path,
    curves: Mapping[str, tuple[Float[np.ndarray, " _"], Float[np.ndarray, " _"]]],
    x: str,
    y: str,
) -> None:
    """Lines by name on plain axes; x and y are what the axes say."""
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axis = figure.subplots()
    for name, (along, values) in curves.items():
        axis.plot(along, values, lw=1.3, label=name)
    axis.set(xlabel=x, ylabel=y)
    axis.legend(fontsize=8)
    save(figure, path)


def draw_forecast(
    path: Path,
    times: Float[np.ndarray, " S"],
    middle: Float[np.ndarray, "S D"],
    low: Float[np.ndarray, "S D"],
    high: Float[np.ndarray, "S D"],
    *,
    names: Sequence[str],
    seen: tuple[Float[np.ndarray, " T"], Float[np.ndarray, "T D"]],
    horizon: float,
) -> None:
    """A panel a component: what was seen as points, the forecast as a line in its band.

    Args:
        path: PNG file.
        times: of the forecast.
        middle: the forecast.
        low: lower end of the band.
        high: upper end.
        names: of the components.
        seen: times and values of the window.
        horizon: until when the forecast is said to hold; a dashed line.
    """
    count = middle.shape[1]
    figure = Figure(figsize=(7, 1.2 + 1.6 * count), layout="constrained")
    for i, axis in enumerate(np.atleast_1d(figure.subplots(count, 1, sharex=True))):
        axis.fill_between(times, low[:, i], high[:, i], color="C0", alpha=0.25, lw=0)
        axis.plot(times, middle[:, i], color="C0", lw=1.3)
        axis.plot(seen[0], seen[1][:, i], ".", color="0.3", ms=3)
        axis.axvline(horizon, color="0.4", ls="--", lw=1)
        room = np.concatenate([middle[:, i], seen[1][:, i]])
        room = room[np.isfinite(room)]
        margin = 0.3 * float(np.ptp(room)) + 1e-12
        axis.set(ylabel=names[i], ylim=(room.min() - margin, room.max() + margin))
    axis.set_xlabel("time")
    save(figure, path)

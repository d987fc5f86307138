"""Pictures of certified networks."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from understudy.figures.look import save

__all__ = ["draw_bounds", "draw_path", "draw_pieces"]


def draw_bounds(path: Path, histories: Mapping[str, Float[np.ndarray, "k 2"]]) -> None:
    """Objective and bound against the round, over the last objective, a panel a case."""
    columns = min(3, len(histories))
    rows = -(-len(histories) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.5 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, squeeze=False)).ravel()
    for axis in axes[len(histories) :]:
        axis.set_axis_off()
    for axis, (name, values) in zip(axes, histories.items(), strict=False):
        rounds = np.arange(1, len(values) + 1)
        scale = values[-1, 0] if values[-1, 0] > 0 else 1.0
        axis.plot(rounds, values[:, 0] / scale, "o-", ms=3, lw=1, label="objective")
        axis.plot(rounds, values[:, 1] / scale, "s-", ms=3, lw=1, label="bound")
        axis.set(ylim=(0, 2), xlabel="round", title=name)
        axis.title.set_size(8)
    axes[0].legend(fontsize=7)
    save(figure, path)


def draw_pieces(
    path: Path,
    predict: Callable[[Float[np.ndarray, "k d"]], Float[np.ndarray, " k"]],
    slopes: Float[np.ndarray, "m d"],
    offsets: Float[np.ndarray, " m"],
    low: Float[np.ndarray, " d"],
    high: Float[np.ndarray, " d"],
    names: tuple[str, str, str],
) -> None:
    """Values over the first two inputs, and the lines at which neurons switch.

    Args:
        path: file to write.
        predict: the network.
        slopes: of the neurons.
        offsets: of the neurons.
        low: least inputs.
        high: greatest inputs.
        names: of both inputs and of the value.
    """
    ticks = [np.linspace(low[i], high[i], 121) for i in (0, 1)]
    first, second = np.meshgrid(*ticks, indexing="ij")
    x = np.tile((low + high) / 2, (first.size, 1))
    x[:, 0], x[:, 1] = first.ravel(), second.ravel()
    figure = Figure(figsize=(5, 3.8), layout="constrained")
    axis = figure.subplots()
    shades = axis.pcolormesh(first, second, predict(x).reshape(first.shape), shading="gouraud")
    for slope, offset in zip(slopes, offsets, strict=True):
        inside = (x @ slope + offset).reshape(first.shape)
        if inside.min() < 0 < inside.max():
            axis.contour(first, second, inside, [0.0], colors="white", linewidths=0.6)
    axis.set(xlabel=names[0], ylabel=names[1])
    figure.colorbar(shades, ax=axis, label=names[2])
    save(figure, path)


def draw_path(
    path: Path, betas: Float[np.ndarray, " b"], sizes: list[Float[np.ndarray, " _"]]
) -> None:
    """Sizes of neurons, the greatest first, against the strength of the decay."""
    most = max(len(s) for s in sizes)
    table = np.zeros((len(betas), most))
    for row, own in zip(table, sizes, strict=True):
        row[: len(own)] = np.sort(own)[::-1]
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axis = figure.subplots()
    axis.semilogx(betas, table, lw=0.8)
    axis.set(xlabel="beta / beta_max", ylabel="size of neurons")
    axis.invert_xaxis()
    save(figure, path)

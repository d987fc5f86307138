"""Maps of failure probability over geometry, and how they compare with full runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from understudy.figures.look import save

__all__ = ["draw_budget", "draw_failure_map", "draw_intervals"]


def draw_failure_map(
    path: Path,
    x: Float[np.ndarray, " m"],
    y: Float[np.ndarray, " n"],
    maps: Mapping[str, Sequence[Float[np.ndarray, "n m"]]],
    points: Mapping[str, Float[np.ndarray, "k 3"]],
    labels: tuple[str, str],
) -> None:
    """Lower end, value and upper end of a probability side by side, a row a failure.

    Args:
        path: picture to write.
        x: along the abscissa.
        y: along the ordinate.
        maps: the three maps by name of the failure.
        points: x, y and probability where it was checked, by name of the failure.
        labels: of the axes.
    """
    figure = Figure(figsize=(9.5, 2.9 * len(maps) + 0.3), layout="constrained")
    axes = figure.subplots(len(maps), 3, sharex=True, sharey=True, squeeze=False)
    titles = ("lower end of the interval", "probability", "upper end of the interval")
    for row, (name, three) in zip(axes, maps.items(), strict=True):
        low, high = min(m.min() for m in three), max(m.max() for m in three)
        norm, levels = Normalize(low, high), np.linspace(low, high, 13)
        for axis, title, values in zip(row, titles, three, strict=True):
            axis.contourf(x, y, values, levels=levels, norm=norm, cmap="viridis")
            axis.set_title(f"{name}: {title}", fontsize=9)
            axis.grid(visible=False)
            if title == "probability" and len(points[name]):
                px, py, value = points[name].T
                axis.scatter(px, py, c=value, norm=norm, cmap="viridis", edgecolor="w", s=45)
        row[0].set_ylabel(labels[1])
        figure.colorbar(ScalarMappable(norm=norm, cmap="viridis"), ax=list(row))
    for axis in axes[-1]:
        axis.set_xlabel(labels[0])
    save(figure, path)


def draw_intervals(
    path: Path, rows: Mapping[str, Sequence[tuple[Sequence[float], Sequence[float]]]]
) -> None:
    """Probability of a chain over that of full runs, with the intervals of both.

    Args:
        path: picture to write.
        rows: (value, low, high) of full runs and of the chain, a pair a hole, by failure.
    """
    figure = Figure(figsize=(3.6 * len(rows), 3.3), layout="constrained")
    for axis, (name, pairs) in zip(
        np.atleast_1d(figure.subplots(1, len(rows))), rows.items(), strict=True
    ):
        direct, chain = (np.array([p[k] for p in pairs]).reshape(-1, 3) for k in (0, 1))
        every = np.concatenate([direct.ravel(), chain.ravel(), [0.01]])
        axis.plot([0, every.max()], [0, every.max()], color="0.6", lw=1)
        (xs, x_low, x_high), (ys, y_low, y_high) = direct.T, chain.T
        axis.errorbar(
            xs, ys, xerr=_sides(xs, x_low, x_high), yerr=_sides(ys, y_low, y_high),
            fmt="o", ms=4, lw=0.9,
        )  # fmt: skip
        axis.set(title=name, xlabel="full runs", ylabel="chain")
    save(figure, path)


def draw_budget(path: Path, budgets: Mapping[str, Mapping[str, float]]) -> None:
    """Bars of what each link changes of the probability, a panel a failure.

    Args:
        path: picture to write.
        budgets: mean magnitude by link, by failure.
    """
    figure = Figure(figsize=(4.2 * len(budgets), 2.9), layout="constrained")
    for axis, (name, budget) in zip(
        np.atleast_1d(figure.subplots(1, len(budgets))), budgets.items(), strict=True
    ):
        axis.barh(list(budget)[::-1], list(budget.values())[::-1])
        axis.set(title=name, xlabel="change of the probability")
    save(figure, path)


def _sides(
    middle: Float[np.ndarray, " k"], low: Float[np.ndarray, " k"], high: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "2 k"]:
    """Lengths of bars to both sides."""
    return np.stack([middle - low, high - middle]).clip(0.0)

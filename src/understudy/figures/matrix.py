"""Shares of a table as shades with their numbers; drawn with Matplotlib."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from understudy.figures.look import save

__all__ = ["draw_matrix"]


def draw_matrix(
    path: Path,
    shares: Float[np.ndarray, "r c"],
    rows: Sequence[str],
    columns: Sequence[str],
    x: str,
    y: str,
    *,
    numbers: bool = True,
) -> None:
    """A shade and a number for each share in [0, 1]; x and y are what the axes say."""
    size = (2.0 + 0.55 * len(columns), 1.4 + 0.4 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    axis = figure.subplots()
    axis.imshow(shares, vmin=0.0, vmax=1.0, cmap="Blues", aspect="auto")
    for (i, j), share in np.ndenumerate(shares):
        if numbers and share > 0:
            color = "white" if share > 0.5 else "black"
            axis.text(j, i, f"{share:.2g}", ha="center", va="center", fontsize=7, color=color)
    axis.set_xticks(range(len(columns)), columns, rotation=60, ha="right", fontsize=8)
    axis.set_yticks(range(len(rows)), rows, fontsize=8)
    axis.set(xlabel=x, ylabel=y)
    save(figure, path)

"""The look that all pictures of Matplotlib share, and how they are saved."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from understudy.files import replacing

__all__ = ["save"]

mpl.rcParams.update({"font.size": 9, "axes.grid": True, "grid.alpha": 0.3})


def save(figure: Figure, path: Path) -> None:
    """Write a picture, whole or absent, the same file each time."""
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=110, metadata={"Software": None})

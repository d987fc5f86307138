"""Fields on meshes, drawn off-screen with PyVista."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

if "dolfinx" in sys.modules and "vtkmodules" not in sys.modules:
    raise ImportError(
        "import understudy.figures before understudy.fem: a process that loads DOLFINx first "
        "aborts when VTK draws, because both bring a C++ library of the same name"
    )
import pyvista as pv
from jaxtyping import Float

from understudy.files import replacing
from understudy.mesh import Mesh

__all__ = ["Panel", "draw_panels", "probe"]

os.environ.setdefault("PYVISTA_OFF_SCREEN", "true")

Panel = tuple[str, Mesh, Float[np.ndarray, " _"] | None, tuple[float, float] | None, str]
"""Title, mesh, nodal values (None: the mesh alone), colour range (None: own), colour map."""


def draw_panels(path: Path, rows: Sequence[Sequence[Panel]], size: int = 380) -> None:
    """Draw a table of fields, a row of panels a row, each `size` pixels wide, to a PNG file."""
    plotter = pv.Plotter(
        shape=(len(rows), len(rows[0])), off_screen=True, border=False,
        window_size=[size * len(rows[0]), size * len(rows)],
    )  # fmt: skip
    for i, row in enumerate(rows):
        for j, (title, mesh, values, limits, colours) in enumerate(row):
            plotter.subplot(i, j)
            _draw(plotter, title, mesh, values, limits, colours)
    with replacing(path) as temporary:
        plotter.screenshot(str(temporary))
    plotter.close()


def _draw(
    plotter: pv.Plotter,
    title: str,
    mesh: Mesh,
    values: Float[np.ndarray, " n"] | None,
    limits: tuple[float, float] | None,
    colours: str,
) -> None:
    points = np.zeros((len(mesh.points), 3))
    points[:, : mesh.points.shape[1]] = mesh.points
    grid = pv.PolyData.from_regular_faces(points, mesh.triangles)
    plotter.set_background("white")
    plotter.add_text(title, font_size=8, position="upper_edge", color="black")
    if values is None:
        plotter.add_mesh(grid, color="white", show_edges=True, edge_color="#33506e", line_width=1)
    else:
        # Bars of one title would share one range: a title of blanks, one more each, is unseen.
        bar: Mapping[str, object] = {
            "title": " " * (1 + len(plotter.scalar_bars)), "n_labels": 3, "fmt": "%.3g",
            "label_font_size": 13, "position_x": 0.15, "position_y": 0.01, "width": 0.7,
            "height": 0.11, "color": "black",
        }  # fmt: skip
        plotter.add_mesh(
            grid, scalars=values, cmap=colours, clim=limits, scalar_bar_args=dict(bar),
            lighting=False,
        )  # fmt: skip
    plotter.view_xy()
    plotter.enable_parallel_projection()
    plotter.camera.parallel_scale = 0.66 * float(np.ptp(mesh.points, axis=0).max())


def probe() -> str:
    """Render one triangle off-screen: "" if it works, else the reason."""
    try:
        plotter = pv.Plotter(off_screen=True, window_size=[32, 32])
        plotter.add_mesh(pv.Triangle(), color="black")
        image = plotter.screenshot(None, return_img=True)
        plotter.close()
    # Whatever the graphics stack raises is the answer.
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if np.ptp(np.asarray(image)) > 0 else "the picture is empty"

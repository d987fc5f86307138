"""A field as a surface over its mesh, to be looked at and, in a browser, to be turned.

    z_i = 0.4 top (u_i - min u) / (max u - min u),   top: the larger side of the mesh

Height and colour may be two fields, say a prediction and its error. The page that turns is vtk.js
with PyVista's scene inside, both from trame-vtk (extra `report`). PyVista's `export_html` makes
the same page, and starts a web server for it.
"""

import importlib.util
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pyvista as pv
from jaxtyping import Float

from understudy.files import replacing
from understudy.mesh import Mesh

__all__ = ["draw_surface", "turns"]

_HEIGHT = 0.4
_SIZE = (1040, 650)
_ICONS = "https://kitware.github.io/vtk-js/icon/favicon-"


def turns() -> bool:
    """Whether the extra that writes pages for a browser is installed."""
    return importlib.util.find_spec("trame_vtk") is not None


def draw_surface(
    poster: Path,
    scene: Path | None,
    mesh: Mesh,
    height: Float[np.ndarray, " n"],
    colour: Float[np.ndarray, " n"],
    title: str,
    colours: str = "viridis",
) -> None:
    """Write a picture, and a page that turns.

    Args:
        poster: PNG file to write.
        scene: HTML file to write; None: the picture alone.
        mesh: planar.
        height: nodal values that lift it.
        colour: nodal values that colour it.
        title: of the bar of colours.
        colours: a colour map.

    Raises:
        ValueError: values that are not as many as the nodes.
    """
    n = len(mesh.points)
    if len(height) != n or len(colour) != n:
        raise ValueError(
            f"height, colour: expected {n} nodal values, got {len(height)} and {len(colour)}"
        )
    top = _HEIGHT * float(np.ptp(mesh.points, axis=0).max())
    span = float(np.ptp(height)) or 1.0
    points = np.column_stack([mesh.points[:, :2], top * (height - height.min()) / span])
    plotter = pv.Plotter(off_screen=True, window_size=list(_SIZE))
    plotter.set_background("white")
    surface = pv.PolyData.from_regular_faces(points, mesh.triangles)
    surface[title] = colour
    plotter.add_mesh(
        surface, scalars=title, cmap=colours, smooth_shading=True, ambient=0.35,
        scalar_bar_args={
            "title": title, "color": "black", "fmt": "%.3g", "n_labels": 3,
            "title_font_size": 16, "label_font_size": 16, "vertical": True,
            "position_x": 0.88, "position_y": 0.2, "width": 0.06, "height": 0.6,
        },
    )  # fmt: skip
    ground = pv.PolyData.from_regular_faces(points * [1, 1, 0], mesh.triangles)
    rim = ground.extract_feature_edges(feature_edges=False, manifold_edges=False)
    plotter.add_mesh(rim, color="#8795a3", line_width=2)
    plotter.camera_position = [(-1.2, -2.0, 1.3), (0, 0, 0), (0, 0, 1)]
    plotter.reset_camera()
    plotter.camera.zoom(1.2)
    with replacing(poster) as temporary:
        plotter.screenshot(str(temporary))
    if scene is not None:
        with replacing(scene) as temporary:
            temporary.write_text(_page(plotter), encoding="utf-8")
    plotter.close()


def _page(plotter: pv.Plotter) -> str:
    """vtk.js and the scene, which has been rendered, as one page."""
    # The extra is optional, and is asked for here alone.
    from trame_vtk.modules.vtk.serializers import (
        SynchronizationContext,
        extract_array_hash,
        initialize_serializers,
        reference_id,
        serialize,
    )
    from trame_vtk.tools.vtksz2html import write_html

    initialize_serializers()
    context, window = SynchronizationContext(), plotter.render_window
    context.set_ignore_last_dependencies(True)
    camera = plotter.camera
    scene = serialize(None, window, reference_id(window), context, 1)
    scene["extra"] = {
        "vtkRefId": reference_id(window),
        "centerOfRotation": list(camera.focal_point),
        "camera": reference_id(camera),
    }
    arrays = {
        entry["hash"]: {**entry, "content": context.get_cached_data_array(entry["hash"], False)}
        for entry in extract_array_hash(scene)
    }
    packed, page = io.BytesIO(), io.StringIO()
    with zipfile.ZipFile(packed, "w") as file:
        entry = zipfile.ZipInfo("index.json")
        file.writestr(entry, json.dumps({"hashes": arrays, "scene": scene}), zipfile.ZIP_DEFLATED)
    write_html(packed.getvalue(), page)
    # Icons of its home, which it would ask a network for.
    return page.getvalue().replace(_ICONS, "data:,")

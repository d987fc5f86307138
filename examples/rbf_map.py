"""A plate that was bent and sheared, brought back by radial functions of its boundary alone."""

from pathlib import Path

import elastic_hole as holed
import numpy as np

from understudy.figures import draw_panels
from understudy.mesh import Mesh
from understudy.morphing import RBF, Morphing


def bent(mesh: Mesh, bend: float) -> Mesh:
    """The mesh stretched, sheared and bent."""
    x, y = mesh.points.T
    points = np.stack([1.2 * x + 0.2 * y, 0.9 * y + bend * x**2], axis=1)
    return Mesh(points=points, triangles=mesh.triangles)


def brought_back(bend: float) -> tuple[Morphing, Mesh]:
    """The bent plate's image on the plate, and the plate."""
    plate = holed.plate([])
    return RBF(landmark_angle=40.0).fit(bent(plate, bend), plate), plate


def error(bend: float) -> float:
    """Greatest distance of an image from where its node came from, over the side of the plate."""
    found, plate = brought_back(bend)
    return float(np.linalg.norm(found.image.points - plate.points, axis=1).max()) / 2


if __name__ == "__main__":
    found, plate = brought_back(0.2)
    away = np.linalg.norm(found.image.points - plate.points, axis=1)
    panels = [
        ("bent plate", found.mesh, None, None, ""),
        ("image and distance from the origin", found.image, away, None, "viridis"),
    ]
    draw_panels(Path("rbf_map.png"), [panels])
    for bend in (0.0, 0.1, 0.2):
        print(f"bend {bend}: at most {error(bend):.1e} of the side away")

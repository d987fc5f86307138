"""Tutte's embedding of an L-shaped part: no triangle folds, whatever the shape."""

from pathlib import Path

import numpy as np

from understudy.figures import draw_panels
from understudy.mesh import Mesh, area
from understudy.morphing import Morphing, Tutte


def l_shape(n: int = 12) -> Mesh:
    """Two arms of width 1/2 on a grid of n x n cells, each cell cut into two triangles."""
    x, y = np.meshgrid(np.linspace(0, 1, n + 1), np.linspace(0, 1, n + 1))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    corner = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
    lower = np.stack([corner, corner + 1, corner + n + 2], axis=1)
    upper = np.stack([corner, corner + n + 2, corner + n + 1], axis=1)
    triangles = np.concatenate([lower, upper])
    centre = points[triangles].mean(axis=1)
    used, numbers = np.unique(triangles[(centre < 0.5).any(axis=1)], return_inverse=True)
    return Mesh(points=points[used], triangles=numbers.reshape(-1, 3))


def disk_map() -> tuple[Morphing, float]:
    """The map, and the area of the image's polygon over that of the disk."""
    morphing = Tutte().fit(l_shape())
    return morphing, float(area(morphing.image).sum() / np.pi)


if __name__ == "__main__":
    found, share = disk_map()
    draw_panels(
        Path("disk_map.png"),
        [[("part", found.mesh, None, None, ""), ("image", found.image, None, None, "")]],
    )
    print(f"the image fills {share:.4f} of the disk")

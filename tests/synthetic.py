"""Plates with and without holes, fields in closed form: what a surrogate needs, no solver.

The plate spans |y| <= 1 and |x| <= 1 - r (1 - y^2)^2. Each sample has a grid of its own, cut into
triangles, with shaken inner nodes. Fields are smooth in position, neck r and load P.
"""

import numpy as np
from scipy.spatial import Delaunay

from understudy.data import Sample
from understudy.mesh import Mesh, area, oriented

UNITS = {"length": "mm", "u": "mm", "s": "MPa", "peak": "MPa", "P": "MPa"}


def necked_plate(r, nx, ny, rng):
    x, y = np.meshgrid(np.linspace(-1, 1, nx), np.linspace(-1, 1, ny))
    shake = 0.2 * rng.uniform(-1, 1, size=(2, ny - 2, nx - 2))
    x[1:-1, 1:-1] += shake[0] * 2 / (nx - 1)
    y[1:-1, 1:-1] += shake[1] * 2 / (ny - 1)
    points = np.stack([(x * (1 - r * (1 - y**2) ** 2)).ravel(), y.ravel()], axis=1)
    corner = (np.arange(ny - 1)[:, None] * nx + np.arange(nx - 1)).ravel()
    lower = np.stack([corner, corner + 1, corner + nx + 1], axis=1)
    upper = np.stack([corner, corner + nx + 1, corner + nx], axis=1)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


def sample(index, seed=0):
    rng = np.random.default_rng([seed, index])
    r, load = rng.uniform(0.1, 0.6), rng.uniform(40, 50)
    mesh = necked_plate(r, int(rng.integers(13, 18)), int(rng.integers(13, 18)), rng)
    x, y = mesh.points.T
    neck = 1 - r * (1 - y**2) ** 2
    return Sample(
        index=index,
        seed=index,
        inputs={"r": r, "P": load},
        mesh=mesh,
        fields={"u": load * 1e-3 * (1 + y) * (1 + r * x**2), "s": load * (1 + r * x**2) / neck},
        scalars={"peak": load / (1 - r)},
        residual=0.0,
    )


def holed_plate(holes, spacing, rng, neck=0.0):
    """A plate with round holes (x, y, radius) in the square before it is necked, no solver."""
    n = round(2 / spacing)
    side = np.linspace(-1, 1, n + 1)[:-1]
    rim = np.stack([side, -np.ones(n)], axis=1)
    outline = np.concatenate([rim, rim[:, ::-1] * [-1, 1], -rim, rim[:, ::-1] * [1, -1]])
    x, y = np.meshgrid(*[np.linspace(-1, 1, n + 1)[1:-1]] * 2)
    inner = np.stack([x.ravel(), y.ravel()], axis=1)
    inner = inner + 0.2 * spacing * rng.uniform(-1, 1, size=inner.shape)
    rings = []
    for cx, cy, radius in holes:
        count = max(20, round(2 * np.pi * radius / spacing))
        t = 2 * np.pi * (np.arange(count) + rng.uniform()) / count
        rings.append(np.stack([cx + radius * np.cos(t), cy + radius * np.sin(t)], axis=1))
        inner = inner[np.hypot(*(inner - [cx, cy]).T) > radius + 0.6 * spacing]
    points = np.concatenate([outline, *rings, inner])
    triangles = Delaunay(points).simplices.astype(np.int64)
    centre = points[triangles].mean(axis=1)
    for cx, cy, radius in holes:
        keep = np.hypot(*(centre - [cx, cy]).T) > 0.98 * radius
        triangles, centre = triangles[keep], centre[keep]
    points = points * np.stack(
        [1 - neck * (1 - points[:, 1] ** 2) ** 2, np.ones(len(points))], axis=1
    )
    mesh = Mesh(points=points, triangles=triangles)
    return oriented(Mesh(points=points, triangles=triangles[np.abs(area(mesh)) > 1e-9]))

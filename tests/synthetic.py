"""A family of necked plates with fields in closed form: everything a surrogate needs, no solver.

The plate spans |y| <= 1 and |x| <= 1 - r (1 - y^2)^2. Each sample has a grid of its own, cut into
triangles, with shaken inner nodes. Fields are smooth in position, neck r and load P.
"""

import numpy as np

from understudy.data import Sample
from understudy.mesh import Mesh

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

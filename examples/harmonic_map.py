"""Two triangulations of one plate: where do they put the same point of the plate on the disk?"""

from pathlib import Path

import numpy as np

from understudy.figures import draw_panels
from understudy.mesh import Mesh
from understudy.morphing import Harmonic, Morphing, Tutte


def plate(seed: int, n: int = 21) -> Mesh:
    """A necked plate on a shaken grid."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
    shake = 0.25 * rng.uniform(-1, 1, size=(2, n - 2, n - 2)) * 2 / (n - 1)
    x[1:-1, 1:-1] += shake[0]
    y[1:-1, 1:-1] += shake[1]
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    lower = np.stack([corner, corner + 1, corner + n + 1], axis=1)
    upper = np.stack([corner, corner + n + 1, corner + n], axis=1)
    points = np.stack([(x * (1 - 0.4 * (1 - y**2) ** 2)).ravel(), y.ravel()], axis=1)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


def gap(method: Harmonic | Tutte) -> tuple[float, Morphing]:
    """Largest distance, on the plate, between points that two meshes send to one place."""
    one, two = (method.fit(plate(seed)) for seed in (0, 1))
    return float(np.abs(one.transport(one.mesh.points, two) - two.mesh.points).max()), one


def advantage() -> float:
    """How many times closer the harmonic map brings the two meshes than equal weights do."""
    return gap(Tutte())[0] / gap(Harmonic())[0]


if __name__ == "__main__":
    panels = [
        (f"{type(m).__name__}, image", gap(m)[1].image, None, None, "")
        for m in (Tutte(), Harmonic())
    ]
    draw_panels(Path("harmonic_map.png"), [panels])
    print(f"the harmonic map brings two meshes {advantage():.1f} times closer together")

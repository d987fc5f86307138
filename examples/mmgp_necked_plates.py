"""MMGP on necked plates whose stress is known in closed form: no solver, no shape parameter given.

The plate spans |y| <= 1 and |x| <= w(y) = 1 - r (1 - y^2)^2; the stress is P / w.
Each plate has a grid of its own; the surrogate sees the mesh and P, never r.
"""

from pathlib import Path

import numpy as np

from understudy.data import Sample
from understudy.figures import draw_panels
from understudy.linalg import POD
from understudy.mesh import Mesh
from understudy.metrics import q2
from understudy.surrogates import MMGP, MMGPModel, Morpher, align


def plate(index: int) -> Sample:
    """A plate of random neck, load and grid."""
    rng = np.random.default_rng([1, index])
    neck, pull = rng.uniform(0.1, 0.6), rng.uniform(40.0, 50.0)
    nx, ny = rng.integers(13, 18, size=2)
    x, y = np.meshgrid(np.linspace(-1, 1, nx), np.linspace(-1, 1, ny))
    width = 1 - neck * (1 - y**2) ** 2
    corner = (np.arange(ny - 1)[:, None] * nx + np.arange(nx - 1)).ravel()
    lower = np.stack([corner, corner + 1, corner + nx + 1], axis=1)
    upper = np.stack([corner, corner + nx + 1, corner + nx], axis=1)
    points = np.stack([(x * width).ravel(), y.ravel()], axis=1)
    return Sample(
        index=index,
        seed=index,
        inputs={"P": pull},
        mesh=Mesh(points=points, triangles=np.concatenate([lower, upper])),
        fields={"stress": (pull / width).ravel()},
        scalars={"peak": pull / (1 - neck)},
    )


def trained(samples: int = 30) -> MMGPModel:
    """A surrogate of the first plates."""
    aligned = align([plate(i) for i in range(samples)], Morpher(), ["P"], {"stress": "MPa"})
    return MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=6)).fit(aligned)


def quality(model: MMGPModel) -> float:
    """Q2 of the stress on twenty new plates."""
    new = [plate(1000 + i) for i in range(20)]
    found = [model.predict(s.mesh, dict(s.inputs)).fields["stress"] for s in new if s.mesh]
    return q2([s.fields["stress"] for s in new], found)


if __name__ == "__main__":
    model, shown = trained(), plate(1000)
    found = model.predict(shown.mesh, dict(shown.inputs))
    limits = (float(shown.fields["stress"].min()), float(shown.fields["stress"].max()))
    panels = [
        ("stress [MPa]", shown.mesh, shown.fields["stress"], limits, "viridis"),
        ("MMGP", shown.mesh, found.fields["stress"], limits, "viridis"),
        ("deviation", shown.mesh, found.field_deviations["stress"], None, "magma"),
    ]
    draw_panels(Path("mmgp_necked_plates.png"), [panels])
    print(f"Q2 on unseen plates: {quality(model):.5f}")

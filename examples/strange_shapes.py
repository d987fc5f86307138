"""A surrogate says when a shape is not of the family that it was trained on."""

from pathlib import Path

import mmgp_necked_plates as necked
import numpy as np

from understudy.figures import draw_panels
from understudy.mesh import Mesh
from understudy.surrogates.encoding import Prediction


def bulged(mesh: Mesh, height: float) -> Mesh:
    """The plate with a bulge beside its neck, which no training plate has."""
    x, y = mesh.points.T
    wider = 1 + height * np.exp(-(((y - 0.4) / 0.3) ** 2))
    return Mesh(points=np.stack([x * wider, y], axis=1), triangles=mesh.triangles)


def decisions(heights: tuple[float, ...] = (0.0, 0.2)) -> list[Prediction]:
    """Predictions of one new plate with bulges of growing height."""
    model, new = necked.trained(40), necked.plate(1003)
    return [model.predict(bulged(new.mesh, h), dict(new.inputs)) for h in heights]


if __name__ == "__main__":
    heights = (0.0, 0.01, 0.05, 0.2)
    found, mesh = decisions(heights), necked.plate(1003).mesh
    panels = [
        (f"bulge {h}: {p.trust.decision}", bulged(mesh, h), p.fields["stress"], None, "viridis")
        for h, p in zip(heights, found, strict=True)
    ]
    draw_panels(Path("strange_shapes.png"), [panels])
    for h, p in zip(heights, found, strict=True):
        print(f"bulge {h}: {p.trust.decision}, p = {p.trust.p_value:.2g}: {p.trust.reason}")

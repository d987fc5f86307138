"""A front that moves through a plate: two modes after it was brought home, and two before.

The field is tanh((y - c) / w) on necked plates; c is given, the neck is read from the mesh.
"""

from pathlib import Path

import mmgp_necked_plates as necked
import numpy as np

from understudy.data import Sample
from understudy.figures import draw_panels
from understudy.linalg import POD
from understudy.mesh import refined
from understudy.surrogates import (
    MMGP,
    MMGPModel,
    Morpher,
    OptimalMorphing,
    OptimalMorphingModel,
    align,
)

WIDTH = 0.1


def part(index: int) -> Sample:
    """A necked plate with a front."""
    mesh = refined(necked.plate(index).mesh)
    place = np.random.default_rng([3, index]).uniform(-0.5, 0.5)
    u = np.tanh((mesh.points[:, 1] - place) / WIDTH)
    return Sample(index=index, seed=index, inputs={"c": place}, mesh=mesh, fields={"u": u})


def trained(samples: int = 20) -> tuple[MMGPModel, OptimalMorphingModel]:
    """Plain MMGP and optimal morphing, two modes each."""
    data = align([part(i) for i in range(samples)], Morpher(), ["c"], {})
    plain = MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=2))
    moved = OptimalMorphing(field="u", mmgp=plain, modes=8, rounds=2)
    return plain.fit(data), moved.fit(data)


def errors() -> tuple[float, float]:
    """Root mean square errors on new plates: plain, and with the front brought home."""
    new = [part(1000 + i) for i in range(8)]
    found = []
    for model in trained():
        gaps = [model.predict(s.mesh, dict(s.inputs)).fields["u"] - s.fields["u"] for s in new]
        found.append(float(np.sqrt(np.mean(np.concatenate(gaps) ** 2))))
    return found[0], found[1]


if __name__ == "__main__":
    s = part(1001)
    shown = [("truth", s.mesh, s.fields["u"], (-1.2, 1.2), "viridis")]
    for name, model in zip(("two modes", "two modes, moved"), trained(), strict=True):
        field = model.predict(s.mesh, dict(s.inputs)).fields["u"]
        shown.append((name, s.mesh, field, (-1.2, 1.2), "viridis"))
    draw_panels(Path("moving_front.png"), [shown])
    plain, moved = errors()
    print(f"error {plain:.3f} with plain modes, {moved:.3f} with moved ones")

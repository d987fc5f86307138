"""A zone under the motion of its edge does what it does inside the whole plate, to round-off.

A steel plate is hit on its top edge. The zone around its hole, marched on its own under the
recorded motion of its edge, has the same stresses as in the full run: rows of interior nodes are
the same in both matrices. Keeping 64 of the times and restoring the others by a spline costs less
than a percent.
"""

from pathlib import Path

import numpy as np

# Figures before finite elements: both bring a C++ library of the same name.
from understudy.figures.waves import film_strip  # isort: skip
from understudy.fem.impact_plate import ImpactPlate
from understudy.linalg.explicit import march
from understudy.mesh import Mesh
from understudy.surrogates.submodel import Held


def differences(mesh_size: float = 0.01) -> tuple[float, float]:
    """Greatest relative difference of peak stress: every step given, and 64 times given."""
    spec = ImpactPlate(mesh_size=mesh_size)
    plate = spec.prepare()
    zone = plate.zone()
    steps = plate.substeps * (spec.times - 1)
    dt = spec.duration / steps
    inputs, _ = spec.draw(np.random.default_rng(1))
    full = march(
        plate.system, dt=dt, steps=steps, load=plate.load(inputs, steps, dt),
        record=plate.plate.edge, observed=plate.observed,
    )  # fmt: skip
    own = march(
        zone.system, dt=dt, steps=steps, edge=zone.edge, motion=full.recorded,
        observed=zone.observed,
    )  # fmt: skip
    kept = np.moveaxis(full.recorded[:: plate.substeps], -1, 0)
    restored = Held(zone=zone).run(kept)[0]
    top = full.peak.max()
    exact = float(np.abs(own.peak - full.peak).max() / top)
    return exact, float(abs(restored.max() / top - 1))


def draw(path: Path) -> None:
    """The stress in the zone at four times."""
    spec = ImpactPlate(mesh_size=0.005)
    plate = spec.prepare()
    zone = plate.zone()
    history = plate.run(0, 1).displacement[None]
    cells = np.arange(len(zone.observed.triangles))
    stress = np.linalg.norm(Held(zone=zone).responses(history, cells)[0], axis=2) / 1e6
    mesh = Mesh(points=zone.mesh.points, triangles=zone.observed.triangles)
    film_strip(path, mesh, {"zone": stress[20:60:10]}, zone.times[20:60:10], label="MPa")


if __name__ == "__main__":
    draw(Path("submodel_identity.png"))
    exact, compressed = differences()
    print(f"every step given: {exact:.1e}; 64 times given: {compressed:.1e}")

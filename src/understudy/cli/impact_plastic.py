"""Stage: impacts on the plate whose zone may yield, the truth about a zone that does."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin, progress
from understudy.data import tree
from understudy.equations.constitutive import Material
from understudy.equations.plastic_march import PlasticCells, march_plastic
from understudy.fem.dynamics import Matrices, Solid
from understudy.fem.impact_plate import ImpactPlate
from understudy.files import versions, write_json
from understudy.mesh import area, hat_gradients

__all__ = ["main", "run"]


def run(settings: str, material: Material, seed: int, first: int, count: int, out: Path) -> None:
    """Run impacts `first` to `first + count - 1` on a plate with a zone that may yield.

    Args:
        settings: of the plate as JSON.
        material: of the zone; stresses in Pa.
        seed: of the data set.
        first: number of the first run.
        count: how many.
        out: JSON file to write.
    """
    spec = tree.build(ImpactPlate, json.loads(settings), "impact_plate")
    model, steel = spec.prepare(), Solid()
    mesh, zone = model.plate.mesh, model.plate.zone
    matrices = Matrices(mesh, steel, model.plate.bottom)
    cells = PlasticCells(
        triangles=mesh.triangles[zone],
        gradients=hat_gradients(mesh)[zone],
        area=np.abs(area(mesh))[zone],
        material=material,
    )
    steps = model.substeps * (spec.times - 1)
    dt = spec.duration / steps
    rows, show = [], progress(f"runs from {first}")
    for done, number in enumerate(range(first, first + count), start=1):
        rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
        inputs, coefficients = spec.draw(rng)
        system = matrices.system(model.young(coefficients))
        load = model.load(inputs, steps, dt)
        peak, accumulated = march_plastic(system, cells, dt=dt, steps=steps, load=load)
        rows.append(
            {
                "number": number,
                "stress": float(peak.max()),
                "plastic_strain": float(accumulated.max()),
                "yielded": float((accumulated > 0).mean()),
            }
        )
        show(done, count)
    write_json(
        out,
        {
            "runs": rows,
            "units": {"stress": "Pa", "plastic_strain": ""},
            "origin": origin("understudy.cli.impact_plastic", seed=seed),
            "software": versions(),
        },
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "impact-plastic")

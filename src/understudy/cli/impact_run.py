"""Stage: a batch of impacts on the plate. A run that fails is recorded with its reason."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin, progress
from understudy.data import tree
from understudy.data.histories import Histories, save_histories
from understudy.fem.adapter import ConvergenceError
from understudy.fem.impact_plate import ImpactPlate, Run

__all__ = ["main", "run"]


def run(
    settings: str, seed: int, first: int, count: int, out: Path, histories: bool = True
) -> None:
    """Run impacts `first` to `first + count - 1`.

    Args:
        settings: of the plate as JSON.
        seed: of the data set; it and the number of a run decide the run.
        first: number of the first run.
        count: how many.
        out: HDF5 file to write.
        histories: whether the displacement of the zone's edge is kept beside the stresses.
    """
    spec = tree.build(ImpactPlate, json.loads(settings), "impact_plate")
    model = spec.prepare()
    runs: dict[int, Run] = {}
    errors: dict[str, str] = {}
    show = progress(f"runs from {first}")
    for done, number in enumerate(range(first, first + count), start=1):
        try:
            runs[number] = model.run(seed, number)
        except (ConvergenceError, FloatingPointError) as reason:
            errors[str(number)] = f"{type(reason).__name__}: {reason}"
        show(done, count)
    edge = model.plate.mesh.points[model.plate.edge]
    found = list(runs.values())
    displacement = np.array([r.displacement for r in found if histories], dtype=np.float32)
    save_histories(
        out,
        Histories(
            name="impact_plate",
            units=dict(spec.units),
            specification=json.dumps(tree.plain(spec), sort_keys=True),
            times=model.times,
            nodes=edge,
            numbers=np.array(list(runs), dtype=np.int64),
            displacement=displacement.reshape(-1, len(model.times), len(edge), 2),
            peak=np.array([r.peak for r in found]).reshape(
                len(found), len(model.observed.triangles)
            ),
            inputs={
                k: np.array([r.inputs[k] for r in found])
                for k in ("position", "pressure", "pulse", "inclination")
            },
            residual=np.array([r.residual for r in found]),
            seconds=np.array([r.seconds for r in found]),
            errors=errors,
        ),
        origin("understudy.cli.impact_run", seed=seed),
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "impact-run")

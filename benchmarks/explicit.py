"""Explicit dynamics against the sparse products that it cannot do without.

Peer: SciPy's CSR product, as often as the march has steps, on the same matrix. CPU seconds, one
thread, the better of some repetitions, in one run. Also: what a submodel costs in batches, against
the ratio of the non-zeros of both models.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import time
from collections.abc import Callable

import h5py  # noqa: F401  before DOLFINx, whose HDF5 is another
import numpy as np

from understudy.fem.impact_plate import ImpactPlate
from understudy.linalg.explicit import march
from understudy.surrogates.submodel import DomainReduction, Held

BATCH = 32


def cpu_seconds(work: Callable[[], object], repetitions: int = 5) -> float:
    """The least of some repetitions, after one that warms up."""
    work()
    best = np.inf
    for _ in range(repetitions):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main(mesh_size: float = 0.004, batch: int = 32, repetitions: int = 5) -> dict[str, float]:
    """Ratios of CPU times by name."""
    spec = ImpactPlate(mesh_size=mesh_size)
    model = spec.prepare()
    steps = model.substeps * (spec.times - 1)
    dt = spec.duration / steps
    load = model.load(model.run(0, 0).inputs, steps, dt)
    matrix = model.system.stiffness.tocsr()
    u = np.random.default_rng(0).normal(size=matrix.shape[0])

    def products() -> None:
        for _ in range(steps):
            matrix @ u

    def marching() -> None:
        march(
            model.system, dt=dt, steps=steps, load=load, record=model.plate.edge,
            every=model.substeps, observed=model.observed,
        )  # fmt: skip

    csr, run = cpu_seconds(products, repetitions), cpu_seconds(marching, repetitions)
    whole = cpu_seconds(lambda: model.run(0, 1), repetitions)
    zone = model.zone()
    history = np.stack([model.run(0, i).displacement for i in range(batch)])
    held, reduced = Held(zone=zone), DomainReduction(nominal=zone, zone=zone)
    each = {
        name: cpu_seconds(lambda s=submodel: s.run(history), repetitions) / batch
        for name, submodel in (("held", held), ("domain_reduction", reduced))
    }
    return {
        "nodes": float(len(model.plate.mesh.points)),
        "steps": float(steps),
        "march_over_products": run / csr,
        "run_with_assembly_over_march": whole / run,
        "minutes_of_2000_runs_on_two_cores": 2000 * whole / 60 / 2,
        "ratio_of_non_zeros": matrix.nnz / zone.system.stiffness.tocsr().nnz,
        "march_over_held": run / each["held"],
        "march_over_domain_reduction": run / each["domain_reduction"],
    }


if __name__ == "__main__":
    for key, value in main().items():
        print(f"{key}: {value:.3g}")

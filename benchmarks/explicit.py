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


def main() -> None:
    """Print ratios."""
    spec = ImpactPlate()
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

    csr, run = cpu_seconds(products), cpu_seconds(marching)
    whole = cpu_seconds(lambda: model.run(0, 1))
    print(f"{len(model.plate.mesh.points)} nodes, {steps} steps")
    print(f"march / CSR products: {run / csr:.2f} (must 1.2, goal 0.8)")
    print(f"run with assembly / march: {whole / run:.2f}; 2,000 runs: {2000 * whole:.0f} CPU s")
    zone = model.zone()
    history = np.stack([model.run(0, i).displacement for i in range(BATCH)])
    held, reduced = Held(zone=zone), DomainReduction(nominal=zone, zone=zone)
    ratio = matrix.nnz / zone.system.stiffness.tocsr().nnz
    for name, submodel in (("held", held), ("domain reduction", reduced)):
        own = cpu_seconds(lambda s=submodel: s.run(history), 3) / BATCH
        print(f"march / {name} in batches of {BATCH}: {run / own:.1f} (non-zeros: {ratio:.1f})")


if __name__ == "__main__":
    main()

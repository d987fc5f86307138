"""Statistics of the greatest stress in a zone under a learned law, each with its interval."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.data.zone import Zone, load_zone
from understudy.files import versions, write_json
from understudy.surrogates.boundary_faces import Submodel
from understudy.surrogates.boundary_model import load_boundary
from understudy.surrogates.submodel import DomainReduction, Held

__all__ = ["main", "run", "submodel_of"]


def run(
    law: Positional[Path],
    /,
    zone: Path,
    out: Path,
    count: int = 2000,
    changed: Path | None = None,
    thresholds: tuple[float, ...] = (),
    seed: int = 0,
) -> None:
    """Run the zone on drawn histories and say what its greatest von Mises stress does.

    Args:
        law: HDF5 file of boundary-fit.
        zone: HDF5 file of the zone that the histories were recorded around.
        out: JSON file to write.
        count: draws.
        changed: HDF5 file of the zone as it is now; it is driven by domain reduction.
        thresholds: stresses whose probability to be exceeded is wanted, in Pa.
        seed: of the draws.
    """
    model = load_boundary(law)
    nominal = load_zone(zone)
    if model.nodes.shape != nominal.mesh.points[nominal.edge].shape or not np.allclose(
        model.nodes, nominal.mesh.points[nominal.edge]
    ):
        raise ValueError(f"{zone}: expected the edge that {law} was learned on, got another")
    submodel = submodel_of(nominal, None if changed is None else load_zone(changed))
    rng = np.random.default_rng(seed)
    found = model.law.estimate(submodel, count, rng, thresholds=thresholds)
    rows = {name: asdict(interval) for name, interval in found.statistics.items()}
    for threshold, interval in zip(found.thresholds, found.exceedance, strict=True):
        rows[f"exceeds_{threshold:g}"] = asdict(interval)
    write_json(
        out,
        {
            "quantity": "greatest von Mises stress over time and the inner zone",
            "unit": model.units["stress"],
            "level": found.level,
            "count": count,
            "statistics": rows,
            "origin": origin("understudy.cli.boundary_estimate", seed=seed),
            "software": versions(),
        },
    )
    for name, row in rows.items():
        sys.stdout.write(f"{name:>12} {row['value']:.4g} [{row['low']:.4g}, {row['high']:.4g}]\n")


def submodel_of(nominal: Zone, changed: Zone | None) -> Submodel:
    """The zone held at its edge, or as it is now under domain reduction."""
    if changed is None:
        return Held(zone=nominal)
    return DomainReduction(nominal=nominal, zone=changed)


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-estimate")

"""Stage: changed zones under exact histories, against full runs of the changed plate."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.boundary_data import chosen, named, read_runs, read_stresses
from understudy.data.zone import load_zone
from understudy.files import write_json
from understudy.surrogates.boundary_studies import change_errors
from understudy.surrogates.submodel import DomainReduction, Held

__all__ = ["main", "run"]


def run(
    histories: tuple[Path, ...],
    zone: Path,
    changed: tuple[str, ...],
    changed_reference: tuple[str, ...],
    loads: int,
    prefix: str,
    out: Path,
) -> None:
    """Drive each changed zone by histories of the plate without the change.

    Args:
        histories: runs of the plate without the change, with histories and stresses.
        zone: HDF5 file of its zone.
        changed: changed zones, words name=path.
        changed_reference: full runs of the changed plate of the same numbers, words name=path.
        loads: how many runs.
        prefix: start of every name.
        out: JSON file to write.
    """
    nominal = load_zone(zone)
    runs = read_runs(histories, nominal)
    metrics: dict[str, float] = {}
    held = Held(zone=nominal).run(runs.displacement[:loads])
    compression = held.max(axis=1) / runs.peak[:loads].max(axis=1) - 1
    metrics["identity.time_compression_worst"] = float(np.abs(compression).max())
    metrics["identity.time_compression_mean"] = float(np.abs(compression).mean())
    zones = named(changed, "--changed")
    for name, paths in named(changed_reference, "--changed-reference").items():
        truth = read_stresses(paths)
        common = np.intersect1d(truth.numbers, runs.numbers)[:loads]
        ours, theirs = (chosen(r, np.isin(r.numbers, common)) for r in (runs, truth))
        own = load_zone(zones[name][0])
        models = {"domain_reduction": DomainReduction(nominal=nominal, zone=own)}
        for method, submodel in (models | {"baseline_held": Held(zone=own)}).items():
            errors = change_errors(submodel, ours.displacement, theirs.peak)
            metrics |= {f"{name}.{method}.{key}": value for key, value in errors.items()}
        ignored = ours.peak.max(axis=1) / theirs.peak.max(axis=1) - 1
        metrics[f"{name}.baseline_unchanged.mean_bias"] = float(ignored.mean())
        metrics[f"{name}.baseline_unchanged.worst"] = float(np.abs(ignored).max())
    write_json(out, {f"{prefix}.{key}": value for key, value in metrics.items()})


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-changes")

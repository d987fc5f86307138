"""Stage: a zone that yields, under histories of a plate that did not."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call
from understudy.cli.boundary_data import chosen, read_runs
from understudy.data.zone import load_zone
from understudy.equations.constitutive import Material
from understudy.files import write_json
from understudy.surrogates.yielding_zone import yielding

__all__ = ["main", "run"]


def run(
    histories: tuple[Path, ...],
    zone: Path,
    truth: Path,
    material: Material,
    prefix: str,
    out: Path,
) -> None:
    """Compare the zone alone with the whole plate.

    Args:
        histories: runs of the plate that does not yield.
        zone: HDF5 file of its zone.
        truth: JSON file of impact-plastic.
        material: as there.
        prefix: start of every name.
        out: JSON file to write.
    """
    model = load_zone(zone)
    rows = {row["number"]: row for row in json.loads(truth.read_text())["runs"]}
    runs = read_runs(histories, model)
    runs = chosen(runs, np.isin(runs.numbers, list(rows)))
    full = [rows[number] for number in runs.numbers.tolist()]
    metrics: dict[str, float] = {"runs": len(full)}
    metrics["yielded_share"] = float(np.mean([row["yielded"] for row in full]))
    for method, reduced in (("domain_reduction", True), ("baseline_held", False)):
        found = [yielding(model, material, x, reduced=reduced) for x in runs.displacement]
        for k, name in enumerate(("stress", "plastic_strain")):
            own = np.array([pair[k].max() for pair in found])
            real = np.array([row[name] for row in full])
            sure = real > 0.05 * real.max()
            error = own[sure] / real[sure] - 1
            metrics[f"{method}.{name}.mean_bias"] = float(error.mean())
            metrics[f"{method}.{name}.worst"] = float(np.abs(error).max())
    write_json(out, {f"{prefix}.{key}": value for key, value in metrics.items()})


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-plastic")

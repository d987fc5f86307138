"""Stage: a zone that yields, under histories of a plate that did not."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from understudy.cli.arguments import call
from understudy.cli.boundary_data import chosen, read_runs
from understudy.data.zone import load_zone
from understudy.equations.constitutive import Material
from understudy.files import write_json
from understudy.surrogates.yielding_zone import yielding

__all__ = ["main", "relative_errors", "run"]


def run(
    histories: tuple[Path, ...],
    zone: Path,
    truth: Path,
    material: Material,
    prefix: str,
    out: Path,
) -> None:
    """Compare the zone alone with the whole plate; plastic strain only if a run has any.

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
        for part, name in enumerate(("stress", "plastic_strain")):
            own = np.array([pair[part].max() for pair in found])
            real = np.array([row[name] for row in full])
            metrics |= {f"{method}.{name}.{k}": v for k, v in relative_errors(own, real).items()}
    write_json(out, {f"{prefix}.{key}": value for key, value in metrics.items()})


def relative_errors(
    own: Float[np.ndarray, " n"], real: Float[np.ndarray, " n"]
) -> dict[str, float]:
    """Mean and worst error of values that are no less than a twentieth of the greatest.

    Nothing where all are zero, as strains of runs that do not yield.
    """
    sure = real > 0.05 * real.max()
    if not sure.any():
        return {}
    error = own[sure] / real[sure] - 1
    return {"mean_bias": float(error.mean()), "worst": float(np.abs(error).max())}


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-plastic")

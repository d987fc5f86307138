"""Stage: who answered what: the surrogate, the real solver, or nobody and why."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call
from understudy.data import Sample, read_samples
from understudy.files import write_json

__all__ = ["main", "run"]


def run(
    data: Path,
    decisions: Path,
    refused: Path,
    prefix: str,
    out: Path,
    table: Path,
    simulated: tuple[Path, ...] = (),
    imported: Path | None = None,
) -> None:
    """Count the answers, and compare simulations that were sent for with those of the data set.

    Args:
        data: HDF5 data set.
        decisions: JSON file of the mmgp-trust stage.
        refused: JSON file of the triage stage.
        prefix: start of every name.
        out: JSON file to write, numbers.
        table: JSON file to write, a row a refusal.
        simulated: HDF5 files of the simulate stage for the refused designs.
        imported: `scalars.csv` of mmgp-predict for meshes of one's own.
    """
    said = json.loads(decisions.read_text())["decisions"]
    reasons = json.loads(refused.read_text())["reasons"]
    found = {s.index: s for path in simulated for s in read_samples(path)}
    known = {s.index: s for s in read_samples(data, found)}
    own = _rows(imported)
    kept = [d for d in said if str(d["index"]) not in reasons]
    counts: dict[str, float] = {
        "design.asked": len(said),
        "design.accepted": sum(d["decision"] == "accept" for d in kept),
        "design.warned": sum(d["decision"] == "warn" for d in kept),
        "design.refused": len(reasons),
        "design.simulated": sum(not s.error for s in found.values()),
        "design.failed": sum(bool(s.error) for s in found.values()),
        "design.largest_difference": max(
            (_gap(s, known[i]) for i, s in found.items()), default=0.0
        ),
        "imported.asked": len(own),
        "imported.refused": sum(row["decision"] == "refuse" for row in own),
    }
    if {*map(str, found)} != {*reasons}:
        raise ValueError(f"{refused}: expected {len(reasons)} simulations, got {len(found)}")
    write_json(out, {f"{prefix}.answers.{name}": value for name, value in counts.items()})
    rows: list[list[Any]] = [
        [f"design {i}", why, "failed" if found[int(i)].error else "simulated"]
        for i, why in reasons.items()
    ]
    rows += [
        [Path(r["mesh"]).name, r["reason"], "no answer"] for r in own if r["decision"] == "refuse"
    ]
    write_json(table, {"rows": rows})


def _rows(path: Path | None) -> list[dict[str, str]]:
    if path is None:
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _gap(one: Sample, two: Sample) -> float:
    """Greatest difference of any field over its greatest value; infinite if one failed alone."""
    if bool(one.error) != bool(two.error):
        return float("inf")
    pairs = [(v, two.fields[n]) for n, v in one.fields.items()]
    return max(
        (float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs if b.any()), default=0.0
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mmgp-answers")

"""Stage: the zone of the plate alone, as a model that needs no finite-element library."""

import json
from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin
from understudy.data import tree
from understudy.data.zone import save_zone
from understudy.fem.impact_plate import ImpactPlate

__all__ = ["main", "run"]


def run(settings: str, out: Path) -> None:
    """Cut the zone out of the plate.

    Args:
        settings: of the plate as JSON.
        out: HDF5 file to write.
    """
    spec = tree.build(ImpactPlate, json.loads(settings), "impact_plate")
    save_zone(out, spec.prepare().zone(), origin("understudy.cli.impact_zone"))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "impact-zone")

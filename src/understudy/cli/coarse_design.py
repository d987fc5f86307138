"""Stage: the designs of a set once more, on coarser meshes."""

import json
from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call
from understudy.files import write_json

__all__ = ["main", "run"]


def run(design: Path, set: str, mesh_factor: float, out: Path) -> None:
    """Write a design for the simulate stage.

    Args:
        design: JSON file of the design stage.
        set: name of the set.
        mesh_factor: by how much the triangles are larger.
        out: JSON file to write.
    """
    if not mesh_factor > 0:
        raise ValueError(f"mesh_factor: expected a positive number, got {mesh_factor}")
    plan = json.loads(design.read_text())
    if set not in plan["sets"]:
        raise ValueError(f"{design}: expected a set of {sorted(plan['sets'])}, got {set!r}")
    wanted = {*plan["sets"][set]}
    coarse = {
        "settings": plan["settings"] | {"mesh_size": mesh_factor * plan["settings"]["mesh_size"]},
        "sets": {set: plan["sets"][set]},
        "samples": [s for s in plan["samples"] if s["index"] in wanted],
    }
    write_json(out, plan | coarse)


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "coarse-design")

"""Stage: which designs the surrogate refused, as a design for the real solver."""

import json
from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call
from understudy.files import write_json

__all__ = ["main", "run"]


def run(design: Path, decisions: Path, out: Path, forced: int = 0) -> None:
    """Write the refused part of a design; the simulate stage takes it as any other.

    Args:
        design: JSON file of the design stage.
        decisions: JSON file of the mmgp-trust stage.
        out: JSON file to write.
        forced: that many samples, the first of the list, are refused whatever the surrogate said:
            a rehearsal.
    """
    plan, said = json.loads(design.read_text()), json.loads(decisions.read_text())["decisions"]
    reasons = {d["index"]: d["reason"] for d in said if d["decision"] == "refuse"}
    for entry in said[:forced]:
        reasons.setdefault(entry["index"], "refused for a rehearsal")
    samples = [s for s in plan["samples"] if s["index"] in reasons]
    lost = {*reasons} - {s["index"] for s in samples}
    if lost:
        raise ValueError(f"{design}: expected the designs of all decisions, got none of {lost}")
    refused = [s["index"] for s in samples]
    told = {str(i): reasons[i] for i in refused}
    write_json(out, plan | {"sets": {"refused": refused}, "samples": samples, "reasons": told})


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "triage")

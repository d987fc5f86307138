"""What a finished study says of itself: numbers, settings, code, software and machine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

__all__ = ["Record", "flat", "read_record", "stage_of_rule", "stage_of_verb"]

_STAGES = ("boundary", "prose", "evolution", "convex", "chain", "plate", "report")
_DATA = ("design", "simulate", "collect_samples", "impact_run", "impact_zone")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Record:
    """A study's own account.

    Attributes:
        folder: of the study.
        metrics: numbers that inputs and seeds determine, by name.
        settings: its configuration.
        codes: digest of the code by verb, folder of each data set, digest of the workflow.
        software: versions by name.
        machine: system, processor and cores.
    """

    folder: Path
    metrics: Mapping[str, Any]
    settings: Mapping[str, Any]
    codes: Mapping[str, str]
    software: Mapping[str, str]
    machine: Mapping[str, Any]


def read_record(folder: Path) -> Record:
    """Read a study's folder.

    Raises:
        ValueError: a file is missing, is no JSON or lacks a key; names it and what to do.
    """
    metrics, origin = _json(folder / "metrics.json"), _json(folder / "provenance.json")
    for key in ("settings", "codes", "software", "machine"):
        if not isinstance(origin.get(key), dict):
            raise ValueError(
                f"{folder / 'provenance.json'}: expected a mapping {key!r}, got {sorted(origin)}"
            )
    for key in ("codes", "software"):
        strange = [name for name, value in origin[key].items() if not isinstance(value, str)]
        if strange:
            raise ValueError(
                f"{folder / 'provenance.json'}: expected text at {key}.{strange[0]}, "
                f"got {origin[key][strange[0]]!r}"
            )
    return Record(
        folder=folder, metrics=metrics, settings=origin["settings"], codes=origin["codes"],
        software=origin["software"], machine=origin["machine"],
    )  # fmt: skip


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ValueError(f"{path}: no such file; is the study finished? see understudy status")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: not a whole JSON file ({error})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: expected a mapping, got {type(found).__name__}")
    return found


def flat(value: Any, prefix: str = "") -> dict[str, Any]:  # noqa: ANN401
    """Leaves of nested mappings by dotted name; lists are leaves."""
    if not isinstance(value, Mapping):
        return {prefix: value}
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= flat(item, f"{prefix}.{key}" if prefix else str(key))
    return found


def stage_of_verb(verb: str) -> str:
    """Stage that a verb belongs to: that of its first word, or mmgp, which came first."""
    word = verb.replace("-", "_").partition("_")[0]
    word = {"impact": "boundary"}.get(word, word)
    return word if word in _STAGES else "mmgp"


def stage_of_rule(rule: str) -> str:
    """Stage that a rule of the workflow belongs to, data sets apart."""
    if rule in _DATA:
        return "data"
    return "report" if rule in ("all", "rule_graph", "crate") else stage_of_verb(rule)

"""What differs between two studies, and what may be the reason."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from understudy.studies.record import Record, flat, stage_of_verb

__all__ = ["Cause", "Change", "causes", "changes", "relative"]

_SET = "data set "


@final
@dataclass(frozen=True, kw_only=True)
class Change:
    """A value that differs.

    Attributes:
        kind: settings, code, software, machine or metrics.
        name: dotted name.
        first: value in the first study; None where it has none.
        second: value in the second.
    """

    kind: str
    name: str
    first: Any
    second: Any


@final
@dataclass(frozen=True, kw_only=True)
class Cause:
    """Metrics of a stage that differ, and the changes that may be the reason.

    Attributes:
        stage: first word of their names.
        metrics: how many differ or stand in one study alone.
        greatest: relative difference of those that both have.
        where: the metric with the greatest difference.
        reasons: changes that reach the stage; software and machine where nothing else does.
    """

    stage: str
    metrics: int
    greatest: float
    where: str
    reasons: tuple[Change, ...]


def changes(first: Record, second: Record) -> list[Change]:
    """All that differs, settings first, numbers last."""
    found = []
    for kind, a, b in (
        ("settings", flat(first.settings), flat(second.settings)),
        ("code", first.codes, second.codes),
        ("software", first.software, second.software),
        ("machine", first.machine, second.machine),
        ("metrics", first.metrics, second.metrics),
    ):
        found += [
            Change(kind=kind, name=name, first=a.get(name), second=b.get(name))
            for name in sorted({*a, *b})
            if a.get(name) != b.get(name)
        ]
    return found


def relative(change: Change) -> float:
    """Relative difference of two numbers; 0 where one of them is none."""
    a, b = change.first, change.second
    if not all(isinstance(v, int | float) for v in (a, b)):
        return 0.0
    return abs(a - b) / max(abs(a), abs(b)) if math.isfinite(a) and math.isfinite(b) else math.inf


def causes(found: list[Change], first: Record, second: Record) -> list[Cause]:
    """Metrics that differ, by stage, each with the changes that reach the stage."""
    numbers = [c for c in found if c.kind == "metrics"]
    settings = {**first.settings, **second.settings}
    rest = tuple(c for c in found if c.kind in ("software", "machine"))
    out = []
    for stage in sorted({c.name.partition(".")[0] for c in numbers}):
        own = [c for c in numbers if c.name.partition(".")[0] == stage]
        worst = max(own, key=relative)
        direct = tuple(
            c for c in found if c.kind in ("settings", "code") and _reaches(c, stage, settings)
        )
        out.append(
            Cause(
                stage=stage, metrics=len(own), greatest=relative(worst), where=worst.name,
                reasons=direct or rest,
            )
        )  # fmt: skip
    return out


def _reaches(change: Change, stage: str, settings: Mapping[str, Any]) -> bool:
    """Whether a setting or a digest decides numbers of a stage."""
    head, _, tail = change.name.partition(".")
    if change.kind == "code":
        if change.name.startswith(_SET):
            return _uses(settings, stage, change.name.removeprefix(_SET))
        return change.name != "workflow" and stage_of_verb(change.name) == stage
    if head == "data_sets":
        return _uses(settings, stage, tail.partition(".")[0])
    return head in (stage, "seed")


def _uses(settings: Mapping[str, Any], stage: str, name: str) -> bool:
    """Whether the block of a stage names a data set, or the beginning of its name."""
    block = settings.get(stage, {})
    return json.dumps(name) in json.dumps(block) or any(name.startswith(f"{k}_") for k in block)

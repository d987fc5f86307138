"""How far numbers of a study may lie from those of a reference, by name, and why."""

import fnmatch
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import yaml

__all__ = ["Outcome", "Tolerance", "judge", "read_tolerances"]

_KEYS = {"metrics", "relative", "absolute", "why"}


@final
@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """A bound |x - reference| <= absolute + relative |reference|.

    Attributes:
        metrics: pattern of names, as a shell writes it.
        relative: share of the reference.
        absolute: in the unit of the metric.
        why: where the bound comes from.
    """

    metrics: str
    relative: float
    absolute: float
    why: str

    def __post_init__(self) -> None:
        for name in ("relative", "absolute"):
            value = getattr(self, name)
            if not 0.0 <= value < math.inf:
                raise ValueError(f"{name}: expected a number of at least 0, got {value!r}")
        if not self.why:
            raise ValueError(f"why: expected a reason for {self.metrics!r}, got none")


@final
@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A metric against its reference.

    Attributes:
        name: of the metric.
        found: in the study; None where it has none.
        reference: None where it has none.
        bound: greatest difference allowed.
        pattern: of the tolerance that says so.
    """

    name: str
    found: float | int | None
    reference: float | int | None
    bound: float
    pattern: str

    @property
    def share(self) -> float:
        """Difference as a share of the bound; more than 1 is too far, inf a lacking number."""
        if self.found is None or self.reference is None:
            return 0.0 if self.found == self.reference else math.inf
        gap = abs(self.found - self.reference)
        if gap <= self.bound:
            return gap / self.bound if self.bound else 0.0
        return gap / self.bound if self.bound else math.inf


def read_tolerances(path: Path) -> list[Tolerance]:
    """Tolerances of a YAML file, in its order.

    Raises:
        ValueError: missing, no YAML, another key; names file and entry.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not YAML ({error})") from error
    rows = found.get("tolerances") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{path}: expected a list 'tolerances', got {type(rows).__name__}")
    out = []
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or set(row) != _KEYS:
            raise ValueError(f"{path}, tolerances[{number}]: expected keys {sorted(_KEYS)}")
        for key in ("relative", "absolute"):
            if not isinstance(row[key], int | float) or isinstance(row[key], bool):
                raise ValueError(
                    f"{path}, tolerances[{number}].{key}: expected a number, got {row[key]!r}"
                )
        for key in ("metrics", "why"):
            if not isinstance(row[key], str):
                raise ValueError(
                    f"{path}, tolerances[{number}].{key}: expected text, got {row[key]!r}"
                )
        try:
            out.append(
                Tolerance(
                    metrics=row["metrics"], relative=float(row["relative"]),
                    absolute=float(row["absolute"]), why=row["why"],
                )
            )  # fmt: skip
        except ValueError as error:
            raise ValueError(f"{path}, tolerances[{number}]: {error}") from error
    return out


def judge(
    metrics: Mapping[str, Any], reference: Mapping[str, Any], tolerances: Sequence[Tolerance]
) -> list[Outcome]:
    """Every metric of either, against the first tolerance whose pattern fits.

    Raises:
        ValueError: a metric that no pattern fits.
    """
    out = []
    for name in sorted({*metrics, *reference}):
        fitting = [t for t in tolerances if fnmatch.fnmatchcase(name, t.metrics)]
        if not fitting:
            raise ValueError(f"{name}: expected a tolerance whose pattern fits, got none")
        base = reference.get(name)
        bound = fitting[0].absolute + fitting[0].relative * abs(base or 0.0)
        out.append(
            Outcome(
                name=name, found=metrics.get(name), reference=base, bound=bound,
                pattern=fitting[0].metrics,
            )
        )  # fmt: skip
    return out

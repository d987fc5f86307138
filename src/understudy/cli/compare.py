"""What differs between two studies, and what may be the reason."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.studies import Change, causes, changes, read_record

__all__ = ["main", "run"]

_SHOWN = 20


def run(first: Positional[Path], second: Positional[Path], /) -> None:
    """Print settings, code, versions, machine and numbers that differ, and why numbers may.

    Args:
        first: folder of a finished study, or results/NAME kept elsewhere.
        second: folder of another.
    """
    one, other = read_record(first), read_record(second)
    found = changes(one, other)
    for kind in ("settings", "code", "software", "machine", "metrics"):
        own = [c for c in found if c.kind == kind]
        sys.stdout.write(f"{kind}: {len(own) or 'nothing'} differ{'s' * (len(own) < 2)}\n")
        for change in own[:_SHOWN]:
            sys.stdout.write(f"  {change.name}: {_show(change.first)} | {_show(change.second)}\n")
        if len(own) > _SHOWN:
            sys.stdout.write(f"  and {len(own) - _SHOWN} more\n")
    for cause in causes(found, one, other):
        sys.stdout.write(
            f"why {cause.stage} ({cause.metrics} numbers, at most {cause.greatest:.2g} of "
            f"{cause.where}): {_reasons(cause.reasons)}\n"
        )


def _reasons(reasons: Sequence[Change]) -> str:
    names = [f"{c.kind} {c.name}" for c in reasons]
    if not names:
        return "nothing that was recorded differs; is the stage reproducible?"
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _show(value: Any) -> str:  # noqa: ANN401
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "compare")

"""Numbers of a study against those of a reference, within stated tolerances."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.files import write_json
from understudy.studies import judge, progress_of, read_record, read_tolerances

__all__ = ["main", "run"]

_SHOWN = 10


def run(
    study: Positional[Path], /, reference: Path, tolerances: Path, write: Path | None = None
) -> None:
    """Compare; fail when a number is further from the reference than its tolerance.

    Args:
        study: folder of a finished study.
        reference: folder with metrics.json and provenance.json of the reference.
        tolerances: YAML file: patterns of names, bounds and their reasons.
        write: log of the study; make it the reference instead of comparing.
    """
    record = read_record(study)
    if write is not None:
        _store(study, reference, write)
        return
    known = read_record(reference)
    outcomes = judge(record.metrics, known.metrics, read_tolerances(tolerances))
    for pattern in dict.fromkeys(o.pattern for o in outcomes):
        own = [o for o in outcomes if o.pattern == pattern]
        worst = max(own, key=lambda o: o.share)
        sys.stdout.write(
            f"{pattern}: {len(own)} numbers, at most {worst.share:.2g} of the tolerance"
            f" ({worst.name})\n"
        )
    wrong = sorted((o for o in outcomes if o.share > 1.0), key=lambda o: -o.share)
    for o in wrong[:_SHOWN]:
        sys.stdout.write(
            f"too far: {o.name}: expected {o.reference} within {o.bound:.3g}, got {o.found}\n"
        )
    if wrong:
        raise RuntimeError(
            f"{len(wrong)} of {len(outcomes)} numbers of {study} are not those of {reference}; "
            f"try understudy compare {reference} {study}, which tells what else differs"
        )
    sys.stdout.write(f"verify: {len(outcomes)} numbers of {study} agree with {reference}\n")


def _store(study: Path, reference: Path, log: Path) -> None:
    """Keep what is compared, and seconds of a job by rule."""
    for name in ("metrics.json", "provenance.json"):
        reference.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(study / name, reference / name)
    with log.open(encoding="utf-8") as lines:
        done = progress_of(lines).finished
    seconds = {rule: round(sum(times) / len(times), 1) for rule, times in done.items()}
    write_json(reference / "seconds.json", seconds)
    sys.stdout.write(f"verify: {reference} is the reference now\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "verify")

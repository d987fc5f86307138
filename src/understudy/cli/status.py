"""How far a study is."""

import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.studies import follow, plan, progress_of
from understudy.studies.progress import duration

__all__ = ["main", "run"]


def run(
    study: Positional[str] = "",
    /,
    folder: Path = Path(),
    usual: Path | None = None,
    cores: int = 0,
    stream: bool = False,
) -> None:
    """Print a line a stage of a study that runs or ran in a folder: jobs, times, what runs now.

    Args:
        study: its name; without one, whatever Snakemake did last here.
        folder: where the workflow runs.
        usual: JSON file with seconds of a job by rule in an earlier run.
        cores: that the study may use; 0: those of this machine.
        stream: pass a running study's log from standard input on, with its stages in between.
    """
    path = usual or folder / "tests" / "reference" / (study or "quick") / "seconds.json"
    seconds = json.loads(path.read_text()) if path.is_file() else {}
    many = cores or len(os.sched_getaffinity(0))
    if stream:
        for line in follow(sys.stdin, seconds, many):
            sys.stdout.write(line)
            sys.stdout.flush()
        return
    log = _log(folder, study)
    progress = progress_of(log.read_text(encoding="utf-8", errors="replace").splitlines())
    state = "failed" if progress.failed else "ended" if progress.ended else "running"
    done, total = progress.steps
    sys.stdout.write(f"{study or log.name}: {state}, {done} of {total} jobs done\n")
    for text in plan(progress, seconds, many):
        sys.stdout.write(f"  {text}\n")
    for begun, message in () if progress.ended else progress.running.values():
        age = (datetime.now() - begun).total_seconds()
        sys.stdout.write(f"  now: {message}, for {duration(age)}\n")
    for rule in progress.failed:
        sys.stdout.write(f"  failed: {rule}; its log is named in {log}\n")


def _log(folder: Path, study: str) -> Path:
    """The log of a study's last run, or the newest of Snakemake's own."""
    own = folder / ".snakemake" / f"study-{study}.log"
    if study and own.is_file():
        return own
    logs = sorted((folder / ".snakemake" / "log").glob("*.snakemake.log"))
    if not logs or study:
        raise ValueError(
            f"{own if study else folder / '.snakemake' / 'log'}: no log of a study; "
            f"try bash workflow/study.sh {study or 'quick'}, or no name for the last run"
        )
    return logs[-1]


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "status")

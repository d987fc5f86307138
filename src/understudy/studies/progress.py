"""How far a study is, read from what Snakemake writes while it runs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import final

from understudy.studies.record import stage_of_rule

__all__ = ["Progress", "Stage", "duration", "follow", "plan", "progress_of", "stages"]

_DOES = {
    "data": "simulates by finite elements and collects data sets",
    "mmgp": "learns fields on meshes, beside what one would try first",
    "boundary": "learns the law at the edge of a zone, and what the zone does under it",
    "prose": "finds equations behind trajectories",
    "evolution": "learns fields that evolve",
    "convex": "fits networks with a certificate",
    "chain": "joins the stages in one question",
    "plate": "joins the stages in one question",
    "report": "writes the report, numbers, times and provenance",
}
_ORDER = list(_DOES)
_TIME = re.compile(r"\[(\w{3} \w{3} +\d+ [\d:]{8} \d{4})\]")
_BEGUN = re.compile(r"Job (\d+): (.*)")
_DONE = re.compile(r"Finished jobid: (\d+) \(Rule: (\w+)\)")
_COUNT = re.compile(r"(\w+) +(\d+)")
_STEPS = re.compile(r"(\d+) of (\d+) steps")


@final
@dataclass
class Progress:
    """What a log tells so far.

    Attributes:
        planned: jobs by rule, from the table at the start.
        finished: seconds of each finished job, by rule.
        running: start and message of each job that runs, by number.
        failed: rules of jobs that failed.
        steps: done and in all, as Snakemake counts them.
        ended: whether the last line of a run has come.
        first: time of the first job.
        last: latest time in the log.
    """

    planned: Counter[str] = field(default_factory=Counter)
    finished: dict[str, list[float]] = field(default_factory=dict)
    running: dict[int, tuple[datetime, str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    steps: tuple[int, int] = (0, 0)
    ended: bool = False
    first: datetime | None = None
    last: datetime | None = None
    _table: bool = False

    def take(self, line: str) -> None:
        """Learn from a line."""
        if found := _TIME.match(line):
            self.last = datetime.strptime(found[1], "%a %b %d %H:%M:%S %Y")
            self.first = self.first or self.last
        elif line.startswith("Job stats:"):
            self._table = True
            self.planned.clear()
        elif self._table and (found := _COUNT.fullmatch(line.strip())):
            self._table = found[1] != "total"
            if found[1] not in ("total", "all", "job"):
                self.planned[found[1]] = int(found[2])
        elif (found := _BEGUN.match(line)) and self.last:
            self.running[int(found[1])] = (self.last, found[2])
        elif (found := _DONE.match(line)) and self.last:
            begun, _ = self.running.pop(int(found[1]), (self.last, ""))
            self.finished.setdefault(found[2], []).append((self.last - begun).total_seconds())
        elif found := _STEPS.match(line):
            self.steps = (int(found[1]), int(found[2]))
        elif line.startswith("Error in rule "):
            self.failed.append(line.split()[3].rstrip(":"))
        elif line.startswith(("Complete log", "Nothing to be done")):
            self.ended = True


@final
@dataclass(frozen=True, kw_only=True)
class Stage:
    """Jobs of a stage.

    Attributes:
        name: of the stage.
        does: in words.
        done: finished jobs.
        total: planned jobs.
        spent: seconds of finished jobs.
        left: seconds that the others take, of one core; None where nobody knows.
    """

    name: str
    does: str
    done: int
    total: int
    spent: float
    left: float | None


def progress_of(lines: Iterable[str]) -> Progress:
    """What a whole log tells."""
    progress = Progress()
    for line in lines:
        progress.take(line.rstrip("\n"))
    return progress


def stages(progress: Progress, usual: Mapping[str, float]) -> list[Stage]:
    """Stages in their order.

    Args:
        progress: of the study.
        usual: seconds of a job by rule in an earlier run; those of this run come first.
    """
    out = []
    names = {stage_of_rule(rule) for rule in {*progress.planned, *progress.finished}}
    for name in sorted(names, key=lambda n: _ORDER.index(n) if n in _ORDER else len(_ORDER)):
        done, total, spent, left = 0, 0, 0.0, 0.0
        known = True
        for rule in {*progress.planned, *progress.finished}:
            if stage_of_rule(rule) != name:
                continue
            times = progress.finished.get(rule, [])
            planned = max(progress.planned[rule], len(times))
            mean = sum(times) / len(times) if times else usual.get(rule)
            done, total, spent = done + len(times), total + planned, spent + sum(times)
            known = known and (mean is not None or planned == len(times))
            left += (mean or 0.0) * (planned - len(times))
        does = _DOES.get(name, name)
        known_left = left if known else None
        out.append(
            Stage(name=name, does=does, done=done, total=total, spent=spent, left=known_left)
        )
    return out


def plan(progress: Progress, usual: Mapping[str, float], cores: int) -> list[str]:
    """A line a stage: what it does, its jobs, and how long they will take."""
    out = []
    for stage in stages(progress, usual):
        if stage.done == stage.total:
            time = f"done, {duration(stage.spent)} of a core"
        elif stage.left is None:
            time = "time not known yet"
        else:
            time = f"about {duration(stage.left / cores)} left"
        out.append(f"{stage.name:<10} {stage.done:>4} of {stage.total:<4} {time:<24} {stage.does}")
    return out


def follow(lines: Iterable[str], usual: Mapping[str, float], cores: int) -> Iterator[str]:
    """The lines of a log; the plan behind its table of jobs, and a line where a stage ends."""
    progress, told = Progress(), set[str]()
    for line in lines:
        yield line
        before = progress._table
        progress.take(line.rstrip("\n"))
        if before and not progress._table:
            yield from (f"stage {text}\n" for text in plan(progress, usual, cores))
        if line.startswith("Finished jobid"):
            for stage in stages(progress, usual):
                if stage.done == stage.total and stage.name not in told:
                    told.add(stage.name)
                    yield f"stage {stage.name}: done, {duration(stage.spent)} of a core\n"


def duration(seconds: float) -> str:
    """Seconds in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

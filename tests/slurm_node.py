"""What tests ask of a real Slurm of one node, and what they do to it."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

HOME = Path(os.environ.get("SLURM_HOME", "/run/understudy-slurm"))
OVER = ("CANCELLED", "COMPLETED", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT")


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as Slurm knows it.

    Attributes:
        number: its number.
        state: RUNNING, COMPLETED, ...
        elapsed: how long it ran.
        memory: what it asked for.
        limit: of its time.
        name: rule and wildcards, as Snakemake writes them into the comment.
    """

    number: int
    state: str
    elapsed: str
    memory: str
    limit: str
    name: str

    @property
    def rule(self):
        return self.name.removeprefix("rule_").partition("_wildcards_")[0]

    @property
    def title(self):
        return self.name.removeprefix("rule_").replace("_wildcards_", ": ")


def ask(*words):
    """Output of a command of Slurm; it is asked again while the controller is away."""
    for _ in range(60):
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout
        time.sleep(1)
    raise RuntimeError(f"{words}: {done.stderr}")


def jobs():
    """All jobs since the node came up, by number."""
    text = ask("squeue", "--states=all", "--noheader", "--format=%i|%T|%M|%m|%l|%k")
    rows = [line.split("|") for line in text.splitlines()]
    found = [
        Job(number=int(n), state=state, elapsed=t, memory=m, limit=limit, name=name)
        for n, state, t, m, limit, name in rows
    ]
    return sorted(found, key=lambda job: job.number)


def table(found):
    """Jobs as text, a line each."""
    rows = [("job", "state", "elapsed", "memory", "limit", "rule: wildcards")]
    rows += [(str(j.number), j.state, j.elapsed, j.memory, j.limit, j.title) for j in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(w.ljust(n) for w, n in zip(row, widths, strict=True)) for row in rows]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def count(found, state):
    return sum(job.state == state for job in found)


def drain():
    node = ask("sinfo", "--noheader", "--format=%n").strip()
    ask("scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=maintenance")


def resume():
    node = ask("sinfo", "--noheader", "--format=%n").strip()
    ask("scontrol", "update", f"NodeName={node}", "State=RESUME")


def kill_daemon():
    """SIGKILL for Slurm's controller, once it has saved the last that happened.

    Its state on disk, written some seconds late, is all that survives; jobs that it launched and
    had not saved it would launch again, and drain the node for it.
    """
    log, state = HOME / "logs/slurmctld.log", HOME / "state/job_state"
    end = time.monotonic() + 60
    while state.stat().st_mtime <= log.stat().st_mtime:
        assert time.monotonic() < end, f"{state} is older than {log}"
        time.sleep(0.1)
    process = int((HOME / "slurmctld.pid").read_text())
    os.kill(process, signal.SIGKILL)
    while Path(f"/proc/{process}").exists():
        time.sleep(0.1)


def start_daemon():
    subprocess.run(["slurmctld"], check=True)


def out_of_memory():
    """Numbers of jobs with a step that was killed for its memory."""
    log = (HOME / "logs/slurmd.log").read_text()
    return {int(number) for number in re.findall(r"oom-kill.* StepId=(\d+)\.", log)}


def freeze(folder, verb):
    """Stop processes of a verb that work in a folder, as if they hung; how many there were."""
    stopped = 0
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                if verb.encode() in words and (process / "cwd").resolve() == folder:
                    os.kill(int(process.name), signal.SIGSTOP)
                    stopped += 1
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue
    return stopped

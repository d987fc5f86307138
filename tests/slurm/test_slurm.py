"""The tiny study as jobs of a real Slurm that loses jobs, its node and its controller.

`make test-slurm` brings the node up and runs this; what happened is left in results/test-slurm/.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import slurm_node as node

ROOT = Path(__file__).parents[2]
PARTS = "Snakefile workflow config profiles src envs data/imported data/outside".split()
LEFT = ROOT / "results/test-slurm"
HOURS = 3600.0
# Slurm counts time in whole minutes and polls are quick, because jobs of this study take seconds.
QUICK = [
    "--cores", "2", "--latency-wait", "10", "--seconds-between-status-checks", "3",
    "--slurm-init-seconds-before-status-checks", "3",
]  # fmt: skip
# First attempts that cannot succeed: too little memory for a solver, minutes for what will hang.
TIGHT = [
    "--set-resources", "simulate:mem_mb=300 if attempt == 1 else 1500",
    "prose_train:runtime=3 if attempt == 1 else 60",
    # Said here because what a command line sets takes the place of what a profile sets.
    "mpi_check:mpi=srun --mpi=pmix",
]  # fmt: skip

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(not node.HOME.is_dir(), reason="Slurm is down: make test-slurm"),
]


def environment():
    """Without thread counts of the test session, which processors' counts would obey."""
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    return kept | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def copied(folder):
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    return folder


class Controller:
    """Snakemake in a folder, in the background."""

    def __init__(self, folder, log):
        self.folder, self.log = folder, log
        self.start()

    def start(self):
        command = ["snakemake", "all", "mpi_check", "--workflow-profile", "profiles/slurm"]
        command += ["--configfile", "config/tiny.yaml", *QUICK, *TIGHT]
        with self.log.open("a") as out:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment(), stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip

    def kill(self):
        """SIGKILL; its jobs go on, and are ended by their common name as the manual says."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        run = re.findall(r"SLURM run ID: (\S+)", self.log.read_text())[-1]
        node.ask("scancel", f"--name={run}")
        while any(job.state in ("RUNNING", "COMPLETING", "PENDING") for job in node.jobs()):
            time.sleep(1)
        subprocess.run(
            ["snakemake", "--unlock", "--configfile", "config/tiny.yaml"],
            cwd=self.folder, env=environment(), check=True, capture_output=True,
        )  # fmt: skip


def products(folder):
    """Files of all rules, and which write made them."""
    found = {}
    for path in sorted([*folder.glob("results/**/*"), *folder.glob("data/generated/**/*")]):
        passing = {"logs", "benchmarks"} & set(path.parts) or path.suffix == ".checkpoint"
        if path.is_file() and not passing:
            found[str(path.relative_to(folder))] = (path.stat().st_ino, path.stat().st_mtime_ns)
    return found


def wait_for(condition, controller, what):
    """Look at the jobs each second until a condition holds."""
    end = time.monotonic() + HOURS
    while not condition(found := node.jobs()):
        assert controller.process.poll() is None, f"snakemake ended before {what}"
        assert time.monotonic() < end, what
        time.sleep(1)
    return found


def running(found, rule):
    return [job for job in found if job.rule == rule and job.state == "RUNNING"]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The story of a run: what was done to it, files at some time, jobs, folders."""
    local, cluster = (copied(tmp_path_factory.mktemp(name)) for name in ("local", "cluster"))
    command = ["snakemake", "--cores", "2", "--configfile", "config/tiny.yaml"]
    subprocess.run(command, cwd=local, env=environment(), check=True, capture_output=True)
    shutil.rmtree(LEFT, ignore_errors=True)
    LEFT.mkdir(parents=True)
    start, story = time.monotonic(), []

    def note(text):
        story.append(f"{time.monotonic() - start:6.0f} s  {text}")
        (LEFT / "story.txt").write_text("\n".join(story) + "\n")

    controller = Controller(cluster, LEFT / "snakemake.log")

    found = wait_for(lambda now: running(now, "impact_run"), controller, "an impact runs")
    cancelled = running(found, "impact_run")[0]
    node.ask("scancel", str(cancelled.number))
    note(f"scancel {cancelled.number} ({cancelled.title})")

    wait_for(lambda _: node.freeze(cluster, "prose-train"), controller, "a training runs")
    frozen = running(node.jobs(), "prose_train")[0]
    note(f"a training hangs (job {frozen.number}), its limit is three minutes")

    wait_for(lambda now: node.count(now, "COMPLETED") >= 8, controller, "8 jobs are done")
    node.drain()
    idle = wait_for(
        lambda now: not node.count(now, "RUNNING") and not node.count(now, "COMPLETING"),
        controller, "the drained node is empty",
    )  # fmt: skip
    time.sleep(10)
    assert not node.count(node.jobs(), "RUNNING")
    kept = products(cluster)
    node.resume()
    note(f"node drained and resumed, {node.count(idle, 'PENDING')} jobs waited")

    wait_for(lambda now: node.count(now, "COMPLETED") >= 16, controller, "16 jobs are done")
    node.kill_daemon()
    time.sleep(20)
    node.start_daemon()
    note("slurmctld killed, and started 20 s later")

    wait_for(lambda now: node.count(now, "COMPLETED") >= 24, controller, "24 jobs are done")
    controller.kill()
    note("snakemake killed, its jobs cancelled, started again")
    controller.start()

    controller.process.wait(timeout=HOURS)
    note(f"snakemake ended with {controller.process.returncode}")
    done = node.jobs()
    (LEFT / "jobs.txt").write_text(node.table(done))
    return {
        "code": controller.process.returncode, "jobs": done, "kept": kept, "local": local,
        "out_of_memory": node.out_of_memory(),
        "cluster": cluster, "cancelled": cancelled, "frozen": frozen,
    }  # fmt: skip


def test_the_study_ends_well(told):
    log = (LEFT / "snakemake.log").read_text()
    assert told["code"] == 0, log[-3000:]
    assert (told["cluster"] / "results/tiny/report.html").is_file()


def test_every_stage_ran_as_a_job(told):
    rules = {job.rule for job in told["jobs"] if job.state == "COMPLETED"}
    stages = (
        "simulate morph mmgp_fit boundary_fit prose_train evolution_train convex_case chain_map "
        "report"
    ).split()
    assert set(stages) <= rules


@pytest.mark.claim(
    "On a real Slurm that kills jobs for memory and time, loses its node, its controller and "
    "Snakemake itself, the tiny study ends with the `metrics.json` of the local run."
)
def test_the_numbers_are_those_of_the_local_run(told):
    paths = [told[where] / "results/tiny/metrics.json" for where in ("local", "cluster")]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_processes_of_two_tasks_found_one_another(told):
    found = json.loads((told["cluster"] / "results/mpi_check.json").read_text())
    assert list(found["hosts"].values()) == [2]


def test_every_fault_was_felt(told):
    states = {job.number: job.state for job in told["jobs"]}
    assert states[told["cancelled"].number] == "CANCELLED"
    assert states[told["frozen"].number] == "TIMEOUT"
    # Those that still waited when Snakemake was killed were cancelled with its other jobs.
    tight = [j for j in told["jobs"] if j.rule == "simulate" and j.memory == "300M"]
    small = [j for j in tight if j.state != "CANCELLED"]
    assert small
    assert {job.state for job in small} <= {"FAILED", "OUT_OF_MEMORY"}
    assert all(job.number in told["out_of_memory"] for job in small)


@pytest.mark.claim("Nothing that was finished on the cluster is computed twice.")
def test_nothing_finished_was_computed_twice(told):
    """Each rule with its wildcards completed once, and files of before the drain are the same."""
    completed = Counter(job.name for job in told["jobs"] if job.state == "COMPLETED")
    assert {name: n for name, n in completed.items() if n > 1} == {}
    now = products(told["cluster"])
    assert len(told["kept"]) >= 8
    assert {path: now.get(path) for path in told["kept"]} == told["kept"]

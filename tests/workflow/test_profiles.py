"""Profiles name what exists, rules leave retries to them, schedulers are asked the right way."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GENERIC = ROOT / "profiles/cluster-generic"
CLUSTER = ("slurm", "cluster-generic")
RULE = re.compile(r"^(?:rule|checkpoint) (\w+):\n((?:    .*\n|\n)+)", re.MULTILINE)
RULES = {
    name: body
    for path in sorted((ROOT / "workflow/rules").glob("*.smk"))
    for name, body in RULE.findall(path.read_text() + "\n")
}
FAKES = {
    "pbs": {
        "qsub": 'echo "$@" > asked; cp "${@: -1}" script; echo 17.server',
        "qstat": 'echo "$@" >> asked; cat state 2> /dev/null',
        "qdel": 'echo "$@" >> asked',
    },
    "lsf": {
        "bsub": 'echo "$@" > asked; cat > script; echo "Job <17> is submitted to queue <normal>."',
        "bjobs": 'echo "$@" >> asked; cat state 2> /dev/null',
        "bkill": 'echo "$@" >> asked',
    },
    "slurm": {
        "sbatch": 'echo "$@" > asked; cp "${@: -1}" script; echo "17;mycluster"',
        "scontrol": 'echo "$@" >> asked; cat state 2> /dev/null',
        "scancel": 'echo "$@" >> asked',
    },
}
ASKED = {
    "pbs": ["-l select=1:ncpus=8:mpiprocs=4:mem=1500mb", "-l walltime=01:30:00"],
    "lsf": ["-n 8", "rusage[mem=1500MB]", "-M 1500MB", "-W 90"],
    "slurm": ["--cpus-per-task=2 --ntasks=4 --mem=1500 --time=90"],
}
STATES = {
    "pbs": {
        "running": ["    job_state = Q\n", "    job_state = R\n", ""],
        "success": ["    job_state = F\n    Exit_status = 0\n"],
        "failed": ["    job_state = F\n    Exit_status = 271\n", "    job_state = F\n"],
    },
    "lsf": {
        "running": ["PEND", "RUN", "UNKWN", ""],
        "success": ["DONE"],
        "failed": ["EXIT"],
    },
    "slurm": {
        "running": ["JobId=17 JobState=PENDING A=b", "JobState=COMPLETING", ""],
        "success": ["JobId=17 JobState=COMPLETED Reason=None"],
        "failed": ["JobState=OUT_OF_MEMORY x", "JobState=TIMEOUT", "JobState=CANCELLED x"],
    },
}


def profile(name):
    return yaml.safe_load((ROOT / "profiles" / name / "profile.yaml").read_text())


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "profiles").iterdir()))
def test_a_profile_holds_options_of_snakemake_and_rules_that_exist(name):
    """Options of an executor are known only where its plugin is installed."""
    from snakemake.cli import get_argument_parser

    known = {word for action in get_argument_parser()._actions for word in action.option_strings}
    found = profile(name)
    for key in found:
        own = found.get("executor")
        if not (own and key.startswith(f"{own}-") and f"--{own}-submit-cmd" not in known):
            if not (own == "slurm" and "--slurm-logdir" not in known and key.startswith("slurm-")):
                assert f"--{key}" in known
    assert set(found.get("groups", {})) <= set(RULES)
    assert set(found.get("group-components", {})) <= set(found.get("groups", {}).values())


@pytest.mark.parametrize("name", CLUSTER)
def test_profiles_of_clusters_repeat_what_failed(name):
    assert profile(name)["retries"] >= 2
    assert profile(name)["rerun-incomplete"] is True


def test_memory_and_time_of_every_rule_grow_and_retries_are_left_to_profiles():
    """A rule's own retries would be used up inside one job, in the same allocation."""
    assert len(RULES) > 40
    for name, body in RULES.items():
        for resource in ("mem_mb", "runtime"):
            assert re.search(rf"{resource}=lambda wildcards, attempt: \d+ \* attempt", body), name
        assert not re.search(r"^    retries:", body, re.MULTILINE), name


@pytest.fixture
def machine(tmp_path):
    """A folder with a job script, and commands of a scheduler that note what they are asked."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "job.sh").write_text("#!/bin/sh\necho done\n")

    def call(scheduler, script, *words):
        for name, body in FAKES[scheduler].items():
            command = tmp_path / "bin" / name
            command.write_text(f"#!/bin/bash\n{body}\n")
            command.chmod(command.stat().st_mode | stat.S_IXUSR)
        path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
        return subprocess.run(
            [GENERIC / script, *words], cwd=tmp_path, capture_output=True, text=True,
            env={"PATH": path, "UNDERSTUDY_SCHEDULER": scheduler},
        )  # fmt: skip

    return tmp_path, call


@pytest.mark.parametrize("scheduler", FAKES)
def test_a_job_asks_for_its_processors_memory_and_time(machine, scheduler):
    folder, call = machine
    done = call(scheduler, "submit.sh", "simulate", "2", "4", "1500", "90", "job.sh")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("17.server\n" if scheduler == "pbs" else "17\n")
    asked = (folder / "asked").read_text()
    for words in (*ASKED[scheduler], "understudy-simulate", f"{folder}/.snakemake/cluster_logs"):
        assert words in asked
    assert (folder / "script").read_text() == (folder / "job.sh").read_text()


@pytest.mark.parametrize("scheduler", FAKES)
def test_states_of_a_scheduler_become_the_three_of_snakemake(machine, scheduler):
    """An answer that stays out counts as running: the scheduler may be down for a while."""
    folder, call = machine
    for expected, answers in STATES[scheduler].items():
        for answer in answers:
            (folder / "state").write_text(answer)
            assert call(scheduler, "status.sh", "17").stdout.strip() == expected, answer
    (folder / "state").unlink()
    assert call(scheduler, "status.sh", "17").stdout.strip() == "running"


@pytest.mark.parametrize("scheduler", FAKES)
def test_all_jobs_are_cancelled_at_once(machine, scheduler):
    folder, call = machine
    (folder / "asked").write_text("")
    assert call(scheduler, "cancel.sh", "17", "18").returncode == 0
    assert (folder / "asked").read_text() == "17 18\n"


def test_an_unknown_scheduler_is_named(machine, monkeypatch):
    _, call = machine
    monkeypatch.setitem(FAKES, "sge", {})
    done = call("sge", "status.sh", "1")
    assert done.returncode == 2
    assert "expected UNDERSTUDY_SCHEDULER to be pbs, lsf or slurm, got 'sge'" in done.stderr


@pytest.mark.slow
def test_a_workflow_runs_through_the_commands_of_pbs(tmp_path):
    """Its first job fails once, and comes back with twice the memory."""
    pytest.importorskip("snakemake_executor_plugin_cluster_generic")
    (tmp_path / "profiles").symlink_to(ROOT / "profiles")
    (tmp_path / "bin").mkdir()
    shutil.copy(Path(__file__).parent / "fake_pbs.sh", tmp_path / "bin/qsub")
    shutil.copy(Path(__file__).parent / "fake_pbs.sh", tmp_path / "bin/qstat")
    (tmp_path / "Snakefile").write_text(
        "rule last:\n    input: 'first'\n    output: 'last'\n    shell: 'cp {input} {output}'\n"
        "rule first:\n    output: 'first'\n"
        "    resources: mem_mb=lambda wildcards, attempt: 300 * attempt\n"
        "    shell: 'test -e again || {{ touch again; exit 1; }};"
        " echo {resources.mem_mb} > {output}'\n"
    )
    path = f"{tmp_path / 'bin'}:{Path(os.sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["snakemake", "--workflow-profile", "profiles/cluster-generic", "--latency-wait", "5",
         "--seconds-between-status-checks", "1", "--cores", "1"],
        cwd=tmp_path, env=os.environ | {"PATH": path, "UNDERSTUDY_SCHEDULER": "pbs"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "last").read_text() == "600\n"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert [re.search(r"mem=(\d+)mb", line)[1] for line in asked] == ["300", "600", "1000"]

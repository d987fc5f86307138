import io
import json
import subprocess
import sys

import pytest

from understudy.__main__ import main
from understudy.studies import follow, plan, progress_of, stages

LOG = """\
Building DAG of jobs...
Job stats:
job                count
---------------  -------
design                 1
simulate               4
mmgp_fit               1
all                    1
total                  7

Select jobs to execute...

[Sun Nov 29 01:00:00 2026]
Job 1: Draw the design of plate
[Sun Nov 29 01:00:10 2026]
Finished jobid: 1 (Rule: design)
1 of 7 steps (14%) done
[Sun Nov 29 01:00:10 2026]
Job 2: Simulate batch 0
[Sun Nov 29 01:00:10 2026]
Job 3: Simulate batch 1
[Sun Nov 29 01:01:10 2026]
Finished jobid: 2 (Rule: simulate)
2 of 7 steps (29%) done
"""


def test_a_running_study_is_read():
    found = progress_of(LOG.splitlines())
    assert found.steps == (2, 7)
    assert found.finished == {"design": [10.0], "simulate": [60.0]}
    assert [message for _, message in found.running.values()] == ["Simulate batch 1"]
    assert not found.ended


def test_what_is_left_takes_what_the_same_rule_took():
    data, mmgp = stages(progress_of(LOG.splitlines()), {"mmgp_fit": 30.0, "simulate": 1.0})
    assert (data.name, data.done, data.total, data.spent, data.left) == ("data", 2, 5, 70.0, 180.0)
    assert (mmgp.name, mmgp.done, mmgp.total, mmgp.left) == ("mmgp", 0, 1, 30.0)


def test_nobody_knows_how_long_a_rule_takes_that_never_ran():
    progress = progress_of(LOG.splitlines())
    assert "time not known yet" in plan(progress, {}, 2)[1]
    assert "about 90 s left" not in plan(progress, {}, 1)[0]
    assert "about 2 min left" in plan(progress, {}, 2)[0]


def test_the_plan_stands_behind_the_table_of_jobs_and_ends_of_stages_are_told():
    more = "[Sun Nov 29 01:02:00 2026]\nJob 9: Train\n[Sun Nov 29 01:02:30 2026]\n"
    text = LOG + more + "Finished jobid: 9 (Rule: mmgp_fit)\n"
    out = list(follow(text.splitlines(keepends=True), {"design": 2.0, "simulate": 10.0}, 1))
    assert [line for line in out if not line.startswith("stage ")] == text.splitlines(True)
    place = out.index("total                  7\n")
    assert out[place + 1].startswith("stage data          0 of 5    about 42 s left")
    assert out[-1] == "stage mmgp: done, 30 s of a core\n"


def test_the_verb_shows_the_last_run(tmp_path, capsys):
    (tmp_path / ".snakemake").mkdir()
    log = tmp_path / ".snakemake/study-quick.log"
    log.write_text(LOG)
    assert main(["status", "quick", "--folder", str(tmp_path), "--cores", "1"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("quick: running, 2 of 7 jobs done\n")
    assert "now: Simulate batch 1" in said
    log.write_text(LOG + "Error in rule simulate:\nComplete log(s): x\n")
    assert main(["status", "quick", "--folder", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("quick: failed")
    assert "failed: simulate" in said


def test_the_verb_passes_a_log_on(tmp_path, capsys, monkeypatch):
    usual = tmp_path / "s.json"
    usual.write_text(json.dumps({"design": 1.0}))
    monkeypatch.setattr("sys.stdin", io.StringIO(LOG))
    assert main(["status", "--stream", "--usual", str(usual), "--cores", "1"]) == 0
    assert "stage data" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["quick"], []])
def test_without_a_log_it_says_what_to_do(tmp_path, capsys, words):
    assert main(["status", *words, "--folder", str(tmp_path)]) == 2
    assert "try bash workflow/study.sh quick" in capsys.readouterr().err


def test_a_reader_that_has_had_enough_ends_it_quietly(tmp_path):
    """As `understudy status | head -1`: the pipe is closed before anything is written."""
    folder = tmp_path / ".snakemake"
    folder.mkdir()
    (folder / "study-tiny.log").write_text(LOG)
    command = [sys.executable, "-m", "understudy", "status", "tiny"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, "")


def test_another_broken_pipe_is_an_error(monkeypatch, capsys):
    """One between processes is no reader that has had enough."""

    def broken(*_):
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("understudy.cli.status.main", broken)
    assert main(["status"]) == 2
    assert "understudy status: [Errno 32] Broken pipe" in capsys.readouterr().err

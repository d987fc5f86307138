"""Somebody else's Snakefile that uses this workflow as a module."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
THEIRS = f"""
configfile: "theirs.yaml"

module understudy:
    snakefile: "{ROOT}/Snakefile"
    config: config
    pathvars:
        results="their_results"

use rule * from understudy as understudy_*

rule all:
    default_target: True
    input:
        "their_results/tiny/report.html",
        "words.txt",

rule words:
    output: "words.txt"
    shell: "echo ours > {{output}}"
"""


@pytest.fixture
def theirs(tmp_path):
    (tmp_path / "Snakefile").write_text(THEIRS)
    tiny = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())
    (tmp_path / "theirs.yaml").write_text(yaml.safe_dump(tiny))
    shutil.copytree(ROOT / "data/imported", tmp_path / "data/imported")
    shutil.copytree(ROOT / "data/outside", tmp_path / "data/outside")
    return tmp_path


def run(folder, *words):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *words], cwd=folder,
        env=os.environ | {"PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_rules_are_theirs_to_run(theirs):
    said = run(theirs, "-n")
    assert "understudy_mmgp_fit" in said
    assert "their_results/tiny/report.html" in said


@pytest.mark.slow
def test_the_study_runs_as_a_module(theirs):
    run(theirs)
    assert (theirs / "their_results/tiny/report.html").is_file()
    assert not (theirs / "results").exists()


def test_the_catalogue_s_file_has_what_the_catalogue_reads():
    found = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())
    assert set(found["usage"]) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert found["usage"]["software-stack-deployment"]["conda"] is True

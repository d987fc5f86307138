"""Somebody else's Snakefile that uses this workflow as a module."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Theirs:
    """Their folder."""

    folder: Path

    def start(self, *words):
        """Their workflow, running; what it says goes to a file."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with open(self.folder / "said.txt", "w") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "snakemake", *words], cwd=self.folder,
                env=os.environ | {"PATH": path}, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def run(self, *words):
        """What their workflow says once it has ended well."""
        failed = self.start(*words).wait()
        said = (self.folder / "said.txt").read_text()
        assert not failed, said[-4000:]
        return said


@pytest.fixture
def theirs(tmp_path):
    (tmp_path / "Snakefile").write_text(THEIRS)
    tiny = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())
    (tmp_path / "theirs.yaml").write_text(yaml.safe_dump(tiny))
    shutil.copytree(ROOT / "data/imported", tmp_path / "data/imported")
    shutil.copytree(ROOT / "data/outside", tmp_path / "data/outside")
    return Theirs(tmp_path)

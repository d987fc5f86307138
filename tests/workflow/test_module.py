"""This workflow as a module of somebody else's."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_rules_are_theirs_to_run(theirs):
    said = theirs.run("-n")
    assert "understudy_mmgp_fit" in said
    assert "their_results/tiny/report.html" in said


def test_the_catalogue_s_file_has_what_the_catalogue_reads():
    found = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())
    assert set(found["usage"]) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert found["usage"]["software-stack-deployment"]["conda"] is True

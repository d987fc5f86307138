"""The checker of claims, on a small project made up for it."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
spec = importlib.util.spec_from_file_location("claims", ROOT / "docs/claims.py")
checker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(checker)

TEST = "import pytest\n\n@pytest.mark.claim('It opens in 3 s.')\ndef test_it():\n    pass\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text(TEST)
    (tmp_path / "docs/results/quick").mkdir(parents=True)
    (tmp_path / "docs/results/quick/metrics.json").write_text(json.dumps({"a.q2": 0.99947}))
    text = "On Debian 12: `make 4`. It opens\nin 3 s. Q2 is 0.9995.\n"
    (tmp_path / "README.md").write_text(text)
    return tmp_path


def test_figures_with_a_source_pass(project):
    assert checker.check(project) == []


@pytest.mark.parametrize("words", ["Q2 is 0.9996.", "It takes 12 s.", "1.5e-3 off", "7 %"])
def test_a_made_up_figure_is_found(project, words):
    page = project / "README.md"
    page.write_text(page.read_text() + words)
    assert len(checker.check(project)) == 1


def test_a_claim_that_no_page_makes_is_found(project):
    (project / "README.md").write_text("Nothing.")
    assert "stands on no page" in checker.check(project)[0]


def test_a_percentage_is_a_hundred_times_the_value(project):
    (project / "docs/a.md").write_text("It explains 99.9 % of it.")
    assert checker.check(project) == []

"""The commands between data sets and PLAID, with PLAID and without."""

import importlib.util
import subprocess
import sys

import pytest

from synthetic import UNITS, sample
from understudy.__main__ import main
from understudy.data import Header, Variable, read_header, write_samples


@pytest.fixture
def data(tmp_path):
    head = Header(
        name="plates", seed=0, code="c", specification={}, units=UNITS,
        variables=[
            Variable(name="r", low=0.1, high=0.6, unit="", known=False),
            Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True),
        ],
        sets={"train": [0, 1, 2], "test": [3]},
    )  # fmt: skip
    write_samples(tmp_path / "d.h5", head, map(sample, range(4)))
    return tmp_path / "d.h5"


@pytest.mark.skipif(importlib.util.find_spec("plaid") is not None, reason="PLAID is here")
def test_without_plaid_one_line_says_what_to_install(data, tmp_path, capsys):
    assert main(["plaid-export", str(data), "--out", str(tmp_path / "p")]) == 2
    error = capsys.readouterr().err
    assert "pip install 'understudy[plaid]'" in error
    assert error.count("\n") == 1


@pytest.mark.filterwarnings("default")
def test_export_check_and_import_by_command(data, tmp_path, capsys):
    pytest.importorskip("plaid")
    folder, again = tmp_path / "p", tmp_path / "e.h5"
    assert main(["plaid-export", str(data), "--out", str(folder), "--licence", "CC0-1.0"]) == 0
    check = [sys.executable, "-m", "plaid.cli.plaidcheck", "--strict", str(folder)]
    assert subprocess.run(check, capture_output=True).returncode == 0
    assert main(["plaid-import", str(folder), "--out", str(again)]) == 0
    assert read_header(again).sets == read_header(data).sets
    assert (tmp_path / "e.card.md").is_file()
    capsys.readouterr()
    assert main(["plaid-export", str(data), "--out", str(folder)]) == 2
    assert "expected a folder that is not there yet" in capsys.readouterr().err
    assert main(["plaid-import", str(folder), "--out", str(again), "--problem", "x"]) == 2
    assert "has units, inputs and sets of its own" in capsys.readouterr().err

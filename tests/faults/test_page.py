"""Each row of docs/reliability.md is a test that is there and is marked as one of faults."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs/reliability.md").read_text())


@pytest.mark.parametrize(("path", "name"), ROWS)
def test_a_row_is_a_test(path, name):
    text = (ROOT / path).read_text()
    found = [n for n in ast.walk(ast.parse(text)) if getattr(n, "name", "") == name]
    assert len(found) == 1
    marks = [ast.unparse(mark) for mark in found[0].decorator_list]
    assert "pytest.mark.fault" in marks or re.search(r"pytestmark = .*pytest\.mark\.fault", text)


def test_there_are_rows():
    assert len(ROWS) >= 15

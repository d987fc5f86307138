import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("audit", Path(__file__).parents[2] / ".ci/audit.py")
audit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(audit)

FINE = {"name": "a", "version": "1", "vulns": []}
HOLE = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "not on the index"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([FINE], []),
        ([FINE, HOLE], ["b 2: CVE-1, mended in 3"]),
        ([FINE, SKIPPED], ["c: not looked up: not on the index"]),
    ],
)
def test_a_hole_and_a_skipped_package_are_told(answer, words):
    names = {found["name"] for found in answer}
    assert audit.complaints(names, {"dependencies": answer}) == words


def test_a_package_that_nobody_mentions_was_not_looked_up():
    assert audit.complaints({"a", "d"}, {"dependencies": [FINE]}) == ["d: not looked up"]


def test_a_service_that_knows_nothing_is_out_of_reach(tmp_path, monkeypatch, capsys):
    (tmp_path / "list.txt").write_text("c==1\n")
    answer = json.dumps({"dependencies": [SKIPPED]})
    done = subprocess.CompletedProcess([], 0, answer, "")
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: done)
    assert audit.main([str(tmp_path / "list.txt")]) == 3
    assert capsys.readouterr().out.startswith("not audited")


def test_out_of_reach_is_neither_good_nor_bad(tmp_path, monkeypatch, capsys):
    (tmp_path / "list.txt").write_text("# words\na==1\n")
    failed = subprocess.CompletedProcess([], 1, "", "requests.ConnectionError: Max retries")
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: failed)
    assert audit.main([str(tmp_path / "list.txt")]) == 3
    assert capsys.readouterr().out.startswith("not audited")

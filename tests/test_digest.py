"""Digests of code, on a copy of the package that is edited."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import understudy
from understudy.digest import modules_behind

PACKAGE = Path(understudy.__file__).parent


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "understudy", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def digest(root, module):
    code = f"from understudy.digest import code_digest; print(code_digest('{module}'))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(root)}, cwd=root,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def edit(root, module, old, new):
    path = root / "understudy" / module
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


FIT, SIMULATE = "understudy.cli.mmgp_fit", "understudy.cli.simulate"


def test_a_formula_below_changes_the_digest(copy):
    before = digest(copy, FIT), digest(copy, SIMULATE)
    edit(copy, "kernels/stationary.py", "a**2 / 3.0", "a**2 / 3.1")
    assert digest(copy, FIT) != before[0]
    assert digest(copy, SIMULATE) == before[1]


def test_comments_docstrings_and_layout_do_not(copy):
    before = digest(copy, FIT)
    edit(copy, "kernels/stationary.py", '"""Gram matrix', '"""The Gram matrix')
    edit(copy, "kernels/stationary.py", "    a = np", "    # A remark.\n\n    a = np")
    assert digest(copy, FIT) == before


def test_a_sibling_that_is_only_re_exported_does_not(copy):
    before = digest(copy, "understudy.surrogates.mmgp")
    (copy / "understudy/regression/sibling.py").write_text("VALUE = 1\n")
    init = copy / "understudy/regression/__init__.py"
    init.write_text(init.read_text() + "\nfrom understudy.regression.sibling import VALUE\n")
    assert digest(copy, "understudy.surrogates.mmgp") == before


def test_names_are_followed_to_the_module_that_defines_them():
    behind = modules_behind("understudy.surrogates.mmgp")
    assert "understudy.regression.gp" in behind
    assert "understudy.linalg.pod" in behind
    assert "understudy.metrics.fields" not in behind


def test_an_unknown_module_is_refused():
    with pytest.raises(ValueError, match="expected a module of understudy"):
        modules_behind("understudy.nonsense")

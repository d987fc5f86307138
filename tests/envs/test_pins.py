"""Every way to the software asks for the same: Debian's script, conda files, container images."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from understudy.__main__ import VERBS
from understudy.cli.problems import PROBLEMS
from understudy.digest import modules_behind

ROOT = Path(__file__).parents[2]
ENVS = ROOT / "envs"
# Names of conda, and what is imported, where they differ from those of the package index.
CONDA = {
    "matplotlib-base": "matplotlib", "python-gmsh": "gmsh", "pytorch": "torch",
    "snakemake-minimal": "snakemake",
}  # fmt: skip
IMPORTS = {"ot": "pot", "sklearn": "scikit-learn", "trame_vtk": "trame-vtk"} | dict.fromkeys(
    ("basix", "dolfinx", "mpi4py", "petsc4py", "ufl"), "fenics-dolfinx"
)
NOT_OF_THE_INDEX = {"fenics-dolfinx", "graphviz", "python"}
RULE = re.compile(r"^(?:rule|checkpoint) \w+:\n((?:    .*\n|\n)+)", re.MULTILINE)


def pins(name):
    """Package -> version of a list of exact versions."""
    lines = (ENVS / name).read_text().splitlines()
    found = [line.split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {package.lower().replace("_", "-"): version for package, version in found}


def conda(name):
    """Package by its name on the index -> version of a conda file."""
    found = yaml.safe_load((ENVS / f"{name}.yaml").read_text())["dependencies"]
    pairs = (text.split("=") for text in found)
    return {CONDA.get(package, package): version for package, version in pairs}


DEBIAN, PLUGINS, PAGE, NUMPY2 = (
    pins(f"{name}.txt")
    for name in ("debian12/requirements", "debian12/cluster", "debian12/report", "numpy2")
)


def test_both_lists_of_exact_versions_agree_but_for_numpy():
    """Debian's DOLFINx needs NumPy 1, and the SciPy that bears it."""
    both = DEBIAN.keys() & NUMPY2.keys()
    assert len(both) > 50
    differing = {name for name in both if DEBIAN[name] != NUMPY2[name]}
    assert differing <= {"numpy", "scipy", "packaging"}


@pytest.mark.parametrize("name", ["controller", "fem", "ml"])
def test_conda_files_ask_for_the_versions_of_the_lists(name):
    """To as many digits as they state."""
    known = DEBIAN | PLUGINS | PAGE | NUMPY2
    for package, version in conda(name).items():
        if package not in NOT_OF_THE_INDEX:
            assert (known[package] + ".").startswith(version + "."), package


def test_requirements_of_the_package_and_its_extras_are_in_the_lists():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["fem"], *extras["openturns"], *extras["cluster"],
              *extras["report"]]  # fmt: skip
    known = DEBIAN | PLUGINS | PAGE | {"pyyaml": "6.0"}
    for text in wanted:
        need = Requirement(text)
        assert need.specifier.contains(known[need.name.lower()]), text


def imported(modules):
    """Packages of others that modules and those behind them import."""
    for name in {name for module in modules for name in modules_behind(module)}:
        base = ROOT / "src" / Path(*name.split("."))
        path = base.with_suffix(".py")
        tree = ast.parse((path if path.is_file() else base / "__init__.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module.split(".")[0]


@pytest.mark.parametrize("name", ["fem", "ml"])
def test_a_conda_file_holds_what_the_rules_that_name_it_import(name):
    bodies = [
        body
        for path in (ROOT / "workflow/rules").glob("*.smk")
        for body in RULE.findall(path.read_text() + "\n")
        if f"envs/{name}.yaml" in body
    ]
    verbs = {re.search(r"python -m understudy ([a-z-]+)", body)[1] for body in bodies}
    assert len(verbs) > 4
    modules = [VERBS[verb][0] for verb in verbs]
    if "simulate" in verbs:
        modules += [problem.partition(":")[0] for problem in PROBLEMS.values()]
    packages = {IMPORTS.get(p, p) for p in imported(modules)}
    assert packages - sys.stdlib_module_names - {"understudy"} <= conda(name).keys()


def test_images_are_made_of_the_root_that_is_made_of_the_same_lists():
    root = (ENVS / "container/root.sh").read_text()
    setup = (ENVS / "setup.sh").read_text()
    for text in ("envs/debian12/apt.txt", "envs/debian12/requirements.txt"):
        assert text in root
        assert text in setup
    made = re.search(r"^root=(\S+)$", root, re.MULTILINE)[1]
    assert f"From: {made}\n" in (ENVS / "container/understudy.def").read_text()
    image = (ENVS / "container/Containerfile").read_text()
    assert re.findall(r"^(?:FROM|ADD|RUN|COPY) .*$", image, re.MULTILINE) == [
        "FROM scratch",
        "COPY . /",
    ]
    assert f"--tag understudy {made}\n" in root

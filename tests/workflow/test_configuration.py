"""Configurations: schema and specifications agree, mistakes are found before anything runs."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from understudy.cli.problems import PROBLEMS
from understudy.linalg import POD
from understudy.morphing import RBF, Elastic, Harmonic, OptimalTransport, Tutte
from understudy.regression import GP
from understudy.surrogates import MMGP, Morpher, PlasticClosure

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
STUDIES = sorted(path.stem for path in (ROOT / "config").glob("*.yaml"))


def snakemake(*words, folder):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return subprocess.run(
        [*command, "--directory", str(folder), *words],
        capture_output=True, text=True, cwd=folder, env=os.environ | {"PATH": path},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("block", "specification"),
    [
        ("disk_map", Harmonic),
        ("disk_map", Tutte),
        ("elastic", Elastic),
        ("rbf", RBF),
        ("transport", OptimalTransport),
        ("mmgp_spec", MMGP),
        ("gp", GP),
        ("pod", POD),
        ("closure", PlasticClosure),
    ],
)
def test_a_block_has_exactly_the_fields_of_its_specification(block, specification):
    fields = {f.name for f in dataclasses.fields(specification)}
    assert set(SCHEMA["$defs"][block]["properties"]) == fields
    assert set(SCHEMA["$defs"][block]["required"]) == fields


def test_every_morphing_can_be_chosen():
    fields = {f.name for f in dataclasses.fields(Morpher)}
    assert set(SCHEMA["$defs"]["morpher"]["properties"]) == fields


def test_every_block_of_the_schema_is_strict():
    blocks = [SCHEMA, *SCHEMA["$defs"].values()]
    assert all(b["additionalProperties"] is False for b in blocks if b["type"] == "object")


def test_the_problems_of_the_schema_are_those_of_the_package():
    assert set(SCHEMA["$defs"]["data_set"]["properties"]["problem"]["enum"]) == set(PROBLEMS)


@pytest.mark.parametrize("study", STUDIES)
def test_a_configuration_defines_and_runs_the_study_of_its_name(study):
    config = yaml.safe_load((ROOT / f"config/{study}.yaml").read_text())
    assert config["run"] == [study]
    assert list(config["studies"]) == [study]
    data = config["studies"][study]
    assert set(data["mmgp"]) <= set(data["data_sets"])


@pytest.mark.claim("A misspelt key in a configuration fails at once, with the key's name.")
@pytest.mark.parametrize(
    ("old", "new"),
    [("field_basis", "feild_basis"), ("mesh_size", "meshsize"), ("baselines", "base_lines")],
)
def test_a_misspelt_key_is_named_before_anything_runs(tmp_path, old, new):
    text = (ROOT / "config/tiny.yaml").read_text()
    assert old in text
    (tmp_path / "typo.yaml").write_text(text.replace(old, new))
    done = snakemake("-n", "--configfile", str(tmp_path / "typo.yaml"), folder=tmp_path)
    assert done.returncode != 0
    assert new in done.stdout + done.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "[0.01, 1000000.0]",
            "[1000000.0, 0.01]",
            "mmgp.tensile_plate.spec.gp.lengthscale_bounds",
        ),
        ("mmgp:\n      tensile_plate:", "mmgp:\n      plate:", "mmgp.plate"),
        ("mesh_size: 0.2", "mesh_size: 1.2", "settings.mesh_size"),
    ],
)
def test_values_that_do_not_fit_together_are_named(tmp_path, old, new, words):
    text = (ROOT / "config/tiny.yaml").read_text()
    assert old in text
    (tmp_path / "wrong.yaml").write_text(text.replace(old, new))
    done = snakemake("-n", "--configfile", str(tmp_path / "wrong.yaml"), folder=tmp_path)
    assert done.returncode != 0
    assert words in done.stdout + done.stderr


def test_an_unknown_study_is_named(tmp_path):
    done = snakemake("-n", "--config", "run=[nonsense]", folder=tmp_path)
    assert done.returncode != 0
    assert "nonsense" in done.stdout + done.stderr

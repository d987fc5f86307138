"""Configurations: schema and specifications agree, mistakes are found before anything runs."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.stats import kstest

from understudy.cli.boundary_rare import Rare
from understudy.cli.problems import PROBLEMS
from understudy.data.hole_family import HoleFamily
from understudy.data.laws import Law, to_normal
from understudy.generative import (
    KDE,
    WGANGP,
    Descent,
    Flow,
    FlowMatching,
    Gaussian,
    GaussianCopula,
    GaussianMixture,
    Stopping,
    Training,
)
from understudy.linalg import POD
from understudy.morphing import RBF, Elastic, Harmonic, OptimalTransport, Tutte
from understudy.nn import Training as Supervised
from understudy.operators import Sizes
from understudy.regression import GP
from understudy.surrogates import MMGP, Morpher, PlasticClosure
from understudy.surrogates.boundary_recipe import Analogue, BoundaryRecipe, Coordinates, Method
from understudy.surrogates.conditional_monte_carlo import ConditionalMonteCarlo
from understudy.surrogates.convex_cases import ConvexCase
from understudy.surrogates.direct_peaks import DirectPeaks
from understudy.surrogates.equipment import Decay, Equipment
from understudy.surrogates.evolution_lessons import EvolutionRecipe
from understudy.surrogates.evolution_networks import (
    DeepSizes,
    EvolutionNetwork,
    FourierSizes,
    MeshSizes,
)
from understudy.surrogates.evolution_sets import EvolutionSplit
from understudy.surrogates.importance_sampling import ImportanceSampling
from understudy.surrogates.prose_adaptation import Adaptation
from understudy.surrogates.prose_model import ProseRecipe
from understudy.surrogates.prose_samples import Split
from understudy.surrogates.quantity_evaluation import ConvexQuantity
from understudy.surrogates.quantity_of_interest import QuantityOfInterest
from understudy.surrogates.rare_events import SubsetSimulation
from understudy.surrogates.response_features import PeakFeatures
from understudy.surrogates.robust_evaluation import RobustCase
from understudy.surrogates.zone_mmgp import ZoneMMGP

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
        ("boundary_law", BoundaryRecipe),
        ("coordinates", Coordinates),
        ("peak_features", PeakFeatures),
        ("wgan_gp", WGANGP),
        ("wgan_training", Training),
        ("wgan_stopping", Stopping),
        ("kde", KDE),
        ("mixture", GaussianMixture),
        ("flow", Flow),
        ("descent", Descent),
        ("flow_matching", FlowMatching),
        ("analogue", Analogue),
        ("law_of_input", Law),
        ("prose_recipe", ProseRecipe),
        ("prose_adaptation", Adaptation),
        ("prose_sizes", Sizes),
        ("prose_split", Split),
        ("evolution_recipe", EvolutionRecipe),
        ("evolution_split", EvolutionSplit),
        ("convex_case", ConvexCase),
        ("convex_quantity", ConvexQuantity),
        ("quantity_of_interest", QuantityOfInterest),
        ("robust_case", RobustCase),
        ("fourier_sizes", FourierSizes),
        ("deep_sizes", DeepSizes),
        ("mesh_sizes", MeshSizes),
        ("supervised_training", Supervised),
        ("rare", Rare),
        ("subset_simulation", SubsetSimulation),
        ("importance_sampling", ImportanceSampling),
        ("conditional_monte_carlo", ConditionalMonteCarlo),
        ("hole_family", HoleFamily),
        ("zone_mmgp", ZoneMMGP),
        ("direct_peaks", DirectPeaks),
        ("equipment", Equipment),
        ("decay", Decay),
    ],
)
def test_a_block_has_exactly_the_fields_of_its_specification(block, specification):
    fields = {f.name for f in dataclasses.fields(specification)}
    assert set(SCHEMA["$defs"][block]["properties"]) == fields
    assert set(SCHEMA["$defs"][block]["required"]) == fields


@pytest.mark.parametrize(
    ("block", "specification"),
    [
        ("morpher", Morpher),
        ("generator", Method),
        ("evolution_network", EvolutionNetwork),
        ("gaussian", Gaussian),
        ("copula", GaussianCopula),
    ],
)
def test_every_choice_can_be_made(block, specification):
    """Blocks without a key that must be there."""
    fields = {f.name for f in dataclasses.fields(specification)}
    assert set(SCHEMA["$defs"][block]["properties"]) == fields
    assert "required" not in SCHEMA["$defs"][block]


def test_the_plate_and_its_hole_have_exactly_the_fields_of_their_specifications():
    pytest.importorskip("dolfinx")
    from understudy.fem.impact_plate import ImpactPlate
    from understudy.fem.zone import Hole

    for block, specification in (("impact_plate", ImpactPlate), ("hole", Hole)):
        fields = {f.name for f in dataclasses.fields(specification)}
        assert set(SCHEMA["$defs"][block]["properties"]) == fields
        assert set(SCHEMA["$defs"][block]["required"]) == fields


def laws_of_inputs():
    """Each law of inputs that a configuration states, with the plate that it is about."""
    for study in STUDIES:
        config = yaml.safe_load((ROOT / f"config/{study}.yaml").read_text())
        for block in config["studies"][study].get("boundary", {}).values():
            for law in (block["law"], block["coverage"]["law"], *block["rivals"].values()):
                if law.get("laws"):
                    yield block["plate"]["pressure"], law["laws"], law["scale"]


def test_the_laws_of_inputs_are_those_that_the_plate_draws_from():
    """Numbers that the laws make normal of 10 000 draws pass the test of Kolmogorov and Smirnov.

    Its statistic exceeds 2 / sqrt(n) once in 1500 times; a wrong deviation of a tenth gives more.
    """
    pytest.importorskip("dolfinx")
    from understudy.fem.impact_plate import ImpactPlate

    found = list(laws_of_inputs())
    assert found
    for pressure, laws, scale in found:
        plate, rng = ImpactPlate(pressure=float(pressure)), np.random.default_rng(0)
        drawn = [plate.draw(rng)[0] for _ in range(10_000)]
        inputs = {name: np.array([d[name] for d in drawn]) for name in drawn[0]}
        assert set(laws) == set(inputs)
        assert scale in laws
        z = to_normal({name: Law(**law) for name, law in laws.items()}, inputs)
        for column, name in zip(z.T, laws, strict=True):
            assert kstest(column, "norm").statistic < 2 / np.sqrt(10_000), name


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
    assert set(data.get("mmgp", {})) <= set(data.get("data_sets", {}))
    assert any(data.get(kind) for kind in ("mmgp", "boundary", "prose", "evolution", "convex"))


@pytest.mark.claim("A misspelt key in a configuration fails at once, with the key's name.")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("field_basis", "feild_basis"),
        ("mesh_size", "meshsize"),
        ("baselines", "base_lines"),
        ("critic_steps", "criticsteps"),
    ],
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
        ("runs: {train: 80", "runs: {train: 90", "boundary.impact_plate.runs.train"),
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

"""The whole graph of jobs at its smallest size, in a copy of the project that may be edited."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = [
    "Snakefile",
    "workflow",
    "config",
    "profiles",
    "src",
    "envs",
    "data/imported",
    "data/outside",
]
RESULTS = Path("results/tiny")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with the tiny study done on two cores."""
    root = tmp_path_factory.mktemp("project")
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, root / part, ignore=ignore)
        else:
            shutil.copy(source, root / part)
    run(root, "--cores", "2")
    return root


def command(*words):
    return [sys.executable, "-m", "snakemake", "--configfile", "config/tiny.yaml", *words]


def environment():
    return os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def run(root, *words):
    done = subprocess.run(
        command(*words), cwd=root, env=environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def rules_to_run(root):
    """Names of the rules that a dry run would run, from its table of jobs."""
    _, _, table = run(root, "-n").partition("Job stats:")
    rows = [line.split() for line in table.splitlines()[1:] if line.strip()]
    names = {row[0] for row in rows[2 : [r[0] for r in rows].index("total")]} if rows else set()
    return names - {"all"}


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_study_leaves_a_report_that_opens_offline(project):
    page = (project / RESULTS / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert "data:image/gif;base64," in page
    assert "<svg" in page
    assert 'src="http' not in page
    assert 'href="http' not in page.replace("http://www.w3.org", "")


def test_numbers_have_the_promised_names(project):
    metrics = json.loads((project / RESULTS / "metrics.json").read_text())
    for field in ("u_x", "u_y", "sigma_xx", "sigma_yy", "sigma_xy"):
        for metric in ("rrmse", "q2", "relative_l2", "coverage_95"):
            assert f"mmgp.tensile_plate.mmgp.fields.{field}.{metric}" in metrics
    for scalar in ("von_mises_max", "u_y_top", "sigma_yy_top"):
        for metric in ("rrmse", "q2", "coverage_95"):
            assert f"mmgp.tensile_plate.mmgp.scalars.{scalar}.{metric}" in metrics
    assert "mmgp.tensile_plate.mmgp.mean_rrmse" in metrics
    assert "mmgp.tensile_plate.baseline_pod_ridge.mean_rrmse" in metrics
    for zone in ("impact_plate", "impact_plate_ellipse_down"):
        for law in ("wgan_gp", "wgan_gp_seed0", "baseline_gaussian", "baseline_replay"):
            for metric in ("w1", "mean_error", "std_error", "q95_error", "q99_error"):
                assert f"boundary.{zone}.{law}.qoi.{metric}" in metrics
    assert "boundary.impact_plate.wgan_gp.qoi.coverage" in metrics
    assert "boundary.impact_plate.changes.ellipse_down.domain_reduction.worst" in metrics
    assert "boundary.impact_plate.conditional.wgan_gp.left_out_wide.w1" in metrics
    assert "boundary.impact_plate.rare.p1.subset.probability" in metrics


@pytest.mark.claim(
    "A refused design goes to the finite-element solver; an imported mesh is refused with the "
    "reason."
)
def test_what_is_refused_is_simulated_and_an_imported_mesh_told(project):
    """One test design is refused by force; of two imported meshes one has a hole."""
    found = json.loads((project / RESULTS / "metrics.json").read_text())
    counts = {k.rpartition("answers.")[2]: v for k, v in found.items() if ".answers." in k}
    assert counts["design.asked"] == 4
    assert counts["design.refused"] == counts["design.simulated"] >= 1
    assert counts["design.largest_difference"] == 0.0
    assert counts["imported.asked"] == 2
    assert counts["imported.refused"] >= 1
    page = (project / RESULTS / "report.html").read_text()
    assert "refused for a rehearsal" in page
    assert "no hole" in page
    assert "of 2 imported meshes" in page


def test_provenance_tells_software_settings_and_code(project):
    found = json.loads((project / RESULTS / "provenance.json").read_text())
    assert found["settings"]["seed"] == 2026
    assert found["software"]["torch"]
    assert found["codes"]["data set tensile_plate"].startswith("tensile_plate-")
    assert found["codes"]["data set impact_plate"].startswith("impact_plate-")
    assert {"mmgp_fit", "boundary_fit", "report"} <= set(found["codes"])


def test_nothing_is_left_to_do(project):
    assert rules_to_run(project) == set()


@pytest.mark.claim(
    "Neither the number of cores nor an interruption changes a digit of `metrics.json`."
)
def test_one_core_an_interruption_and_another_workflow_give_the_same_numbers(project, theirs):
    """The study as a module of somebody else's Snakefile, on one core, killed and gone on with."""
    killed = theirs.start("--cores", "1")
    deadline = time.monotonic() + 120
    while not list(theirs.folder.glob("data/generated/*/batches/0000.h5")):
        assert time.monotonic() < deadline
        assert killed.poll() is None
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    theirs.run("--unlock", "--cores", "1")
    theirs.run("--cores", "1", "--rerun-incomplete")
    expected = (project / RESULTS / "metrics.json").read_bytes()
    made = theirs.folder / "their_results/tiny"
    assert (made / "metrics.json").read_bytes() == expected
    assert (made / "report.html").is_file()
    assert not (theirs.folder / "results").exists()


@pytest.mark.claim(
    "A changed formula reruns its stage and what follows, not the simulations; a changed comment "
    "or a sibling method reruns nothing."
)
def test_only_what_a_formula_decides_runs_again(project):
    kernel = project / "src/understudy/regression/gp.py"
    original = kernel.read_text()
    edit(kernel, '"""The greatest evidence', '"""Greatest evidence')
    edit(kernel, "    starts = [", "    # A remark.\n    starts = [")
    (project / "src/understudy/regression/sibling.py").write_text('"""Nothing."""\n\nVALUE = 1\n')
    init = project / "src/understudy/regression/__init__.py"
    init.write_text(init.read_text() + "from understudy.regression.sibling import VALUE\n")
    assert rules_to_run(project) == set()
    edit(kernel, "2.0 * math.sqrt(d)", "2.1 * math.sqrt(d)")
    again = rules_to_run(project)
    kernel.write_text(original)
    assert {"mmgp_fit", "predict", "score", "figures", "report"} <= again
    assert not {"design", "simulate", "collect_samples", "morph"} & again

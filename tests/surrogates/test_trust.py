"""Strange samples are noticed, usual ones are not, and nothing but training data decides."""

import dataclasses

import numpy as np
import pytest

from synthetic import necked_plate, sample
from understudy.linalg import POD
from understudy.mesh import Mesh
from understudy.surrogates import MMGP
from understudy.surrogates.budget import error_budget
from understudy.surrogates.evaluation import evaluate, score_trust
from understudy.surrogates.trust import TrustModel


def strange(index):
    """A plate with a bump of another kind at its neck."""
    s = sample(5000 + index)
    x, y = s.mesh.points.T
    bulge = 1 + 0.35 * np.exp(-(((y - 0.5) / 0.15) ** 2))
    mesh = Mesh(points=np.stack([x * bulge, y], axis=1), triangles=s.mesh.triangles)
    return dataclasses.replace(s, mesh=mesh)


@pytest.fixture(scope="module")
def judged(model, test_set):
    odd = [strange(i) for i in range(10)]
    return score_trust(
        (test_set, evaluate(model, test_set, ["P"])), {"bulge": (odd, evaluate(model, odd, ["P"]))}
    )


@pytest.mark.claim("A shape that the training family does not have is refused.")
def test_shapes_of_another_kind_are_told_from_those_of_the_family(judged):
    assert judged["pooled.auroc"] == judged["bulge.auroc"] > 0.99
    assert judged["bulge.refuse_share"] > 0.9
    assert judged["pooled.silent_failure_share"] == 0.0


def test_samples_of_the_family_are_rarely_refused(judged):
    assert judged["test.refuse_share"] <= 0.1
    assert judged["test.accept_share"] >= 0.7


def test_a_load_far_outside_the_training_range_is_noticed(model, test_set):
    """The process variance sees inputs that the shape does not show."""
    found = model.predict(test_set[0].mesh, {"P": 500.0}).trust
    assert found.decision == "refuse"
    assert "process variance" in found.reason


def test_a_mesh_that_cannot_be_mapped_counts_as_refused(model, test_set):
    rng = np.random.default_rng(0)
    whole = necked_plate(0.3, 15, 17, rng)
    inner = np.abs(whole.points[whole.triangles].mean(axis=1)).max(axis=1) > 0.2
    holed = Mesh(points=whole.points, triangles=whole.triangles[inner])
    bad = dataclasses.replace(sample(9000), mesh=holed, fields={})
    found = evaluate(model, [bad], ["P"])
    assert "expected" in found.unmapped["9000"]
    judged = score_trust((test_set, evaluate(model, test_set, ["P"])), {"hole": ([bad], found)})
    assert judged["hole.auroc"] == judged["hole.refuse_share"] == 1.0


def test_p_values_of_training_like_scores_are_uniform():
    """Rank below the 90 % quantile, an exponential tail beyond."""
    rng = np.random.default_rng(0)
    scores = np.sort(rng.exponential(size=2000))
    model = TrustModel(
        shapes=np.zeros((2, 1)), precision=np.eye(1), medians=np.zeros(4), spreads=np.ones(4),
        scores=scores,
    )  # fmt: skip
    fresh = [model.p_value(s) for s in rng.exponential(size=4000)]
    for level in (0.5, 0.1, 0.01):
        assert np.mean(np.array(fresh) < level) == pytest.approx(level, abs=0.3 * level + 0.01)


def test_the_budget_adds_up(aligned, model, test_set):
    found = evaluate(model, test_set, ["P"])
    again = [[sample(i), sample(i)] for i in (2000, 2001)]
    budget = error_budget(model, test_set, found.samples, again)
    for name in ("u", "s"):
        parts = {p: budget[f"{name}.{p}"] for p in ("total", "basis", "regression", "transfer")}
        assert parts["total"] > 0
        assert parts["transfer"] > 0
        expected = max(parts["total"] ** 2 - parts["basis"] ** 2, 0.0)
        assert parts["regression"] ** 2 == pytest.approx(expected)
        assert budget[f"{name}.mesh_noise"] == pytest.approx(0.0, abs=1e-12)
        assert budget[f"{name}.calibration"] == model.fields[name].calibration


def test_the_part_of_the_basis_does_not_exceed_the_whole(aligned, test_set):
    """Also where the amplitude is learned apart."""
    spec = MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=5), representation="chosen")
    chosen = spec.fit(aligned)
    assert any(f.recipe.amplitude for f in chosen.fields.values())
    budget = error_budget(chosen, test_set, evaluate(chosen, test_set, ["P"]).samples)
    for name in ("u", "s"):
        assert budget[f"{name}.basis"] <= 1.2 * budget[f"{name}.total"]


def test_fewer_modes_raise_the_part_of_the_basis(aligned, test_set):
    poor = MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=1)).fit(aligned)
    rich = MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=5)).fit(aligned)
    bases = [
        error_budget(m, test_set, evaluate(m, test_set, ["P"]).samples)["s.basis"]
        for m in (poor, rich)
    ]
    assert bases[0] > 2 * bases[1]

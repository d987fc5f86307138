import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

from synthetic import sample
from understudy.mesh import Mesh
from understudy.surrogates.baselines import MeanField, NearestShape, PODRidge
from understudy.surrogates.evaluation import evaluate, score
from understudy.surrogates.mmgp import MMGP
from understudy.surrogates.mmgp_model import load_mmgp, save_mmgp


@pytest.mark.claim("The variance of a predicted field is exact: it needs no sampling.")
def test_field_variance_is_that_of_sampled_coefficients(model, test_set):
    s = test_set[0]
    x, back = model.encoder.encode(s.mesh, {"P": s.inputs["P"]})
    found = model.predict(s.mesh, {"P": s.inputs["P"]})
    rng = np.random.default_rng(0)
    for name, field in model.fields.items():
        z = field.posterior.predict(x)
        draws = z.mean + np.sqrt(z.variance) * rng.normal(size=(20_000, z.mean.shape[1]))
        rest = rng.normal(size=20_000)[:, None] * np.sqrt(back @ field.truncation)
        sampled = (field.basis.mean + draws @ field.basis.modes.T) @ back.T + rest
        assert np.allclose(sampled.mean(axis=0), found.fields[name], atol=5 / np.sqrt(20_000))
        assert np.allclose(
            sampled.std(axis=0), found.field_deviations[name], rtol=5 / np.sqrt(40_000)
        )


def test_a_prediction_of_a_training_sample_is_the_sample(model):
    s = sample(3)
    found = model.predict(s.mesh, {"P": s.inputs["P"]})
    for name, values in s.fields.items():
        assert np.linalg.norm(found.fields[name] - values) < 0.03 * np.linalg.norm(values)


def test_unseen_meshes_are_predicted_better_than_by_the_baselines(aligned, model, test_set):
    methods = {"mmgp": evaluate(model, test_set, ["P"])}
    for name, rival in (("mean", MeanField()), ("near", NearestShape()), ("ridge", PODRidge())):
        methods[name] = evaluate(rival.fit(aligned), test_set, ["P"])
    found = score(test_set, methods, "mean")
    assert found["mmgp.fields.s.q2"] > 0.99
    assert found["mmgp.scalars.peak.q2"] > 0.99
    for rival in ("mean", "near", "ridge"):
        assert found["mmgp.mean_rrmse"] < found[f"{rival}.mean_rrmse"]


def test_shuffled_targets_teach_nothing(aligned, test_set):
    shuffled = aligned.with_shuffled_targets(np.random.default_rng(0))
    methods = {
        "control": evaluate(MMGP(shape_rank=3, field_rank=5).fit(shuffled), test_set, ["P"]),
        "mean": evaluate(MeanField().fit(aligned), test_set, ["P"]),
    }
    found = score(test_set, methods, "mean")
    assert found["control.fields.s.q2_about_mean_field"] < 0.1
    assert found["control.scalars.peak.q2"] < 0.1


def test_predictions_do_not_depend_on_the_numbering_of_the_mesh(model, test_set):
    s = test_set[1]
    order = np.random.default_rng(0).permutation(len(s.mesh.points))
    shuffled = Mesh(points=s.mesh.points[order], triangles=np.argsort(order)[s.mesh.triangles])
    one = model.predict(s.mesh, {"P": 45.0}).fields["s"]
    two = model.predict(shuffled, {"P": 45.0}).fields["s"]
    assert np.allclose(two, one[order], rtol=1e-9)


def test_a_stored_model_predicts_to_the_last_bit(model, test_set, tmp_path):
    save_mmgp(tmp_path / "m.h5", model, {"seed": 0})
    one = model.predict(test_set[0].mesh, {"P": 45.0})
    two = load_mmgp(tmp_path / "m.h5").predict(test_set[0].mesh, {"P": 45.0})
    assert np.array_equal(one.fields["u"], two.fields["u"])
    assert np.array_equal(one.field_deviations["s"], two.field_deviations["s"])
    assert one.scalars == two.scalars


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({}, "missing P"),
        ({"P": 1.0, "E": 2.0}, "unknown E"),
        ({"P": float("nan")}, "scalar P: expected a finite number, got nan"),
    ],
)
def test_wrong_scalars_are_named(model, test_set, inputs, message):
    with pytest.raises(ValueError, match=message):
        model.predict(test_set[0].mesh, inputs)


def test_a_model_without_output_scalars_is_possible(aligned, test_set):
    fields_only = MMGP(shape_rank=2, field_rank=2).fit(dataclasses.replace(aligned, scalars={}))
    assert fields_only.predict(test_set[0].mesh, {"P": 45.0}).scalars == {}


@pytest.mark.parametrize("name", ["shape_rank", "field_rank"])
def test_a_rank_below_one_is_refused(name):
    with pytest.raises(ValueError, match=name):
        MMGP(**{name: 0})


def test_noise_outside_the_basis_keeps_its_variance(aligned):
    """Of N - 1 free directions r go into the modes; n >> N, so each holds as much noise."""
    noise = np.random.default_rng(0).normal(size=aligned.fields["u"].shape)
    uniform = csr_array(np.eye(noise.shape[1]))
    data = dataclasses.replace(aligned, fields={"noise": noise}, scalars={}, mass=uniform)
    found = MMGP(shape_rank=1, field_rank=4).fit(data).fields["noise"].truncation
    assert found.mean() == pytest.approx(1.0, rel=0.1)

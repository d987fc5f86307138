import dataclasses

import numpy as np
import pytest
from scipy.sparse import csr_array

from synthetic import sample
from understudy.linalg import POD
from understudy.mesh import Mesh
from understudy.metrics import conformal_factors
from understudy.regression import GP
from understudy.surrogates.baselines import MeanField, NearestShape, PODRidge
from understudy.surrogates.encoding import shape_encoder
from understudy.surrogates.evaluation import evaluate, score
from understudy.surrogates.field_model import FieldModel
from understudy.surrogates.mmgp import MMGP, _balanced_quantile
from understudy.surrogates.mmgp_model import load_mmgp, save_mmgp
from understudy.surrogates.recipe import FieldRecipe
from understudy.surrogates.representation import represent


@pytest.mark.claim("The variance of a predicted field is exact: it needs no sampling.")
@pytest.mark.parametrize("amplitude", [False, True])
def test_field_variance_is_that_of_sampled_coefficients(aligned, test_set, amplitude):
    """Analytic and sampled deviations agree within the sampling error, well below 3 %."""
    s, count = test_set[0], 20_000
    recipe = FieldRecipe(scale={"P": 1.0}, amplitude=amplitude)
    part = represent(aligned.fields["s"], recipe, aligned, POD(rank=5))
    encoder = shape_encoder(aligned, POD(rank=3))
    posterior = GP(steps=2).fit(encoder.encode_training(aligned), part.outputs)
    rest = np.full(aligned.mass.shape[0], 1e-4)
    model = FieldModel(
        recipe=recipe, basis=part.basis, posterior=posterior, truncation=rest, transfer=0 * rest
    )
    at = encoder.encode(s.mesh, {"P": s.inputs["P"]})
    z = posterior.predict(at.x)
    mean, deviation = model.moments(z, np.array([s.inputs["P"]]), at.back)
    rng = np.random.default_rng(0)
    draws = posterior.sample(at.x, count, rng)[:, 0]
    a = 1.0 / np.maximum(draws[:, :1], 0.05 * z.mean[0, 0]) if amplitude else np.ones((count, 1))
    pattern = part.basis.mean + draws[:, int(amplitude) :] @ part.basis.modes.T
    noise = rng.normal(size=(count, len(s.mesh.points))) * np.sqrt(at.back @ rest)
    sampled = s.inputs["P"] * a * (pattern @ at.back.T + noise)
    assert np.allclose(sampled.mean(axis=0), mean[0], atol=5 * deviation.max() / np.sqrt(count))
    assert np.allclose(sampled.std(axis=0), deviation[0], rtol=0.03)


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
        "control": evaluate(
            MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=5)).fit(shuffled), test_set, ["P"]
        ),
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
    fields_only = MMGP(shape_basis=POD(rank=2), field_basis=POD(rank=2)).fit(
        dataclasses.replace(aligned, scalars={})
    )
    assert fields_only.predict(test_set[0].mesh, {"P": 45.0}).scalars == {}


def test_a_representation_without_meaning_is_refused():
    with pytest.raises(ValueError, match="representation"):
        MMGP(representation="nonsense")


def test_noise_outside_the_basis_keeps_its_variance(aligned):
    """Of N - 1 free directions r go into the modes; n >> N, so each holds as much noise."""
    noise = np.random.default_rng(0).normal(size=aligned.fields["u"].shape)
    uniform = csr_array(np.eye(noise.shape[1]))
    data = dataclasses.replace(
        aligned, fields={"noise": noise}, transfer={"noise": 0 * noise}, scalars={}, mass=uniform
    )
    found = (
        MMGP(shape_basis=POD(rank=1), field_basis=POD(rank=4)).fit(data).fields["noise"].truncation
    )
    assert found.mean() == pytest.approx(1.0, rel=0.1)


def test_leave_one_out_bands_hold_95_percent_of_what_was_left_out(aligned, model):
    """Calibration: by construction on the training set, at the reference."""
    for name, field in model.fields.items():
        scale = np.ones(len(aligned.index))
        z = field.posterior.leave_one_out()
        mean, sd = field.moments(z, scale, transfer=False)
        inside = np.abs(aligned.fields[name] - mean) <= 1.96 * sd
        assert inside.mean() == pytest.approx(0.95, abs=0.01)


def test_the_chosen_representation_is_at_least_as_good(aligned, test_set):
    """The load scales both fields: measured in loads they depend on the shape alone."""
    plain = MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=5))
    chosen = dataclasses.replace(plain, representation="chosen").fit(aligned)
    assert chosen.fields["s"].recipe.scale == {"P": 1.0}
    methods = {
        "mean": evaluate(MeanField().fit(aligned), test_set, ["P"]),
        "plain": evaluate(plain.fit(aligned), test_set, ["P"]),
        "chosen": evaluate(chosen, test_set, ["P"]),
    }
    found = score(test_set, methods, "mean")
    assert found["chosen.fields.s.rrmse"] < 1.1 * found["plain.fields.s.rrmse"]


def test_drawn_fields_have_the_stated_deviations(aligned, test_set):
    """20,000 draws: deviations agree within 3 %, means within five standard errors."""
    spec = MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=5), representation="chosen")
    chosen, s, count = spec.fit(aligned), test_set[2], 20_000
    given = {"P": s.inputs["P"]}
    found = chosen.predict(s.mesh, given)
    for name, drawn in chosen.sample(s.mesh, given, count, np.random.default_rng(0)).items():
        sd = found.field_deviations[name]
        assert np.allclose(drawn.std(axis=0), sd, rtol=0.03)
        gap = np.abs(drawn.mean(axis=0) - found.fields[name])
        assert (gap <= 5 * sd / np.sqrt(count)).all()
    with pytest.raises(ValueError, match="count: expected at least 1"):
        chosen.sample(s.mesh, given, 0, np.random.default_rng(0))


def test_a_sample_with_many_values_weighs_no_more_than_one_with_few():
    """Of two samples with 1 and 99 values the median lies where each gives half its weight."""
    values = np.concatenate([np.full((1, 99), 1.0), np.full((1, 99), 2.0)])
    counted = np.ones((2, 99), dtype=bool)
    counted[1, 1:] = False
    assert _balanced_quantile(values, counted, 0.49) == 1.0
    assert _balanced_quantile(values, counted, 0.51) == 2.0


def test_scalars_are_calibrated_by_their_conformal_factors(model):
    posterior = model.scalars.posterior
    found = posterior.leave_one_out()
    truth = posterior.y_centre + posterior.y_scale * posterior.y
    factors = conformal_factors(truth, found.mean, np.sqrt(found.variance))
    assert np.allclose(model.scalars.calibration, factors, rtol=1e-12)

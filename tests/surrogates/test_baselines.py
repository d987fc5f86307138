import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

from synthetic import sample
from understudy.metrics import q2
from understudy.surrogates.baselines import (
    MeanField,
    NearestShape,
    PODRidge,
    load_baseline,
    save_baseline,
)


def test_the_nearest_shape_of_a_training_sample_is_itself(aligned):
    s = sample(7)
    found = NearestShape(shape_rank=3).fit(aligned).predict(s.mesh, {"P": s.inputs["P"]})
    assert found.scalars["peak"] == pytest.approx(s.scalars["peak"])


def test_the_mean_field_is_the_mean(aligned):
    s = sample(7)
    found = MeanField().fit(aligned).predict(s.mesh, {"P": 1.0})
    assert found.scalars["peak"] == pytest.approx(aligned.scalars["peak"].mean())


def test_ridge_of_a_scalar_is_scikit_learns(aligned):
    rival = PODRidge(shape_rank=3)
    model = rival.fit(aligned)
    x = model.encoder.encode_training(aligned)
    scaler = StandardScaler().fit(x)
    expected = RidgeCV(alphas=rival.penalties).fit(scaler.transform(x), aligned.scalars["peak"])
    s = sample(1001)
    at = model.encoder.encode(s.mesh, {"P": s.inputs["P"]}).x
    found = model.predict(s.mesh, {"P": s.inputs["P"]}).scalars["peak"]
    assert found == pytest.approx(expected.predict(scaler.transform(at))[0], rel=1e-9)


@pytest.mark.parametrize("rival", [MeanField(), NearestShape(), PODRidge()])
def test_a_stored_baseline_predicts_to_the_last_bit(rival, aligned, tmp_path):
    s = sample(1002)
    model = rival.fit(aligned)
    save_baseline(tmp_path / "b.h5", model, {})
    one, two = (m.predict(s.mesh, {"P": 44.0}) for m in (model, load_baseline(tmp_path / "b.h5")))
    assert np.array_equal(one.fields["s"], two.fields["s"])
    assert one.field_deviations == {}


def test_ridge_explains_most_of_a_smooth_field(aligned, test_set):
    model = PODRidge(shape_rank=3).fit(aligned)
    found = [model.predict(s.mesh, {"P": s.inputs["P"]}).fields["s"] for s in test_set]
    assert q2([s.fields["s"] for s in test_set], found) > 0.95

import numpy as np
import pytest
from scipy.sparse import eye_array
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from understudy.linalg import POD
from understudy.regression import GP
from understudy.sklearn import GPRegressor, PODTransformer


# Few steps: the checks ask about the interface, not about the optimum.
@parametrize_with_checks([GPRegressor(steps=3), PODTransformer(rank=2)])
def test_scikit_learn_s_own_checks_pass(estimator, check):
    check(estimator)


@pytest.fixture
def curve():
    x = np.random.default_rng(0).uniform(-1, 1, size=(25, 2))
    return x, np.sin(3 * x[:, 0]) + x[:, 1] ** 2


def test_the_regressor_is_the_process(curve):
    x, y = curve
    expected = GP().fit(x, y[:, None]).predict(x[:4] + 0.1)
    mean, deviation = GPRegressor().fit(x, y).predict(x[:4] + 0.1, return_std=True)
    assert np.array_equal(mean, expected.mean[:, 0])
    assert np.array_equal(deviation, np.sqrt(expected.variance[:, 0]))


def test_the_transformer_is_the_decomposition():
    x = np.random.default_rng(1).normal(size=(12, 5))
    basis = POD(rank=3).fit(x, eye_array(5, format="csr"))
    fitted = PODTransformer(rank=3).fit(x)
    assert np.allclose(fitted.transform(x), (x - basis.mean) @ basis.modes)
    whole = PODTransformer(rank=5).fit(x)
    assert np.allclose(whole.inverse_transform(whole.transform(x)), x)


def test_both_go_into_a_pipeline_and_a_search(curve):
    x, y = curve
    pipe = make_pipeline(PODTransformer(rank=2), GPRegressor(steps=20))
    search = GridSearchCV(pipe, {"podtransformer__rank": [1, 2]}, cv=3).fit(x, y)
    assert search.best_params_ == {"podtransformer__rank": 2}
    assert search.best_score_ > 0.5

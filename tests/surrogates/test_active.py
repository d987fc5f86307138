import numpy as np
import pytest

from synthetic import sample
from understudy.linalg import POD
from understudy.regression import GP
from understudy.regression.posterior import GPPosterior
from understudy.surrogates import MMGP
from understudy.surrogates.active import field_weights, next_designs
from understudy.surrogates.evaluation import evaluate, score
from understudy.surrogates.learning import carried_test, learning_curve


def posterior(x, y):
    """Two processes with known hyperparameters, in the units of the data."""
    m = y.shape[1]
    return GPPosterior(
        kernel="matern52", x=x, y=y, x_centre=np.zeros(1), x_scale=np.ones(1),
        y_centre=np.zeros(m), y_scale=np.array([1.0, 3.0]), lengthscale=np.array([[0.3], [1.0]]),
        constant=np.zeros(m), signal=np.ones(m), noise=np.full(m, 1e-3), evidence=np.zeros(m),
    )  # fmt: skip


def test_the_choice_is_that_of_trying_every_design():
    """Variance does not depend on results: fit with each candidate added, sum the variance."""
    rng = np.random.default_rng(0)
    pool = rng.uniform(0, 1, size=(25, 1))
    weight = np.array([2.0, 0.1])
    taken = np.array([3, 8])
    chosen = next_designs([(posterior(pool[taken], np.zeros((2, 2))), weight)], pool, taken, 3)
    assert len(set(chosen) | set(taken)) == 5
    for step in range(3):
        have = [*taken, *chosen[:step]]

        def left(c, have=have):
            rows = [*have, c]
            found = posterior(pool[rows], np.zeros((len(rows), 2))).predict(pool)
            return float((found.variance @ weight).sum())

        rest = [c for c in range(25) if c not in have]
        assert min(rest, key=left) == chosen[step]


def test_more_designs_than_are_left_are_refused():
    pool = np.linspace(0, 1, 4)[:, None]
    one = posterior(pool[:2], np.zeros((2, 2)))
    with pytest.raises(ValueError, match="at most 2 designs left, got 3"):
        next_designs([(one, np.ones(2))], pool, np.array([0, 1]), 3)


def test_covariance_has_the_variance_of_predictions_on_its_diagonal():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(size=(12, 3)), rng.normal(size=(12, 2))
    for sharing in ("none", "kernel"):
        found = GP(sharing=sharing, steps=5).fit(x, y)
        at = rng.uniform(size=(5, 3))
        variance = found.predict(at).variance - found.y_scale**2 * found.noise
        assert np.allclose(np.einsum("mkk->km", found.covariance(at)), variance, atol=1e-12)


def test_weights_share_the_variance_of_a_field(aligned, model):
    for field in model.fields.values():
        weight = field_weights(field, float(aligned.mass.sum()))
        assert weight @ field.posterior.y_scale**2 == pytest.approx(1.0)


def test_a_learning_curve_ends_where_the_whole_set_does(aligned, test_set):
    """The last point is the surrogate of the whole pool, scored as the study scores it."""
    spec = MMGP(shape_basis=POD(rank=2), field_basis=POD(rank=3))
    test = carried_test(aligned, [*test_set, sample(7)])
    assert len(test.samples) == 21
    test = carried_test(aligned, test_set)
    curves = {
        a: learning_curve(spec, aligned, test, [10, 20, 40], active=a) for a in (False, True)
    }
    found = evaluate(spec.fit(aligned), test_set, ["P"])
    expected = score(test_set, {"m": found}, "m")["m.mean_rrmse"]
    for curve in curves.values():
        assert list(curve) == [10, 20, 40]
        assert curve[40]["mean_rrmse"] == pytest.approx(expected, rel=1e-6)
        assert curve[40]["mean_rrmse"] < curve[10]["mean_rrmse"]
    assert curves[0][10] == curves[1][10]
    assert curves[0][20] != curves[1][20]
    with pytest.raises(ValueError, match="increasing numbers up to 40"):
        learning_curve(spec, aligned, test, [10, 41], active=False)

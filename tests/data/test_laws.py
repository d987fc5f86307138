"""Inputs as maps of standard normal numbers."""

import numpy as np
import pytest
from scipy import stats

from understudy.data.laws import Law, from_normal, to_normal

_LAWS = {
    "x": Law(kind="uniform", a=-1.0, b=3.0),
    "p": Law(kind="lognormal", a=5.0, b=0.25),
    "v": Law(kind="normal", a=2.0, b=0.5),
}
_TRUTH = {
    "x": stats.uniform(-1, 4),
    "p": stats.lognorm(0.25, scale=5.0),
    "v": stats.norm(2.0, 0.5),
}


def test_quantiles_go_to_quantiles():
    """The map of a standard normal quantile is the quantile of the law (SciPy's)."""
    p = np.linspace(0.01, 0.99, 25)
    found = from_normal(_LAWS, np.repeat(stats.norm.ppf(p)[:, None], 3, axis=1))
    for name, truth in _TRUTH.items():
        assert found[name] == pytest.approx(truth.ppf(p), rel=1e-10)


def test_the_way_back_is_the_inverse():
    z = np.random.default_rng(0).normal(size=(50, 3))
    assert to_normal(_LAWS, from_normal(_LAWS, z)) == pytest.approx(z, abs=1e-8)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"x": np.zeros(2), "p": np.ones(2)}, "expected .*got"),
        ({"x": np.full(2, 3.5), "p": np.ones(2), "v": np.ones(2)}, "inputs, x"),
        ({"x": np.zeros(2), "p": -np.ones(2), "v": np.ones(2)}, "inputs, p"),
    ],
)
def test_values_that_a_law_cannot_give_are_told(inputs, message):
    with pytest.raises(ValueError, match=message):
        to_normal(_LAWS, inputs)


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [("uniform", 1.0, 1.0), ("lognormal", 0.0, 1.0), ("normal", 0.0, 0.0), ("cauchy", 0.0, 1.0)],
)
def test_laws_without_meaning_are_refused(kind, a, b):
    with pytest.raises(ValueError, match="law"):
        Law(kind=kind, a=a, b=b)

"""The contract of the family: every probabilistic regression, one set of laws."""

import subprocess
import sys

import numpy as np
import pytest

import understudy.regression
from understudy.regression import GP, TorchGP

METHODS = [GP(), TorchGP()]
RESULTS = {"GPPosterior", "Gaussian"}
each_method = pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
RNG = np.random.default_rng(0)
X = RNG.uniform(size=(40, 3)) * [1.0, 1e3, 1e-3] + [0.0, 5e3, 0.0]
Z = (X - X.mean(axis=0)) / X.std(axis=0)
Y = np.stack([np.sin(Z[:, 0]) + Z[:, 1] ** 2, 1e6 * np.cos(Z[:, 1] + Z[:, 2])], axis=1)


def test_every_method_of_the_family_is_under_contract():
    assert {type(m).__name__ for m in METHODS} == set(understudy.regression.__all__) - RESULTS


@each_method
def test_noiseless_data_are_interpolated(method):
    found = method.fit(X, Y).predict(X)
    assert np.allclose(found.mean, Y, atol=2e-2 * Y.std(axis=0))


@each_method
def test_variance_grows_away_from_data_up_to_the_prior(method):
    posterior = method.fit(X, Y)
    near, far = posterior.predict(X), posterior.predict(X + 1e7 * X.std(axis=0))
    prior = posterior.y_scale**2 * (posterior.signal + posterior.noise)
    assert (near.variance < far.variance).all()
    assert (near.variance <= prior * (1 + 1e-9)).all()
    assert np.allclose(far.variance, prior, rtol=1e-3)


@each_method
def test_permuting_the_data_changes_nothing(method):
    order = np.random.default_rng(1).permutation(len(X))
    a, b = (
        method.fit(X, Y).predict(X[:5] * 1.01),
        method.fit(X[order], Y[order]).predict(X[:5] * 1.01),
    )
    assert np.allclose(a.mean, b.mean, atol=1e-3 * Y.std(axis=0))


@each_method
def test_units_of_inputs_and_outputs_do_not_matter(method):
    a = method.fit(X, Y).predict(X * 1.01)
    b = method.fit(1e3 * X, 1e-3 * Y + 7).predict(1e3 * X * 1.01)
    assert np.allclose(b.mean, 1e-3 * a.mean + 7, rtol=1e-4, atol=1e-6 * Y.std(axis=0))


@each_method
def test_the_number_of_processes_does_not_change_a_bit(method, tmp_path):
    """In a fresh process: where DOLFINx is loaded, torch takes its BLAS and rounds otherwise."""
    np.savez(tmp_path / "data.npz", x=X, y=Y)
    name = type(method).__name__
    (tmp_path / "run.py").write_text(
        "import numpy as np\n"
        f"from understudy.regression import {name}\n"
        "if __name__ == '__main__':\n"
        "    d = np.load('data.npz')\n"
        f"    one, two = ({name}().fit(d['x'], d['y'], workers=k) for k in (1, 2))\n"
        "    assert np.array_equal(one.lengthscale, two.lengthscale)\n"
        "    assert np.array_equal(one.predict(d['x']).mean, two.predict(d['x']).mean)\n"
    )
    subprocess.run([sys.executable, "run.py"], cwd=tmp_path, check=True)


@each_method
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X[:2], Y[:2], "at least 3"),
        (np.where(X == X[0, 0], np.nan, X), Y, "finite"),
    ],
)
def test_data_that_cannot_be_learned_are_refused(method, x, y, message):
    with pytest.raises(ValueError, match=message):
        method.fit(x, y)


@each_method
def test_inputs_of_another_number_or_not_finite_are_refused(method):
    posterior = method.fit(X, Y)
    with pytest.raises(ValueError, match="shape"):
        posterior.predict(X[:, :2])
    with pytest.raises(ValueError, match="finite"):
        posterior.predict(np.full((1, 3), np.inf))

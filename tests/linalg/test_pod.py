import numpy as np
import pytest
from scipy.sparse import csr_array

from understudy.linalg import POD

RNG = np.random.default_rng(0)
FACTOR = RNG.normal(size=(40, 40))
MASS = csr_array(FACTOR @ FACTOR.T / 40 + np.eye(40))
X = RNG.normal(size=(12, 40)) * np.logspace(0, -3, 40) + 5.0


def test_modes_are_orthonormal_in_the_mass_matrix():
    modes = POD(rank=6).fit(X, MASS).modes
    assert np.allclose(modes.T @ (MASS @ modes), np.eye(6), atol=1e-12)


def test_loses_exactly_the_tail_of_the_spectrum():
    basis = POD(rank=4).fit(X, MASS)
    rest = X - basis.decode(basis.encode(X))
    assert np.sum(rest * (MASS @ rest.T).T) == pytest.approx(np.sum(basis.values[4:] ** 2))


def test_singular_values_are_those_of_the_weighted_snapshots():
    root = np.linalg.cholesky(MASS.toarray())
    expected = np.linalg.svd((X - X.mean(axis=0)) @ root, compute_uv=False)
    assert np.allclose(POD(rank=2).fit(X, MASS).values[:11], expected[:11], rtol=1e-6)


def test_a_full_rank_basis_reproduces_the_snapshots():
    basis = POD(rank=99).fit(X, MASS)
    assert basis.modes.shape[1] == 11
    assert np.allclose(basis.decode(basis.encode(X)), X, atol=1e-10)


def test_encoding_is_row_by_row():
    basis = POD(rank=3).fit(X, MASS)
    assert np.allclose(basis.encode(X)[4], basis.encode(X[4:5])[0])


def test_constant_snapshots_have_no_variation():
    basis = POD(rank=3).fit(np.ones((5, 40)), MASS)
    assert np.allclose(basis.decode(basis.encode(np.ones((1, 40)))), 1.0)


@pytest.mark.parametrize("bad", [np.ones((1, 40)), np.ones((4, 39)), np.full((4, 40), np.nan)])
def test_data_that_cannot_be_decomposed_are_refused(bad):
    with pytest.raises(ValueError, match="snapshots"):
        POD(rank=2).fit(bad, MASS)

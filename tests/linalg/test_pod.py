import numpy as np
import pytest
from scipy.sparse import csr_array

from understudy.linalg import POD, held_out_errors, incremental_pod

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


@pytest.mark.parametrize("bad", [np.ones((1, 40)), np.ones((4, 39)), np.full((4, 40), np.nan)])
def test_data_that_cannot_be_decomposed_are_refused(bad):
    with pytest.raises(ValueError, match="snapshots"):
        POD(rank=2).fit(bad, MASS)


def tailed(count, rng, size=60):
    """Snapshots whose energy falls fast, off centre."""
    return rng.normal(size=(count, size)) * np.logspace(0, -6, size) + 3.0


def test_the_randomised_modes_are_those_of_the_method_of_snapshots():
    x = tailed(2100, np.random.default_rng(1), 40)
    random, exact = POD(rank=5).fit(x, MASS), POD(rank=5).fit(x[:2000], MASS)
    root = np.linalg.cholesky(MASS.toarray())
    values = np.linalg.svd((x - x.mean(axis=0)) @ root, compute_uv=False)
    assert np.allclose(random.values[:5], values[:5], rtol=1e-6)
    assert np.allclose(random.modes.T @ (MASS @ random.modes), np.eye(5), atol=1e-10)
    # Subspaces of almost the same snapshots are almost the same: cosines near one.
    cosines = np.linalg.svd(random.modes.T @ (MASS @ exact.modes), compute_uv=False)
    assert cosines.min() > 0.99


def test_many_snapshots_of_few_directions_have_no_other_modes():
    """Random directions beyond the rank of the snapshots are combinations of the others."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2100, 5)) @ rng.normal(size=(5, 40)) + 3.0
    basis = POD(rank=8).fit(x, MASS)
    assert basis.modes.shape[1] == len(basis.values) == 5
    assert np.allclose(basis.modes.T @ (MASS @ basis.modes), np.eye(5), atol=1e-12)
    assert np.allclose(basis.decode(basis.encode(x)), x, atol=1e-10)


def test_random_directions_lose_no_more_than_the_tail_of_a_steep_spectrum():
    """Twelve modes down to 3e-6 of the first: their powers are singular in floating point."""
    rng = np.random.default_rng(5)
    scale = np.r_[np.logspace(0, -5.5, 12), np.full(28, 1e-6)]
    x = rng.normal(size=(2100, 40)) * scale
    identity = csr_array(np.eye(40))
    basis = POD(rank=12).fit(x, identity)
    values = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    rest = np.linalg.norm(x - basis.decode(basis.encode(x)))
    # Three powers lose of a mode at most (s_13 / s_12)^12 = 1e-6 of its energy.
    assert rest == pytest.approx(np.linalg.norm(values[12:]), rel=1e-6)


@pytest.mark.parametrize("count", [5, 2100])
def test_snapshots_without_variation_are_their_mean(count):
    basis = POD(rank=3).fit(np.ones((count, 40)), MASS)
    assert basis.modes.shape == (40, 1)
    assert np.allclose(basis.decode(basis.encode(np.ones((1, 40)))), 1.0)


def test_one_pass_over_blocks_gives_the_decomposition_of_all():
    x = tailed(90, np.random.default_rng(2), 40)
    whole = POD(rank=4).fit(x, MASS)
    basis, z = incremental_pod((x[i : i + 13] for i in range(0, 90, 13)), MASS, 4)
    assert np.allclose(basis.mean, whole.mean)
    assert np.allclose(basis.values[:4], whole.values[:4], rtol=1e-6)
    assert np.allclose(np.abs(basis.modes.T @ (MASS @ whole.modes)), np.eye(4), atol=1e-4)
    # Directions below sqrt(1e-13) of the greatest are dropped on the way.
    assert np.allclose(z, basis.encode(x), atol=1e-6)


def test_one_pass_refuses_rows_of_another_length():
    with pytest.raises(ValueError, match="rows of 40 values"):
        incremental_pod([np.ones((3, 39))], MASS, 2)


def test_energy_decides_the_number_of_modes():
    x = X[:, :] * 1.0
    values = POD(rank=11).fit(x, MASS).values ** 2
    share = np.cumsum(values) / values.sum()
    kept = POD(rank=11, energy=0.99).fit(x, MASS).modes.shape[1]
    assert share[kept - 1] >= 0.99 > share[kept - 2]


def test_modes_that_do_not_help_fields_held_out_are_left_out():
    """Three directions and noise: held-out error falls for three modes, then stays."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 3)) @ rng.normal(size=(3, 40)) + 1e-3 * rng.normal(size=(80, 40))
    assert POD(rank=12, slack=0.3).fit(x, MASS).modes.shape[1] == 3
    centred = x - x.mean(axis=0)
    error = held_out_errors(centred @ (MASS @ centred.T), 5)
    assert error[1] > 10 * error[2]


def test_without_centring_the_mean_is_zero():
    basis = POD(rank=3, centred=False).fit(X, MASS)
    assert not basis.mean.any()
    direction = basis.modes[:, 0] / np.linalg.norm(basis.modes[:, 0])
    mean = X.mean(axis=0) / np.linalg.norm(X.mean(axis=0))
    assert abs(direction @ mean) > 0.99


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rank": 0}, "rank"),
        ({"rank": 2, "energy": 0.0}, "energy"),
        ({"rank": 2, "slack": -1.0}, "slack"),
    ],
)
def test_settings_without_meaning_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        POD(**settings)

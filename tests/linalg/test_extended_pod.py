import numpy as np
import pytest
import scipy.stats
from scipy.sparse import csr_array

import understudy.linalg.extended_pod as module
from understudy.data import tree
from understudy.linalg import POD, ExtendedBasis, ExtendedPOD

RNG = np.random.default_rng(0)
N, Q = 14, 50
Y = RNG.normal(size=(N, Q)) * np.logspace(0, -3, Q) + 5.0
WEIGHTS = RNG.uniform(0.2, 3.0, size=Q)
X = Y @ RNG.normal(size=(Q, 30)) - 2.0


def test_a_full_rank_basis_reproduces_responses_and_histories_that_depend_on_them():
    basis = ExtendedPOD().fit(X, Y, WEIGHTS)
    c = basis.encode(Y)
    assert c.shape == (N, N - 1)
    assert np.allclose(basis.respond(c), Y, atol=1e-10)
    assert np.allclose(basis.decode(c), X, atol=1e-9)


def test_coefficients_are_scaled_left_singular_vectors():
    """Columns of U S / t, with t^2 the total variance, in the order of the singular values."""
    c = ExtendedPOD(rank=4).fit(X, Y, WEIGHTS).encode(Y)
    u, s, _ = np.linalg.svd((Y - Y.mean(axis=0)) * np.sqrt(WEIGHTS), full_matrices=False)
    expected = (u * s)[:, :4] / np.sqrt((s**2).sum() / (N - 1))
    assert np.allclose(np.abs(c), np.abs(expected), atol=1e-10)


def test_variances_of_coefficients_add_up_to_the_share_of_the_energy():
    for rank in (3, N - 1):
        basis = ExtendedPOD(rank=rank).fit(X, Y, WEIGHTS)
        assert basis.encode(Y).var(axis=0, ddof=1).sum() == pytest.approx(basis.energy[-1])
    assert basis.energy[-1] == pytest.approx(1.0)


def test_histories_are_the_regression_on_the_coefficients():
    """Histories that responses do not determine: residuals are orthogonal to all coefficients."""
    x = np.random.default_rng(1).normal(size=(N, 20))
    basis = ExtendedPOD(rank=3).fit(x, Y, WEIGHTS)
    c = basis.encode(Y)
    slope = np.linalg.lstsq(c, x - x.mean(axis=0), rcond=None)[0]
    assert np.allclose(basis.x_modes, slope, atol=1e-10)


def test_a_rotation_of_histories_gives_plain_pod():
    rotation = scipy.stats.ortho_group.rvs(Q, random_state=2)
    basis = ExtendedPOD(rank=5).fit(Y, Y @ rotation)
    plain = POD(rank=5).fit(Y, csr_array(np.eye(Q)))
    assert np.allclose(basis.values[:5], plain.values[:5])
    modes = basis.x_modes / np.linalg.norm(basis.x_modes, axis=1, keepdims=True)
    assert np.allclose(np.abs(modes @ plain.modes), np.eye(5), atol=1e-8)


def test_the_unit_of_responses_does_not_matter_and_that_of_histories_carries_over():
    a, b = ExtendedPOD(rank=4).fit(X, Y), ExtendedPOD(rank=4).fit(1e-3 * X, 1e9 * Y)
    assert np.allclose(a.encode(Y), b.encode(1e9 * Y), atol=1e-10)
    assert np.allclose(1e-3 * a.x_modes, b.x_modes, atol=1e-12)


def test_the_order_of_samples_changes_no_mode():
    order = np.random.default_rng(3).permutation(N)
    a, b = ExtendedPOD(rank=4).fit(X, Y), ExtendedPOD(rank=4).fit(X[order], Y[order])
    assert np.allclose(a.y_modes, b.y_modes, atol=1e-10)


def test_blocks_of_columns_and_single_precision_change_round_off_only(monkeypatch):
    """Single precision is exact for these numbers; differences of sums are of double precision."""
    x, y = (v.astype(np.float32) for v in (X, Y))
    whole = ExtendedPOD(rank=5).fit(x.astype(float), y.astype(float), WEIGHTS)
    monkeypatch.setattr(module, "_COLUMNS", 7)
    parts = ExtendedPOD(rank=5).fit(x, y, WEIGHTS)
    assert np.allclose(parts.y_modes, whole.y_modes, atol=1e-9)
    assert np.allclose(parts.encode(y), whole.encode(y.astype(float)), atol=1e-10)


def test_modes_stay_orthogonal_down_to_rounding_of_the_spectrum():
    """Singular values down to 1e-6 of the first; their squares are at 1e-12."""
    y = np.random.default_rng(4).normal(size=(12, 40)) * np.logspace(0, -6.5, 40)
    basis = ExtendedPOD().fit(y, y)
    modes = basis.y_modes / basis.total
    assert np.allclose(modes @ modes.T, np.eye(len(modes)), atol=1e-10)


def test_energy_decides_the_number_of_modes():
    energy = ExtendedPOD().fit(X, Y).energy
    kept = len(ExtendedPOD(energy=0.99).fit(X, Y).y_modes)
    assert energy[kept - 1] >= 0.99 > energy[kept - 2]


def test_it_survives_save_and_load(tmp_path):
    basis = ExtendedPOD(rank=3).fit(X, Y, WEIGHTS)
    tree.save(tmp_path / "b.h5", "basis", 1, basis, {})
    read, _ = tree.load(tmp_path / "b.h5", "basis", 1, ExtendedBasis)
    assert np.array_equal(read.encode(Y), basis.encode(Y))
    assert read.total == basis.total


@pytest.mark.parametrize(
    ("x", "y", "weights", "message"),
    [
        (X[:1], Y[:1], None, "at least 2 rows"),
        (X[:5], Y, None, "as many"),
        (X, np.where(Y == Y[0, 0], np.nan, Y), None, "finite"),
        (X, Y, np.zeros(Q), "positive"),
        (X, np.ones_like(Y), None, "vary"),
    ],
)
def test_data_that_cannot_be_decomposed_are_refused(x, y, weights, message):
    with pytest.raises(ValueError, match=message):
        ExtendedPOD().fit(x, y, weights)


def test_responses_of_another_length_are_refused():
    with pytest.raises(ValueError, match="rows of 50 values"):
        ExtendedPOD(rank=2).fit(X, Y).encode(Y[:, :9])


@pytest.mark.parametrize(
    ("settings", "message"), [({"rank": 0}, "rank"), ({"energy": 0.0}, "energy")]
)
def test_settings_without_meaning_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        ExtendedPOD(**settings)

import numpy as np
import pytest

from understudy import kernels

VALUES = {
    "matern12": (np.exp(-1.0), np.exp(-2.0)),
    "matern32": ((1 + 3**0.5) * np.exp(-(3**0.5)), (1 + 12**0.5) * np.exp(-(12**0.5))),
    "matern52": (0.5239941088318203, 0.13866021913877064),
    "squared_exponential": (np.exp(-0.5), np.exp(-2.0)),
}


def test_every_kernel_is_tested():
    assert set(VALUES) == set(kernels.__all__)


@pytest.mark.parametrize("name", VALUES)
def test_values_are_those_of_the_printed_formula(name):
    for distance, value in zip((0.0, 1.0, 2.0), (1.0, *VALUES[name]), strict=True):
        at = np.array([[3.0 * distance, 0.0]])
        k = getattr(kernels, name)(np.zeros((1, 2)), at, np.array([3.0, 1.0]))
        assert k[0, 0] == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("name", VALUES)
def test_gram_matrix_is_symmetric_and_positive(name):
    x = np.random.default_rng(0).normal(size=(60, 3))
    gram = getattr(kernels, name)(x, x, np.array([1.0, 2.0, 5.0]))
    assert np.array_equal(gram, gram.T)
    assert np.linalg.eigvalsh(gram).min() >= -1e-10

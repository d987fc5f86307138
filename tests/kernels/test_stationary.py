import numpy as np
import pytest

from understudy.kernels import matern52


@pytest.mark.parametrize(
    ("distance", "value"), [(0.0, 1.0), (1.0, 0.5239941088318203), (2.0, 0.13866021913877064)]
)
def test_value_is_the_printed_formula(distance, value):
    k = matern52(np.zeros((1, 2)), np.array([[3.0 * distance, 0.0]]), np.array([3.0, 1.0]))
    assert k[0, 0] == pytest.approx(value, rel=1e-12)


def test_gram_matrix_is_symmetric_and_positive():
    x = np.random.default_rng(0).normal(size=(60, 3))
    gram = matern52(x, x, np.array([1.0, 2.0, 5.0]))
    assert np.array_equal(gram, gram.T)
    assert np.linalg.eigvalsh(gram).min() >= -1e-10

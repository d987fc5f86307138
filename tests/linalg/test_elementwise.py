import numpy as np
import pytest

from understudy.linalg import exp, log


@pytest.mark.parametrize("function", [exp, log])
def test_the_last_digit_does_not_depend_on_the_place_in_memory(function):
    """Short and strided arguments at every offset of a buffer, results wherever they lie."""
    rng = np.random.default_rng(0)
    values = rng.uniform(0.1, 9.0, size=(200, 5))
    expected = function(values)
    kept = []
    for i, row in enumerate(values):
        buffer = np.empty(64)
        place = buffer[i % 16 : i % 16 + 5 * (1 + i % 3) : 1 + i % 3]
        place[:] = row
        kept.append(function(place))
        assert np.array_equal(kept[-1], expected[i])
        assert np.array_equal(place, row)
        assert float(function(float(row[0]))) == expected[i, 0]


def test_they_are_exponential_and_logarithm():
    x = np.linspace(-3, 3, 13)
    assert np.allclose(log(exp(x)), x, atol=1e-15)
    assert exp(np.zeros(1))[0] == 1.0

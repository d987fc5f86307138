import numpy as np
import pytest

from understudy.data import Variable, sobol

BOX = [
    Variable(name="r", low=0.2, high=0.8, unit="mm", known=False),
    Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True),
]


@pytest.mark.claim("Training sets of growing size are nested.")
def test_the_first_points_do_not_depend_on_the_size():
    assert np.array_equal(sobol(BOX, 200, seed=7)[:64], sobol(BOX, 64, seed=7))


def test_every_eighth_of_each_range_holds_an_eighth_of_a_power_of_two():
    points = (sobol(BOX, 64, seed=0) - [0.2, 40]) / [0.6, 10]
    for column in points.T:
        assert np.array_equal(np.bincount((column * 8).astype(int)), np.full(8, 8))


def test_another_seed_gives_other_points():
    assert not np.allclose(sobol(BOX, 16, seed=0), sobol(BOX, 16, seed=1))


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError, match="variable x: expected low < high"):
        Variable(name="x", low=1.0, high=1.0, unit="", known=True)

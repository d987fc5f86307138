import numpy as np

from synthetic import necked_plate
from understudy.surrogates.regions import regions


def test_the_root_of_a_neck_is_its_narrowest_place():
    """x = 1 - r (1 - y^2)^2 is narrowest at y = 0: both roots are there, edges near the rim."""
    mesh = necked_plate(0.5, 41, 41, np.random.default_rng(0))
    found = regions(mesh)
    assert np.array_equal(sum(m.astype(int) for m in found.values()), np.ones(len(mesh.points)))
    x, y = mesh.points[found["notch_root"]].T
    assert np.hypot(np.abs(x) - 0.5, y).max() <= 0.1 * 2.0
    assert (x > 0).any()
    assert (x < 0).any()
    assert np.abs(mesh.points[found["bulk"]][:, 1]).max() < 1.0 - 0.03


def test_a_plate_without_cuts_has_no_root():
    found = regions(necked_plate(0.0, 9, 9, np.random.default_rng(0)))
    assert not found["notch_root"].any()
    assert found["edges"].sum() == 32

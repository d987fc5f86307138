"""Ellipses by three numbers."""

import numpy as np
import pytest

from understudy.data.hole_family import HoleFamily, axes_of


def test_mean_radius_and_stretch_are_those_of_the_axes():
    """r = (a + b) / 2 and e = (a - b) / (a + b) for a hole of known axes and angle."""
    a, b, angle = 0.02, 0.01, -0.4
    r, e = (a + b) / 2, (a - b) / (a + b)
    found = axes_of(np.array([r, e * np.cos(2 * angle), e * np.sin(2 * angle)]))
    assert found == pytest.approx((a, b, angle))


def test_a_circle_has_no_stretch():
    assert axes_of(np.array([0.01, 0.0, 0.0])) == (0.01, 0.01, 0.0)


def test_draws_stay_in_the_box_and_grow_without_changing():
    family = HoleFamily(radius=(0.01, 0.018), stretch=0.32)
    few, many = family.draw(5, 3), family.draw(20, 3)
    assert np.array_equal(few, many[:5])
    assert ((many >= family.low) & (many <= family.high)).all()
    assert not np.array_equal(few, family.draw(5, 4))


def test_a_box_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"radius: expected 0 < low < high, got 0.02 and 0.01"):
        HoleFamily(radius=(0.02, 0.01), stretch=0.3)
    with pytest.raises(ValueError, match=r"stretch: expected in \(0, 0.707\), got 0.9"):
        HoleFamily(radius=(0.01, 0.02), stretch=0.9)

import numpy as np
import pytest

pytest.importorskip("dolfinx")

from understudy.fem.limit_load import _interaction, limit_load
from understudy.fem.notches import Notch


def test_each_part_of_the_interaction_alone_gives_its_own_limit():
    zero, two = np.zeros(1), np.full(1, 2.0)
    for parts in ((two, zero, zero), (zero, two, zero), (zero, zero, two)):
        assert _interaction(*parts)[0] == pytest.approx(0.5, rel=1e-9)


def test_moment_normal_force_and_shear_add_up_to_one():
    m, n, v = np.random.default_rng(0).uniform(0.1, 3.0, size=(3, 50))
    p = _interaction(m, n, v)
    assert np.allclose(m * p + (n * p) ** 2 + (v * p) ** 4, 1.0, atol=1e-9)


def test_equal_shallow_notches_leave_the_net_section_to_decide():
    """No eccentricity: 2 / sqrt(3) times the share of the width that is left."""
    notch = Notch(depth=0.3, aspect=0.6)
    assert limit_load([notch, notch], 2.0) == pytest.approx(2 / np.sqrt(3) * 1.4 / 2)


def test_unequal_notches_bend_the_net_section():
    """On the interaction parabola: M / M0 = 4 (e / w) N / N0."""
    share = limit_load([Notch(depth=0.5, aspect=0.1), Notch(depth=0.3, aspect=0.1)], 2.0)
    share /= 2 / np.sqrt(3) * 1.2 / 2
    assert 4 * 0.1 / 1.2 * share + share**2 == pytest.approx(1.0)


def test_a_thin_lip_gives_before_the_net_section_and_a_thicker_one_later():
    loads = [
        limit_load([Notch(depth=0.6, height=h, aspect=1.0), Notch(depth=0.6)], 2.0)
        for h in (0.3, 0.2, 0.1)
    ]
    assert loads[0] < loads[1] < loads[2] <= 2 / np.sqrt(3) * 0.8 / 2


def test_a_lip_carries_no_more_than_a_cantilever_cut_straight_up():
    """The vertical hinge line at the root, with shear left out, is among those that are tried."""
    notch = Notch(depth=0.6, height=0.6, aspect=0.1)
    cantilever = 2 / np.sqrt(3) * 0.4**2 / (2 * 0.6**2)
    assert limit_load([notch], 2.0) < cantilever

"""Histories are matched to a zone by where the nodes are."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.data.edge import match_edge
from understudy.data.histories import Histories
from understudy.data.zone import Zone
from understudy.linalg.explicit import Observed, System
from understudy.mesh import Mesh

UNITS = {"length": "m", "time": "s", "stress": "Pa"}


@pytest.fixture
def zone():
    """Two triangles on a square of 0.1 m whose edge has three of the four nodes."""
    points = 0.1 * np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    none = np.zeros(0, dtype=np.int64)
    system = System(
        indptr=np.zeros(5, dtype=np.int64), indices=none, blocks=np.zeros((0, 2, 2)),
        mass=np.ones(4), damping=np.zeros((4, 2)), fixed=none,
    )  # fmt: skip
    observed = Observed(
        triangles=triangles, gradients=np.zeros((2, 3, 2)), shear_modulus=np.ones(2), every=1
    )
    return Zone(
        name="z", specification="{}", units=UNITS, mesh=Mesh(points=points, triangles=triangles),
        system=system, edge=np.array([3, 0, 2]), observed=observed, dashpots=np.zeros((3, 2)),
        times=np.linspace(0.0, 7e-5, 5), substeps=2,
    )  # fmt: skip


@pytest.fixture
def given(zone):
    """Histories of the nodes 0, 2, 3 of the zone, in this order."""
    rng = np.random.default_rng(0)
    return Histories(
        name="set", units=UNITS, specification="{}", times=np.linspace(0.0, 7e-5, 5),
        nodes=zone.mesh.points[[0, 2, 3]], numbers=np.arange(2),
        displacement=rng.normal(size=(2, 5, 3, 2)).astype(np.float32),
        peak=rng.uniform(size=(2, 1)), inputs={}, residual=np.zeros(2), seconds=np.zeros(2),
        errors={},
    )  # fmt: skip


def test_histories_come_in_the_order_of_the_edge(zone, given):
    found = match_edge(replace(given, nodes=given.nodes + 5e-8), zone)
    np.testing.assert_array_equal(found.nodes, zone.mesh.points[zone.edge])
    np.testing.assert_array_equal(found.displacement, given.displacement[:, :, [2, 0, 1]])
    assert found.displacement.flags.c_contiguous
    np.testing.assert_array_equal(found.peak, given.peak)


def test_nodes_off_the_edge_are_left_out(zone, given):
    more = replace(
        given,
        nodes=np.concatenate([[[0.3, 0.3]], given.nodes]),
        displacement=np.concatenate([given.displacement[:, :, :1], given.displacement], axis=2),
    )
    found = match_edge(more, zone).displacement
    np.testing.assert_array_equal(found, given.displacement[:, :, [2, 0, 1]])


def test_times_that_rounding_changed_become_those_of_the_zone(zone, given):
    found = match_edge(replace(given, times=given.times * (1 + 1e-5)), zone)
    np.testing.assert_array_equal(found.times, zone.times)


def test_an_edge_node_without_a_history_is_told(zone, given):
    """Its number, its place, how far the nearest is and how many others lack one."""
    moved = given.nodes + np.array([[0.0, 0.0], [2e-7, 0.0], [0.0, 3e-7]])
    with pytest.raises(ValueError, match="each of 3 edge nodes") as told:
        match_edge(replace(given, nodes=moved), zone)
    assert "within 1e-07 of node 3 at (0, 0.1), where the nearest is 3e-07 off" in str(told.value)
    assert "(2 nodes lack one)" in str(told.value)


def test_two_histories_of_an_edge_node_are_told(zone, given):
    doubled = replace(
        given,
        nodes=np.concatenate([given.nodes, given.nodes[:1]]),
        displacement=given.displacement[:, :, [0, 1, 2, 0]],
    )
    with pytest.raises(ValueError, match=r"expected one history .* got 2 at \(0, 0\)"):
        match_edge(doubled, zone)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"times": np.linspace(0.0, 7.1e-5, 5)}, "the 5 of the zone .* to 7e-05, got 5 .*7.1e-05"),
        ({"units": UNITS | {"length": "mm"}}, "units, length: expected 'm' .* got 'mm'"),
    ],
)
def test_other_times_and_units_are_told(zone, given, changes, message):
    with pytest.raises(ValueError, match=message):
        match_edge(replace(given, **changes), zone)


def test_another_number_of_times_is_told(zone, given):
    fewer = replace(given, times=given.times[:4], displacement=given.displacement[:, :4])
    with pytest.raises(ValueError, match=r"expected the 5 of the zone .* got 4"):
        match_edge(fewer, zone)

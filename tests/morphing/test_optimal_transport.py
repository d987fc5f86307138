"""Transport between parts: closed forms of plans, and fields across topologies."""

import numpy as np
import pytest

from synthetic import holed_plate, necked_plate
from understudy.mesh import Mesh
from understudy.morphing import OptimalTransport


def carried(method, mesh, reference, field):
    there = method.fit(mesh, reference)
    return there.transport(field(mesh.points), method.fit(reference))


def test_a_shifted_and_scaled_part_is_met_node_by_node():
    """The plan between a measure and its image under a gradient of a convex function is it."""
    mesh = necked_plate(0.3, 11, 12, np.random.default_rng(0))
    moved = Mesh(points=1.5 * mesh.points + [2.0, -1.0], triangles=mesh.triangles)
    method = OptimalTransport(smoothing=0)
    matrix = method.fit(mesh, moved).operator(method.fit(moved))
    assert np.allclose(matrix.toarray(), np.eye(len(mesh.points)), atol=1e-6)


def test_a_linear_map_is_found_inside_a_stretched_part():
    """x -> (1.3 x, 0.8 y) is the gradient of a convex function, so it is the optimal map.

    Away from the boundary fields arrive at their place within a mesh width squared.
    """
    rng = np.random.default_rng(0)
    mesh, other = holed_plate([], 0.1, rng), holed_plate([], 0.09, rng)
    reference = Mesh(points=other.points * [1.3, 0.8], triangles=other.triangles)
    found = carried(OptimalTransport(), mesh, reference, lambda p: p)
    inside = np.abs(other.points).max(axis=1) < 0.7
    assert np.abs(found - other.points)[inside].max() < 0.3 * 0.1
    assert np.sqrt(np.mean((found - other.points)[inside] ** 2)) < 0.1**2


@pytest.mark.parametrize("holes", [(0, 1), (2, 1), (1, 2), (0, 2)])
def test_fields_cross_topologies_and_come_back(holes):
    rng = np.random.default_rng(0)
    places = [(-0.4, 0.1, 0.22), (0.4, -0.1, 0.2)]
    mesh, reference = (holed_plate(places[:k], 0.1, rng, 0.2) for k in holes)
    method = OptimalTransport()
    there, common = method.fit(mesh, reference), method.fit(reference)
    field = np.sin(mesh.points @ [2.0, 1.0])
    again = common.transport(there.transport(field, common), there)
    assert np.sqrt(np.mean((again - field) ** 2)) < 0.04


def test_joining_nodes_costs_little():
    rng = np.random.default_rng(0)
    mesh = holed_plate([(0.1, 0.0, 0.3)], 0.08, rng)
    reference = holed_plate([], 0.08, rng, 0.2)
    all_nodes, joined = (
        carried(OptimalTransport(points=points), mesh, reference, lambda p: p)
        for points in (10_000, 250)
    )
    assert np.sqrt(np.mean((all_nodes - joined) ** 2)) < 0.08 / 2


def test_a_lonely_node_is_refused():
    mesh = necked_plate(0.3, 9, 9, np.random.default_rng(0))
    lonely = Mesh(points=np.concatenate([mesh.points, [[5.0, 5.0]]]), triangles=mesh.triangles)
    with pytest.raises(ValueError, match="got 1 nodes without one"):
        OptimalTransport().fit(lonely, mesh)


@pytest.mark.parametrize("settings", [{"points": 2}, {"smoothing": -1}])
def test_settings_without_meaning_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        OptimalTransport(**settings)

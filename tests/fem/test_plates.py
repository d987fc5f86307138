"""Meshes of gmsh: geometry, orientation, names of edges, and the same mesh every time."""

import numpy as np
import pytest

from understudy.fem import plates
from understudy.mesh import area, boundary_loop, edges


def ellipse(p, a, b):
    return np.abs((p[:, 0] / a) ** 2 + (p[:, 1] / b) ** 2 - 1)


PLATES = {
    "notched": (
        lambda h: plates.notched_plate(side=2.0, notch_radius=0.5, mesh_size=h),
        4 - np.pi * 0.25,
        {
            "bottom": lambda p: p[:, 1] + 1,
            "top": lambda p: p[:, 1] - 1,
            "left": lambda p: p[:, 0] + 1,
            "right": lambda p: p[:, 0] - 1,
            "notch": lambda p: np.hypot(np.abs(p[:, 0]) - 1, p[:, 1]) - 0.5,
        },
    ),
    "pierced": (
        lambda h: plates.quarter_plate_with_hole(side=2.0, radius=0.5, mesh_size=h, hole_size=h),
        4 - np.pi / 16,
        {
            "bottom": lambda p: p[:, 1],
            "right": lambda p: p[:, 0] - 2,
            "top": lambda p: p[:, 1] - 2,
            "left": lambda p: p[:, 0],
            "hole": lambda p: np.hypot(*p.T) - 0.5,
        },
    ),
    "cook": (
        lambda h: plates.cook_membrane(mesh_size=20 * h),
        48 * (44 + 16) / 2,
        {
            "bottom": lambda p: p[:, 1] - 44 / 48 * p[:, 0],
            "right": lambda p: p[:, 0] - 48,
            "top": lambda p: p[:, 1] - 44 - p[:, 0] / 3,
            "left": lambda p: p[:, 0],
        },
    ),
    "elliptic": (
        lambda h: plates.elliptic_membrane(mesh_size=h),
        np.pi / 4 * (3.25 * 2.75 - 2),
        {
            "bottom": lambda p: p[:, 1],
            "outer": lambda p: ellipse(p, 3.25, 2.75),
            "left": lambda p: p[:, 0],
            "inner": lambda p: ellipse(p, 2, 1),
        },
    ),
}
every = pytest.mark.parametrize(("make", "size", "shape"), PLATES.values(), ids=PLATES)


@every
def test_triangles_are_counter_clockwise_and_fill_the_plate(make, size, shape):
    """Chords cut h^2 / 8 of curvature off each unit of arc: the area is met to h^2."""
    mesh = make(0.1).mesh
    assert area(mesh).min() > 0
    assert area(mesh).sum() == pytest.approx(size, abs=0.1**2)


@every
def test_the_named_edges_are_the_boundary_and_lie_on_their_curve(make, size, shape):
    plate = make(0.1)
    assert set(plate.boundary) == set(shape)
    for name, gap in shape.items():
        ends = plate.mesh.points[plate.boundary[name].ravel()]
        np.testing.assert_allclose(gap(ends), 0, atol=1e-12)
    named = np.sort(np.concatenate(list(plate.boundary.values())), axis=1)
    pairs, shared = edges(plate.mesh)
    assert {*map(tuple, named.tolist())} == {*map(tuple, pairs[shared == 1].tolist())}
    assert len(boundary_loop(plate.mesh)) == len(named)


@every
def test_every_node_is_used(make, size, shape):
    mesh = make(0.2).mesh
    assert np.array_equal(np.unique(mesh.triangles), np.arange(len(mesh.points)))


def test_the_same_plate_is_the_same_mesh_whatever_came_before():
    def bits(r):
        mesh = plates.notched_plate(side=2.0, notch_radius=r, mesh_size=0.15).mesh
        return mesh.points.tobytes() + mesh.triangles.tobytes()

    first = bits(0.4)
    others = [bits(0.7), bits(0.41)]
    assert bits(0.4) == first
    assert first not in others


def test_half_the_size_makes_four_times_the_nodes():
    """About one node for each h^2 sqrt(3) / 2 of area, and half of one for each h of boundary."""
    r, h = 0.5, 0.05
    count = len(plates.notched_plate(side=2.0, notch_radius=r, mesh_size=h).mesh.points)
    inner = (4 - np.pi * r**2) / (h**2 * np.sqrt(3) / 2)
    rim = (8 - 4 * r + 2 * np.pi * r) / h
    assert count == pytest.approx(inner + rim / 2, rel=0.05)


@pytest.mark.parametrize(
    "wrong",
    [
        {"notch_radius": 1.0, "mesh_size": 0.1},
        {"notch_radius": 0.0, "mesh_size": 0.1},
        {"notch_radius": 0.5, "mesh_size": 0.0},
    ],
)
def test_notches_that_meet_are_refused(wrong):
    with pytest.raises(ValueError, match="expected 0 < notch_radius, mesh_size < side / 2 = 1"):
        plates.notched_plate(side=2.0, **wrong)


def test_a_failure_of_gmsh_has_a_name_and_leaves_gmsh_usable(monkeypatch):
    def fail(dim):
        raise Exception("no elements")

    with monkeypatch.context() as patch:
        patch.setattr(plates.gmsh.model.mesh, "generate", fail)
        with pytest.raises(plates.MeshingError, match="gmsh: no elements"):
            plates.cook_membrane(mesh_size=10.0)
    assert len(plates.cook_membrane(mesh_size=10.0).mesh.points) > 4

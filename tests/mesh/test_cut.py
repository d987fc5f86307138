"""Tubes and closed surfaces become disks along one path, and nothing else changes."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from understudy.mesh import Mesh, area, boundary_loop, boundary_loops, cut_open
from understudy.morphing import Harmonic


def tube(around=16, along=9):
    t, z = np.meshgrid(2 * np.pi * np.arange(around) / around, np.linspace(0, 3, along))
    points = np.stack([np.cos(t), np.sin(t), z], axis=2).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(along - 1), np.arange(around), indexing="ij")
    a, b = i * around + j, i * around + (j + 1) % around
    lower = np.stack([a, b, b + around], axis=2).reshape(-1, 3)
    upper = np.stack([a, b + around, a + around], axis=2).reshape(-1, 3)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


def ball(count=150):
    k = np.arange(count) + 0.5
    z, t = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    points = np.stack(
        [np.cos(t) * np.sqrt(1 - z**2), np.sin(t) * np.sqrt(1 - z**2), 2 * z], axis=1
    )
    triangles = ConvexHull(points).simplices.astype(np.int64)
    corner = points[triangles]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    out = (normal * corner.mean(axis=1)).sum(axis=1) > 0
    return Mesh(points=points, triangles=np.where(out[:, None], triangles, triangles[:, ::-1]))


@pytest.mark.parametrize(("surface", "copies"), [(tube(), 9), (ball(), None)])
def test_the_cut_surface_is_a_disk_with_the_same_triangles(surface, copies):
    disk, nodes = cut_open(surface)
    boundary_loop(disk)
    assert np.array_equal(disk.points, surface.points[nodes])
    assert np.array_equal(nodes[disk.triangles], surface.triangles)
    extra = len(nodes) - len(surface.points)
    assert extra == copies or copies is None
    assert (area(Harmonic(anchor=(0.0, 0.0, 1.0)).fit(disk).image) > 0).all()


def test_a_tube_is_cut_once_along_its_length():
    """Perimeter: both circles and twice the seam."""
    disk, _ = cut_open(tube())
    loop = disk.points[boundary_loop(disk)]
    perimeter = np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=1).sum()
    circle = 2 * 16 * np.sin(np.pi / 16)
    assert perimeter == pytest.approx(2 * circle + 2 * 3.0)


def test_a_slit_ball_has_a_boundary_of_both_sides_of_the_slit():
    surface = ball()
    disk, nodes = cut_open(surface)
    loop = boundary_loop(disk)
    assert len(loop) == 2 * (len(nodes) - len(surface.points)) + 2


def test_the_ends_say_where_it_is_cut():
    surface = tube()
    _, nodes = cut_open(surface, ends=(5, 8 * 16 + 5))
    copies = nodes[len(surface.points) :]
    assert sorted(copies.tolist()) == [16 * k + 5 for k in range(9)]


def test_what_is_neither_tube_nor_ball_is_refused():
    surface = tube()
    for triangles in (np.delete(surface.triangles, 70, axis=0), surface.triangles[:1]):
        used, new = np.unique(triangles, return_inverse=True)
        with pytest.raises(ValueError, match="expected a tube"):
            cut_open(Mesh(points=surface.points[used], triangles=new.reshape(-1, 3)))
    with pytest.raises(ValueError, match="one end on each boundary"):
        cut_open(surface, ends=(1, 2))
    assert len(boundary_loops(surface)) == 2

"""Boundaries meet: holes with their holes, and nodes where the shape says, not the mesh."""

import numpy as np
import pytest

from synthetic import holed_plate
from understudy.mesh import Mesh, boundary_loops
from understudy.morphing import RBF, Elastic
from understudy.morphing.landing import landing, outline_and_holes

ANCHOR = (-1.0, -1.0)


def test_holes_meet_the_nearest_holes():
    rng = np.random.default_rng(0)
    places = [(-0.5, -0.4, 0.15), (0.5, -0.4, 0.15), (0.0, 0.5, 0.15)]
    reference = holed_plate(places, 0.1, rng)
    mesh = holed_plate([places[k] for k in (2, 0, 1)], 0.09, rng)
    nodes, goal = landing(mesh, reference, ANCHOR, 60.0)
    assert np.linalg.norm(goal - mesh.points[nodes], axis=1).max() < 0.05


@pytest.mark.parametrize("phase", [0.0, 0.05, 0.11, 0.2])
def test_a_round_hole_does_not_turn_with_its_nodes(phase):
    """Where a hole starts is a matter of its shape: a node at an angle lands at that angle.

    A polygon of k nodes has its arc length and centroid off the circle's by 1 / k^2.
    """
    rng = np.random.default_rng(0)
    one, two = holed_plate([(0, 0, 0.4)], 0.1, rng), holed_plate([(0, 0, 0.4)], 0.1, rng)
    hole = outline_and_holes(one)[1]
    t = 2 * np.pi * np.arange(len(hole)) / len(hole)
    points = one.points.copy()
    points[hole] = 0.4 * np.stack([np.cos(phase - t), np.sin(phase - t)], axis=1)
    nodes, goal = landing(Mesh(points=points, triangles=one.triangles), two, ANCHOR, 60.0)
    inside = np.isin(nodes, hole)
    own, landed = points[nodes[inside]], goal[inside]
    turn = np.angle((own @ [1, -1j]) * (landed @ [1, 1j]))
    assert np.abs(turn).max() < 0.5 * (2 * np.pi / len(hole)) ** 2


@pytest.mark.parametrize("method", [RBF(), Elastic()], ids=lambda m: type(m).__name__)
def test_corners_of_a_square_hole_meet(method):
    def square(half):
        """Grid with a square hole; nodes lie on its corners."""
        n = 13
        x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
        lower = np.stack([corner, corner + 1, corner + n + 1], axis=1)
        upper = np.stack([corner, corner + n + 1, corner + n], axis=1)
        triangles = np.concatenate([lower, upper])
        keep = np.abs(points[triangles].mean(axis=1)).max(axis=1) > 0.5
        used, new = np.unique(triangles[keep], return_inverse=True)
        points = points[used]
        size = np.abs(points).max(axis=1, keepdims=True)
        grown = np.interp(size, [0.5, 1.0], [half, 1.0])
        return Mesh(points=points * grown / size, triangles=new.reshape(-1, 3))

    mesh, reference = square(0.5), square(0.3)
    image = method.fit(mesh, reference).image
    corners = np.isclose(np.abs(mesh.points), 0.5).all(axis=1)
    assert corners.sum() == 4
    assert np.allclose(image.points[corners], 0.6 * mesh.points[corners], atol=1e-12)


def test_the_outline_comes_first_and_parts_are_counted():
    rng = np.random.default_rng(0)
    mesh = holed_plate([(0.0, 0.0, 0.85)], 0.1, rng)
    loops = outline_and_holes(mesh)
    assert len(loops) == 2
    assert np.abs(mesh.points[loops[0]]).max() == 1.0
    apart = Mesh(
        points=np.concatenate([mesh.points, mesh.points + 3.0]),
        triangles=np.concatenate([mesh.triangles, mesh.triangles + len(mesh.points)]),
    )
    assert len(boundary_loops(apart)) == 4
    with pytest.raises(ValueError, match="expected one connected part, got 2"):
        outline_and_holes(apart)


@pytest.mark.parametrize(
    ("specification", "settings", "word"),
    [
        (RBF, {"radius": 0.0}, "radius"),
        (RBF, {"anchor": (1.0, 1.0, 1.0)}, "anchor"),
        (RBF, {"steps": 0}, "steps"),
        (Elastic, {"poisson_ratio": 0.5}, "poisson_ratio"),
        (Elastic, {"stiffening": -1.0}, "stiffening"),
        (Elastic, {"landmark_angle": 200.0}, "landmark_angle"),
    ],
)
def test_settings_without_meaning_are_refused(specification, settings, word):
    with pytest.raises(ValueError, match=word):
        specification(**settings)

"""Landmarks: the same corners on every part, whatever its mesh and its roughness."""

import itertools

import numpy as np
import pytest

from synthetic import necked_plate
from understudy.mesh import Mesh
from understudy.morphing import Harmonic, Tutte
from understudy.morphing.boundary import circle, corners


def notched(radius, spacing, rough=0.0):
    """Outline of a square of side 2 with a rough half circle cut from its right side."""
    t = np.linspace(-np.pi / 2, np.pi / 2, max(8, int(np.pi * radius / spacing)))
    rho = radius * (1 + rough * np.sin(6 * (t + np.pi / 2)))
    notch = np.column_stack([1 - rho * np.cos(t), rho * np.sin(t)])
    ends = np.array([[-1, -1], [1, -1], [1, -radius]]), np.array([[1, radius], [1, 1], [-1, 1]])
    track = np.concatenate([ends[0], notch[1:-1], ends[1], ends[0][:1]])
    pieces = []
    for a, b in itertools.pairwise(track):
        n = max(1, int(np.linalg.norm(b - a) / spacing))
        pieces.append(a + (b - a) * np.arange(n)[:, None] / n)
    return np.concatenate(pieces)


@pytest.mark.parametrize("radius", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("spacing", [0.03, 0.05, 0.08])
@pytest.mark.parametrize("rough", [0.0, 0.01])
def test_a_notched_square_has_six_corners(radius, spacing, rough):
    outline = notched(radius, spacing, rough)
    found = outline[corners(outline, 40.0)]
    expected = [(-1, -1), (1, -1), (1, -radius), (1, radius), (1, 1), (-1, 1)]
    assert len(found) == 6
    assert np.allclose(found, expected, atol=spacing)


def test_landmarks_take_the_angles_of_the_reference():
    rng = np.random.default_rng(0)
    mesh, reference = necked_plate(0.5, 15, 17, rng), necked_plate(0.1, 13, 12, rng)
    loop, angle = circle(mesh, reference, (-1.0, -1.0), 40.0)
    other, theirs = circle(reference, None, (-1.0, -1.0), None)
    for corner in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        own = np.flatnonzero((mesh.points[loop] == corner).all(axis=1))
        ref = np.flatnonzero((reference.points[other] == corner).all(axis=1))
        turn = (angle[own] - theirs[ref] + np.pi) % (2 * np.pi) - np.pi
        assert turn == pytest.approx(0.0, abs=1e-12)
    assert (np.diff(angle % (2 * np.pi + 1e-9)) > 0).sum() >= len(loop) - 2


def test_a_reference_met_before_gives_the_angles_of_one_never_met():
    """What is remembered of a reference belongs to it, to the anchor and to the angle."""
    rng = np.random.default_rng(1)
    mesh, one, two = (necked_plate(r, 15, 17, rng) for r in (0.5, 0.1, 0.4))
    settings = [((-1.0, -1.0), 40.0), ((1.0, -1.0), 40.0), ((-1.0, -1.0), 60.0)]
    for reference in (one, two, one):
        for anchor, turn in settings:
            copy = Mesh(points=reference.points, triangles=reference.triangles)
            met, never = (circle(mesh, known, anchor, turn) for known in (reference, copy))
            assert all(np.array_equal(a, b) for a, b in zip(met, never, strict=True))


def test_another_number_of_corners_is_refused():
    rng = np.random.default_rng(0)
    mesh = necked_plate(0.3, 15, 17, rng)
    points = mesh.points.copy()
    points[np.argmax(points[:, 0] + 10 * np.isclose(points[:, 1], points[8 * 15, 1]))] += [0.6, 0]
    spiked = type(mesh)(points=points, triangles=mesh.triangles)
    with pytest.raises(ValueError, match=r"expected 4 boundary corners .* got [5-7]"):
        Harmonic(landmark_angle=40.0).fit(spiked, mesh)


@pytest.mark.parametrize("settings", [{"anchor": (0.0, 0.0)}, {"landmark_angle": 200.0}])
def test_settings_without_meaning_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Harmonic(**settings)


def test_the_harmonic_map_hardly_depends_on_the_triangulation():
    """Two meshes of one part: images of the same point agree better than with equal weights."""
    gaps = {}
    for method in (Harmonic(), Tutte()):
        one, two = (
            method.fit(necked_plate(0.4, 21, 21, np.random.default_rng(seed))) for seed in (0, 1)
        )
        there = one.transport(one.mesh.points, two)
        gaps[type(method).__name__] = np.abs(there - two.mesh.points).max()
    assert gaps["Harmonic"] < 0.5 * gaps["Tutte"]

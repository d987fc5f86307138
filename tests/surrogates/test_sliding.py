"""Displacements that keep the boundary, against closed forms."""

import numpy as np
import pytest

from synthetic import necked_plate
from understudy.mesh import Mesh, boundary_loop, hat_gradients, nodal_gradients, stiffness_matrix
from understudy.morphing import Harmonic
from understudy.surrogates.sliding import sliding_modes


def square(n=21):
    return necked_plate(0.0, n, n, np.random.default_rng(0))


def test_modes_of_a_square_are_sines_and_cosines():
    """Each component alone: sin(k pi s) cos(l pi t) on [0, 1]^2, zero across its two sides.

    On [-1, 1]^2 the least eigenvalue is (pi / 2)^2, twice; then 2 (pi / 2)^2, twice. Linear
    elements are off by the square of mesh width times wave number over 12.
    """
    mesh = square()
    modes, roughness = sliding_modes(mesh, 4)
    assert roughness == pytest.approx([1.0, 1.0, 2.0, 2.0], rel=0.02)
    s = np.cos(np.pi * mesh.points / 2)
    for mode in modes[:2]:
        held = [np.sum(mode[:, d] * s[:, d]) / np.sum(s[:, d] ** 2) for d in (0, 1)]
        assert np.allclose(mode, held * s, atol=0.02 * np.abs(mode).max())


def test_the_boundary_slides_and_corners_stay():
    mesh = square()
    modes, _ = sliding_modes(mesh, 6)
    rim = np.abs(mesh.points) == 1.0
    assert np.abs(modes[:, rim]).max() < 1e-12
    disk = Harmonic().fit(mesh).image
    modes, _ = sliding_modes(disk, 6)
    loop = boundary_loop(disk)
    p = disk.points[loop]
    chord = np.roll(p, -1, axis=0) - np.roll(p, 1, axis=0)
    after = np.roll(p, -1, axis=0) - p
    before = p - np.roll(p, 1, axis=0)
    along = after / np.linalg.norm(after, axis=1)[:, None]
    along = along + before / np.linalg.norm(before, axis=1)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    assert np.abs(np.einsum("kbd,bd->kb", modes[:, loop], across)).max() < 1e-12
    assert np.abs(np.einsum("kbd,bd->kb", modes[:, loop], chord)).max() > 0.01


def test_modes_are_the_same_every_time_and_of_the_size_of_the_domain():
    mesh = square(15)
    (one, _), (two, _) = sliding_modes(mesh, 5), sliding_modes(mesh, 5)
    assert np.array_equal(one, two)
    assert np.linalg.norm(one, axis=2).max(axis=1) == pytest.approx(np.sqrt(4 / np.pi))


def test_gradients_of_a_linear_field_are_exact():
    mesh = necked_plate(0.4, 12, 13, np.random.default_rng(1))
    u = mesh.points @ [2.0, -3.0]
    each = np.einsum("mad,ma->md", hat_gradients(mesh), u[mesh.triangles])
    assert np.allclose(each, [2.0, -3.0])
    assert np.allclose(np.stack([d @ u for d in nodal_gradients(mesh)], axis=1), [2.0, -3.0])
    stiffness = stiffness_matrix(mesh)
    corner = mesh.points[mesh.triangles]
    a, b = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    area = 0.5 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
    assert u @ (stiffness @ u) == pytest.approx(13.0 * area)


def test_too_many_modes_are_refused():
    mesh = Mesh(points=np.eye(3)[:, :2], triangles=np.array([[2, 0, 1]]))
    with pytest.raises(ValueError, match="modes: expected"):
        sliding_modes(mesh, 5)

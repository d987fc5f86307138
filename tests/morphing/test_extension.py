"""What goes on inside: radial functions and elasticity against closed forms."""

import numpy as np
import pytest

from synthetic import necked_plate
from understudy.mesh import Mesh, boundary_loops
from understudy.morphing import RBF, Elastic


def ring(around, across, inner=0.5):
    """A ring 1/2 <= r <= 1 on a polar grid."""
    t, r = np.meshgrid(2 * np.pi * np.arange(around) / around, np.linspace(inner, 1, across))
    points = np.stack([r * np.cos(t), r * np.sin(t)], axis=2).reshape(-1, 2)
    i, j = np.meshgrid(np.arange(across - 1), np.arange(around), indexing="ij")
    a, b = i * around + j, i * around + (j + 1) % around
    lower = np.stack([a, a + around, b], axis=2).reshape(-1, 3)
    upper = np.stack([b, a + around, b + around], axis=2).reshape(-1, 3)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


def test_one_moving_node_drags_others_by_the_wendland_function():
    """u(x) = (1 - r)^4 (4 r + 1), r over the reach: 1 at the node, 3/16 half way, 0 beyond."""
    x = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [0.0, 0.0]])
    square = Mesh(points=x, triangles=np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]))
    found = RBF(radius=2.0)._extend(square, np.array([0]), np.array([[1.0, 0.0]]))
    assert found[[0, 4, 2], 0] == pytest.approx([1.0, 3 / 16, 0.0])
    assert not found[:, 1].any()


def test_a_ring_widens_as_lame_says():
    """u_r = A r + B / r in plane strain, whatever Poisson's ratio; linear elements: h^2."""
    errors = []
    for n in (24, 48):
        mesh = ring(n, n // 4 + 1)
        r = np.linalg.norm(mesh.points, axis=1, keepdims=True)
        lame = mesh.points / r * (0.02 * r + 0.05 / r)
        nodes = np.concatenate(boundary_loops(mesh))
        found = Elastic(stiffening=0.0)._extend(mesh, nodes, lame[nodes])
        errors.append(np.abs(found - lame).max())
    assert errors[1] < errors[0] / 3
    assert errors[1] < 1e-3


def test_rigid_motions_store_no_energy():
    mesh = necked_plate(0.4, 9, 10, np.random.default_rng(0))
    x, y = mesh.points.T
    stiffness = Elastic()._stiffness(mesh)
    for u in ([1 + 0 * x, 0 * x], [0 * x, 1 + 0 * x], [-y, x]):
        assert np.abs(stiffness @ np.stack(u, axis=1).ravel()).max() < 1e-12
    assert np.abs((stiffness - stiffness.T).toarray()).max() < 1e-12


def test_stiff_small_triangles_keep_their_shape():
    """Next to a wall of small triangles that moves, stiffening lets the large ones give way."""
    n = 13
    x, y = np.meshgrid(np.linspace(0, 1, n) ** 2, np.linspace(0, 1, n))
    mesh = necked_plate(0.0, n, n, np.random.default_rng(0))
    mesh = Mesh(points=np.stack([x.ravel(), y.ravel()], axis=1), triangles=mesh.triangles)
    nodes = np.concatenate(boundary_loops(mesh))
    pushed = np.zeros((len(nodes), 2))
    pushed[:, 0] = 0.1 * (1 - mesh.points[nodes, 0])
    pushed[mesh.points[nodes, 0] < 0.05, 0] = 0.1
    strains = []
    for stiffening in (0.0, 2.0):
        u = Elastic(stiffening=stiffening)._extend(mesh, nodes, pushed)[:, 0].reshape(n, n)
        strains.append(np.abs(u[n // 2, 2] - u[n // 2, 0]))
    assert strains[1] < strains[0] / 2

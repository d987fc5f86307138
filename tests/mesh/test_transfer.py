import numpy as np
import pytest

from synthetic import necked_plate
from understudy.mesh import Mesh, interpolation
from understudy.mesh.transfer import locate


@pytest.fixture
def mesh():
    return necked_plate(0.5, 15, 13, np.random.default_rng(1))


def test_linear_functions_are_reproduced_inside(mesh):
    rng = np.random.default_rng(2)
    corners = mesh.points[mesh.triangles[rng.integers(0, len(mesh.triangles), 500)]]
    points = np.einsum("kc,kcd->kd", rng.dirichlet(np.ones(3), 500), corners)
    values = interpolation(mesh, points) @ (2 + mesh.points @ [3.0, -1.0])
    assert np.allclose(values, 2 + points @ [3.0, -1.0], atol=1e-12)


def test_interpolation_at_the_nodes_is_the_identity(mesh):
    field = np.random.default_rng(3).normal(size=len(mesh.points))
    assert np.allclose(interpolation(mesh, mesh.points) @ field, field, atol=1e-12)


def test_rows_are_convex_weights_even_far_outside(mesh):
    points = np.random.default_rng(4).uniform(-5, 5, size=(300, 2))
    matrix = interpolation(mesh, points)
    assert matrix.data.min() >= 0
    assert np.allclose(matrix.sum(axis=1), 1)


def test_a_point_outside_takes_the_value_of_the_nearest_boundary_point():
    square = Mesh(
        points=np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]]),
        triangles=np.array([[0, 1, 2], [0, 2, 3]]),
    )
    outside = np.array([[0.3, -2.0], [4.0, 0.25], [2.0, 2.0]])
    nearest = interpolation(square, outside) @ square.points
    assert np.allclose(nearest, [[0.3, 0], [1, 0.25], [1, 1]])


def test_of_triangles_that_hold_a_point_equally_the_first_is_taken():
    """On the diagonal the least weight is zero in both halves, exactly."""
    points = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    shared = np.array([[0.0, 0], [0.25, 0.25], [0.5, 0.5], [1, 1]])
    for halves in ([[0, 1, 2], [0, 2, 3]], [[0, 2, 3], [0, 1, 2]]):
        triangle, weight = locate(Mesh(points=points, triangles=np.array(halves)), shared)
        assert triangle.tolist() == [0, 0, 0, 0]
        assert (weight.min(axis=1) == 0.0).all()


def test_transfer_equals_brute_force_search(mesh):
    points = np.random.default_rng(5).uniform(-0.45, 0.45, size=(60, 2))
    corners = mesh.points[mesh.triangles]
    expected = np.zeros((60, len(mesh.points)))
    for row, p in zip(expected, points, strict=True):
        for triangle, c in zip(mesh.triangles, corners, strict=True):
            w = np.linalg.solve(np.vstack([c.T, np.ones(3)]), [*p, 1])
            if w.min() >= 0:
                row[:] = 0
                row[triangle] = w
    assert np.allclose(interpolation(mesh, points).toarray(), expected, atol=1e-9)

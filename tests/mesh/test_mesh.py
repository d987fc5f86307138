import numpy as np
import pytest

from synthetic import necked_plate
from understudy.mesh import Mesh, area, boundary_loop, edges, mass_matrix, oriented

SQUARE = Mesh(
    points=np.array([[0.0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]]),
    triangles=np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]]),
)


@pytest.fixture
def plate():
    return necked_plate(0.4, 9, 11, np.random.default_rng(0))


def ring():
    """A square with a square hole: 8 nodes, 8 triangles."""
    outer = np.array([[0.0, 0], [3, 0], [3, 3], [0, 3]])
    inner = np.array([[1.0, 1], [2, 1], [2, 2], [1, 2]])
    quads = [(i, (i + 1) % 4, 4 + (i + 1) % 4, 4 + i) for i in range(4)]
    triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return Mesh(points=np.concatenate([outer, inner]), triangles=np.array(triangles))


def test_euler_number_of_a_disk_is_one(plate):
    assert len(plate.points) - len(edges(plate)[0]) + len(plate.triangles) == 1


def test_boundary_of_a_square_is_its_four_corners_in_order():
    loop = boundary_loop(SQUARE)
    assert sorted(loop.tolist()) == [0, 1, 2, 3]
    assert np.array_equal(np.roll(loop, -int(np.argmin(loop))), [0, 1, 2, 3])


def test_a_mesh_with_a_hole_is_refused():
    with pytest.raises(ValueError, match="one boundary loop"):
        boundary_loop(ring())


def test_a_mesh_of_two_parts_is_refused():
    points = np.concatenate([SQUARE.points, SQUARE.points + 5])
    two = Mesh(points=points, triangles=np.concatenate([SQUARE.triangles, SQUARE.triangles + 5]))
    with pytest.raises(ValueError, match="one connected part, got 2"):
        boundary_loop(two)


def test_a_loose_node_is_refused():
    loose = Mesh(points=np.concatenate([SQUARE.points, [[9, 9]]]), triangles=SQUARE.triangles)
    with pytest.raises(ValueError, match="1 nodes without"):
        boundary_loop(loose)


@pytest.mark.parametrize(
    ("points", "triangles", "message"),
    [
        (np.array([[0.0, 0], [1, 0], [0, np.nan]]), [[0, 1, 2]], "node 2"),
        (np.zeros((3, 2)), [[0, 1, 3]], "node numbers"),
        (np.zeros((3, 4)), [[0, 1, 2]], "shape"),
    ],
)
def test_arrays_that_are_no_mesh_are_refused(points, triangles, message):
    with pytest.raises(ValueError, match=message):
        Mesh(points=points, triangles=np.array(triangles))


def test_orientation_makes_every_area_positive_and_keeps_the_sum():
    flipped = Mesh(
        points=SQUARE.points,
        triangles=np.concatenate([SQUARE.triangles[:2], SQUARE.triangles[2:, ::-1]]),
    )
    turned = oriented(flipped)
    assert (area(turned) > 0).all()
    assert area(turned).sum() == pytest.approx(1.0)


def test_mass_matrix_integrates_products_of_linear_functions_exactly():
    x = SQUARE.points[:, 0]
    mass = mass_matrix(SQUARE)
    one = np.ones(5)
    assert one @ (mass @ one) == pytest.approx(1.0)
    assert x @ (mass @ one) == pytest.approx(1 / 2)
    assert x @ (mass @ x) == pytest.approx(1 / 3)

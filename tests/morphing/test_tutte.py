import numpy as np
import pytest

from synthetic import necked_plate
from understudy.mesh import Mesh, area, boundary_loop, edges
from understudy.morphing import Tutte


@pytest.fixture
def plate():
    return necked_plate(0.4, 12, 15, np.random.default_rng(0))


def test_every_inner_node_is_the_mean_of_its_neighbours(plate):
    image = Tutte().fit(plate).image.points
    total, count = np.zeros_like(image), np.zeros(len(image))
    for a, b in edges(plate)[0]:
        total[[a, b]] += image[[b, a]]
        count[[a, b]] += 1
    inner = np.setdiff1d(np.arange(len(image)), boundary_loop(plate))
    assert np.allclose(image[inner], total[inner] / count[inner, None], atol=1e-12)


def test_angles_share_the_circle_as_lengths_share_the_boundary(plate):
    image = Tutte().fit(plate).image.points
    loop = boundary_loop(plate)
    after = np.roll(loop, -1)
    length = np.linalg.norm(plate.points[after] - plate.points[loop], axis=1)
    z = image[:, 0] + 1j * image[:, 1]
    angle = np.angle(z[after] / z[loop])
    assert np.allclose(angle, 2 * np.pi * length / length.sum(), atol=1e-12)


def test_the_anchor_goes_to_angle_zero(plate):
    corner = int(np.argmin(plate.points.sum(axis=1)))
    assert np.allclose(Tutte().fit(plate).image.points[corner], [1.0, 0.0])


def test_a_rigid_motion_of_part_and_anchor_changes_nothing(plate):
    angle, shift = 0.7, np.array([3.0, -2.0])
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    moved = Mesh(points=plate.points @ turn.T + shift, triangles=plate.triangles)
    anchor = tuple((turn @ [-1.0, -1.0]).tolist())
    assert np.allclose(
        Tutte(anchor=anchor).fit(moved).image.points, Tutte().fit(plate).image.points, atol=1e-10
    )


def test_a_surface_in_space_needs_an_anchor_in_space(plate):
    lifted = Mesh(points=np.c_[plate.points, plate.points[:, 0] ** 2], triangles=plate.triangles)
    with pytest.raises(ValueError, match="expected points of 2 coordinates"):
        Tutte().fit(lifted)
    image = Tutte(anchor=(-1.0, -1.0, 0.0)).fit(lifted).image
    assert (area(image) > 0).all()


@pytest.mark.parametrize("anchor", [(0.0, 0.0), (np.nan, 1.0)])
def test_an_anchor_without_direction_is_refused(anchor):
    with pytest.raises(ValueError, match="anchor"):
        Tutte(anchor=anchor)

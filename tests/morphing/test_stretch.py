"""Stretch of linear maps in closed form, and what it says of the two morphings onto parts."""

import numpy as np
import pytest

from synthetic import holed_plate, necked_plate
from understudy.mesh import Mesh
from understudy.morphing import RBF, Elastic, Morphing, stretch


@pytest.fixture
def plate():
    return necked_plate(0.3, 9, 10, np.random.default_rng(0))


def mapped(mesh, matrix):
    image = Mesh(points=mesh.points @ np.asarray(matrix).T, triangles=mesh.triangles)
    return stretch(Morphing(mesh=mesh, image=image))


def test_an_isometry_up_to_scale_has_stretch_one(plate):
    c, s = 3.0 * np.cos(0.4), 3.0 * np.sin(0.4)
    found = mapped(plate, [[c, -s], [s, c]])
    assert (found.mean, found.worst, found.least_area) == pytest.approx((1.0, 1.0, 1.0))


def test_a_linear_map_has_the_stretch_of_its_singular_values(plate):
    """Back from diag(3, 1/2): singular values 2 and 1/3, scaled by c^2 = 3/2."""
    found = mapped(plate, [[3.0, 0.0], [0.0, 0.5]])
    assert found.mean == pytest.approx(np.sqrt(1.5 * (4 + 1 / 9) / 2))
    assert found.worst == pytest.approx(2 * np.sqrt(1.5))
    assert found.least_area == pytest.approx(1.0)


def test_a_shrunk_triangle_has_the_least_area():
    """Two triangles of a square, one image of half the area: 1/2 over a whole of 3/4."""
    square = Mesh(
        points=np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]),
        triangles=np.array([[0, 1, 2], [0, 2, 3]]),
    )
    points = square.points.copy()
    points[3] = [0.25, 0.75]
    found = stretch(Morphing(mesh=square, image=Mesh(points=points, triangles=square.triangles)))
    assert found.least_area == pytest.approx(0.5 / 0.75)


def test_a_rolled_sheet_is_an_isometry(plate):
    """A sheet on a cylinder: chords are shorter than arcs by their square over 24."""
    x, y = plate.points.T
    rolled = Mesh(
        points=np.stack([np.sin(x), 1 - np.cos(x), y], axis=1), triangles=plate.triangles
    )
    found = stretch(Morphing(mesh=rolled, image=plate))
    assert found.mean == pytest.approx(1.0, abs=0.3**2 / 24)


def test_the_elastic_morphing_stretches_less_than_radial_functions():
    """Why `choose` takes it for parts with holes; over a family, and in the mean."""
    reference = holed_plate([(0, 0, 0.25)], 0.1, np.random.default_rng(0), 0.2)
    means = {RBF(): [], Elastic(): []}
    for k in range(8):
        rng = np.random.default_rng([1, k])
        hole = (*rng.uniform(-0.4, 0.4, size=2), rng.uniform(0.12, 0.4))
        mesh = holed_plate([hole], 0.1, rng, rng.uniform(0.0, 0.5))
        for method, found in means.items():
            found.append(stretch(method.fit(mesh, reference)).mean)
    assert np.mean(means[Elastic()]) < np.mean(means[RBF()])

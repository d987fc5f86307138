"""The contract of the family: every morphing, one set of laws."""

import numpy as np
import pytest

import understudy.morphing
from synthetic import necked_plate
from understudy.mesh import Mesh, area, boundary_loop
from understudy.morphing import Harmonic, Morphing, Tutte

METHODS = [Tutte(), Harmonic()]
each_method = pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)


def rotate(points, angle):
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


@pytest.fixture
def plate():
    return necked_plate(0.5, 15, 17, np.random.default_rng(0))


def test_every_method_of_the_family_is_under_contract():
    assert {type(m).__name__ for m in METHODS} == set(understudy.morphing.__all__) - {"Morphing"}


@each_method
def test_no_triangle_folds(method, plate):
    assert (area(method.fit(plate).image) > 0).all()


@each_method
def test_boundary_lands_on_the_target(method, plate):
    image = method.fit(plate).image
    radius = np.linalg.norm(image.points, axis=1)
    rim = boundary_loop(plate)
    assert np.allclose(radius[rim], 1.0, atol=1e-14)
    assert np.delete(radius, rim).max() < 1.0


@each_method
def test_transport_to_itself_is_the_identity(method, plate):
    morphing = method.fit(plate)
    field = np.random.default_rng(1).normal(size=len(plate.points))
    assert np.allclose(morphing.transport(field, morphing), field, atol=1e-9)


@each_method
def test_renumbering_the_nodes_renumbers_the_image(method, plate):
    order = np.random.default_rng(2).permutation(len(plate.points))
    shuffled = Mesh(points=plate.points[order], triangles=np.argsort(order)[plate.triangles])
    expected = method.fit(plate).image.points[order]
    assert np.allclose(method.fit(shuffled).image.points, expected, atol=1e-10)


@each_method
def test_turning_a_triangle_over_changes_nothing(method, plate):
    mixed = plate.triangles.copy()
    mixed[::3] = mixed[::3, ::-1]
    image = method.fit(Mesh(points=plate.points, triangles=mixed)).image
    assert np.allclose(image.points, method.fit(plate).image.points, atol=1e-12)


def test_a_fold_is_refused(plate):
    with pytest.raises(ValueError, match="folded over"):
        Morphing(mesh=plate, image=Mesh(points=plate.points, triangles=plate.triangles[:, ::-1]))


def test_fields_travel_between_meshes_of_one_shape_with_the_mesh_width_squared():
    errors = []
    for n in (15, 29):
        rng = np.random.default_rng(n)
        a, b = (Tutte().fit(necked_plate(0.3, n, n + k, rng)) for k in (0, 3))
        truth = np.sin(b.mesh.points @ [2.0, 1.0])
        errors.append(
            np.sqrt(np.mean((a.transport(np.sin(a.mesh.points @ [2.0, 1.0]), b) - truth) ** 2))
        )
    assert errors[1] < 0.6 * errors[0]
    assert errors[1] < 0.02

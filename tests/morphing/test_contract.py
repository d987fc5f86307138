"""The contract of the family: every method, one set of laws; of morphings, some more."""

import numpy as np
import pytest

import understudy.morphing
from synthetic import holed_plate, necked_plate
from understudy.mesh import Mesh, area, boundary_loop, boundary_loops
from understudy.morphing import (
    RBF,
    Correspondence,
    Elastic,
    Harmonic,
    Morphing,
    OptimalTransport,
    Tutte,
)

DISK_MAPS = [Tutte(), Harmonic()]
ONTO_PARTS = [RBF(), Elastic()]
MORPHINGS = [*DISK_MAPS, *ONTO_PARTS]
METHODS = [*MORPHINGS, OptimalTransport()]
OTHERS = {"Correspondence", "Morphing", "Stretch", "TransportMap", "choose", "stretch"}


def each(methods):
    return pytest.mark.parametrize("method", methods, ids=lambda m: type(m).__name__)


def turned(method, mesh, angle):
    """A mesh turned about the origin and shifted, and the method with its anchor turned."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    settings = {f: getattr(method, f) for f in method.__dataclass_fields__}
    if "anchor" in settings:
        settings["anchor"] = tuple((turn @ settings["anchor"]).tolist())
    points = mesh.points @ turn.T + [3.0, -2.0]
    return type(method)(**settings), Mesh(points=points, triangles=mesh.triangles)


@pytest.fixture
def plate():
    return necked_plate(0.5, 15, 17, np.random.default_rng(0))


@pytest.fixture
def reference():
    return necked_plate(0.2, 13, 14, np.random.default_rng(1))


def test_every_method_of_the_family_is_under_contract():
    assert {type(m).__name__ for m in METHODS} == set(understudy.morphing.__all__) - OTHERS


@each(METHODS)
def test_the_result_is_a_correspondence_of_the_mesh(method, plate, reference):
    found = method.fit(plate, reference)
    assert isinstance(found, Correspondence)
    assert np.array_equal(found.mesh.points, plate.points)


@each(METHODS)
def test_values_travel_by_means_of_values(method, plate, reference):
    """Rows are non-negative and sum to one, both ways."""
    image, common = method.fit(plate, reference), method.fit(reference)
    for matrix, shape in (
        (image.operator(common), (len(reference.points), len(plate.points))),
        (common.operator(image), (len(plate.points), len(reference.points))),
    ):
        assert matrix.shape == shape
        assert matrix.data.min() >= 0.0
        assert np.allclose(matrix.sum(axis=1), 1.0, atol=1e-12)


@each(METHODS)
def test_transport_to_itself_is_the_identity(method, plate):
    place = method.fit(plate)
    field = np.random.default_rng(1).normal(size=len(plate.points))
    assert np.allclose(place.transport(field, place), field, atol=1e-9)


@each(METHODS)
def test_there_and_back_loses_little_of_a_smooth_field(method, plate, reference):
    """Of a field that a parabola bounds, second differences over a mesh width of 1/7."""
    image, common = method.fit(plate, reference), method.fit(reference)
    field = np.sin(plate.points @ [2.0, 1.0])
    again = common.transport(image.transport(field, common), image)
    assert np.sqrt(np.mean((again - field) ** 2)) < 5 / 7**2 / 2


@each(METHODS)
def test_renumbering_the_nodes_renumbers_the_operator(method, plate, reference):
    order = np.random.default_rng(2).permutation(len(plate.points))
    shuffled = Mesh(points=plate.points[order], triangles=np.argsort(order)[plate.triangles])
    common = method.fit(reference)
    one = method.fit(plate, reference).operator(common).toarray()
    two = method.fit(shuffled, reference).operator(common).toarray()
    assert np.allclose(two, one[:, order], atol=1e-8)


@each(METHODS)
def test_a_rigid_motion_of_part_and_reference_changes_nothing(method, plate, reference):
    one = method.fit(plate, reference).operator(method.fit(reference)).toarray()
    moved, part = turned(method, plate, 0.7)
    _, common = turned(method, reference, 0.7)
    two = moved.fit(part, common).operator(moved.fit(common)).toarray()
    assert np.allclose(two, one, atol=1e-7)


@each(METHODS)
def test_turning_a_triangle_over_changes_nothing(method, plate, reference):
    mixed = plate.triangles.copy()
    mixed[::3] = mixed[::3, ::-1]
    common = method.fit(reference)
    one = method.fit(plate, reference).operator(common)
    two = method.fit(Mesh(points=plate.points, triangles=mixed), reference).operator(common)
    assert np.allclose(one.toarray(), two.toarray(), atol=1e-10)


@each([*ONTO_PARTS, OptimalTransport()])
def test_a_surface_in_space_is_refused(method, plate):
    lifted = Mesh(points=np.c_[plate.points, plate.points[:, 0] ** 2], triangles=plate.triangles)
    with pytest.raises(ValueError, match="planar"):
        method.fit(lifted, lifted)


@each(MORPHINGS)
def test_no_triangle_folds(method, plate, reference):
    assert (area(method.fit(plate, reference).image) > 0).all()


@each(DISK_MAPS)
def test_the_boundary_lands_on_the_circle(method, plate):
    image = method.fit(plate).image
    radius = np.linalg.norm(image.points, axis=1)
    rim = boundary_loop(plate)
    assert np.allclose(radius[rim], 1.0, atol=1e-14)
    assert np.delete(radius, rim).max() < 1.0


@each(ONTO_PARTS)
@pytest.mark.parametrize("holes", [0, 1, 2])
def test_the_boundary_lands_on_that_of_the_reference(method, holes):
    """Every boundary node lies on an edge of the reference's boundary."""
    rng = np.random.default_rng(0)
    places = [(-0.45, 0.1, 0.2), (0.4, -0.1, 0.25)][:holes]
    mesh = holed_plate([(x + 0.1, y - 0.2, 0.8 * r) for x, y, r in places], 0.1, rng, 0.4)
    reference = holed_plate(places, 0.08, rng, 0.1)
    image = method.fit(mesh, reference).image
    rim = np.concatenate(boundary_loops(mesh))
    gap = np.full(len(rim), np.inf)
    for loop in boundary_loops(reference):
        start, end = reference.points[loop], reference.points[np.roll(loop, -1)]
        along, reach = end - start, image.points[rim][:, None] - start
        t = np.clip((reach * along).sum(-1) / (along**2).sum(-1), 0.0, 1.0)
        gap = np.minimum(gap, np.linalg.norm(reach - t[..., None] * along, axis=-1).min(axis=1))
    assert gap.max() < 1e-12
    assert area(image).sum() == pytest.approx(area(reference).sum(), rel=0.01)


@each(ONTO_PARTS)
def test_a_part_is_its_own_image(method):
    mesh = holed_plate([(0.1, 0.2, 0.3)], 0.1, np.random.default_rng(0), 0.3)
    for image in (method.fit(mesh).image, method.fit(mesh, mesh).image):
        assert np.allclose(image.points, mesh.points, atol=1e-12)


@each(ONTO_PARTS)
def test_an_affine_motion_is_exact(method):
    """Both reproduce affine displacements; arc length between corners shrinks in proportion."""
    mesh = holed_plate([], 0.1, np.random.default_rng(0))
    turn = np.array([[1.3, 0.2], [0.1, 0.8]])
    reference = Mesh(points=mesh.points @ turn.T + [0.5, -0.2], triangles=mesh.triangles)
    assert np.allclose(method.fit(mesh, reference).image.points, reference.points, atol=1e-10)


@each(MORPHINGS)
def test_another_number_of_holes_is_refused(method):
    rng = np.random.default_rng(0)
    mesh = holed_plate([(0.0, 0.0, 0.3)], 0.12, rng)
    words = "holes.*OptimalTransport" if method in ONTO_PARTS else "hole"
    with pytest.raises(ValueError, match=words):
        method.fit(mesh, holed_plate([], 0.12, rng))


def test_results_of_two_kinds_do_not_mix(plate):
    one, two = Harmonic().fit(plate), OptimalTransport().fit(plate)
    with pytest.raises(TypeError, match="expected a Morphing, got TransportMap"):
        one.operator(two)
    with pytest.raises(TypeError, match="expected a TransportMap, got Morphing"):
        two.operator(one)


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

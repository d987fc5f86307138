"""Parts with holes, parts of several topologies, surfaces in space: one face for all of them."""

import dataclasses

import numpy as np
import pytest

from synthetic import UNITS, holed_plate, necked_plate, sample
from understudy.data import Sample
from understudy.linalg import POD
from understudy.mesh import Mesh
from understudy.morphing import RBF, Elastic, Harmonic, OptimalTransport, choose
from understudy.surrogates import MMGP, Morpher, align
from understudy.surrogates.baselines import MeanField
from understudy.surrogates.budget import error_budget
from understudy.surrogates.evaluation import evaluate, score
from understudy.surrogates.mmgp_model import load_mmgp, save_mmgp

PLACES = [(-0.4, 0.1), (0.4, -0.1)]
SPEC = MMGP(shape_basis=POD(rank=6), field_basis=POD(rank=8))


def part(index, count):
    """A necked plate with holes; its field is smooth in position, neck, load; holes add to it."""
    rng = np.random.default_rng([5, index])
    neck, load = rng.uniform(0.0, 0.4), rng.uniform(40, 50)
    holes = [(x, y, rng.uniform(0.15, 0.28)) for x, y in PLACES[:count]]
    mesh = holed_plate(holes, rng.uniform(0.1, 0.13), rng, neck)
    x, y = mesh.points.T
    s = 1 + neck * np.exp(-(y**2)) + 0.5 * np.sin(2 * x + y)
    for hole_x, hole_y, radius in holes:
        s = s + 5 * radius**2 * np.exp(-2 * ((x - hole_x) ** 2 + (y - hole_y) ** 2))
    return Sample(index=index, seed=index, inputs={"P": load}, mesh=mesh, fields={"s": load * s})


def quality(model, data, test):
    methods = {
        "mmgp": evaluate(model, test, ["P"]),
        "mean": evaluate(MeanField().fit(data), test, ["P"]),
    }
    found = score(test, methods, "mean")
    return found["mmgp.fields.s.rrmse"], found["mean.fields.s.rrmse"]


@pytest.fixture(scope="module")
def mixed():
    return align([part(i, i % 3) for i in range(45)], Morpher(), ["P"], UNITS)


@pytest.fixture(scope="module")
def trained(mixed):
    return SPEC.fit(mixed)


def test_plates_with_no_one_or_two_holes_are_learned_together(mixed, trained):
    test = [part(500 + i, i % 3) for i in range(12)]
    assert mixed.morphing == Morpher(transport=OptimalTransport())
    error, mean = quality(trained, mixed, test)
    assert error < mean / 8
    predictions = {str(s.index): trained.predict(s.mesh, {"P": s.inputs["P"]}) for s in test}
    inside = [
        np.mean((b := predictions[str(s.index)].field_bands["s"])[0] <= s.fields["s"])
        - np.mean(b[1] < s.fields["s"])
        for s in test
    ]
    assert np.mean(inside) > 0.8
    assert sum(p.trust.decision != "refuse" for p in predictions.values()) >= 9
    parts = error_budget(trained, test, predictions)
    assert 0 < parts["s.transfer"] <= parts["s.basis"] < parts["s.total"]


def test_a_part_of_another_size_is_refused(trained):
    """Twice as large: its coordinates are far from those of the training parts."""
    mesh = part(600, 1).mesh
    large = Mesh(points=2.0 * mesh.points, triangles=mesh.triangles)
    assert trained.predict(large, {"P": 45.0}).trust.decision == "refuse"


def test_a_model_by_transport_is_stored_and_read(trained, tmp_path):
    save_mmgp(tmp_path / "m.h5", trained, {})
    mesh = part(601, 2).mesh
    one = trained.predict(mesh, {"P": 45.0}).fields["s"]
    assert np.array_equal(load_mmgp(tmp_path / "m.h5").predict(mesh, {"P": 45.0}).fields["s"], one)


def test_transport_refuses_refinements():
    with pytest.raises(ValueError, match="refinements: expected 0 with transport"):
        align([part(i, i % 2) for i in range(4)], Morpher(), ["P"], UNITS, refinements=1)


@pytest.mark.parametrize(
    "morphing",
    [Morpher(), Morpher(elastic=Elastic()), Morpher(rbf=RBF())],
    ids=["chosen", "elastic", "rbf"],
)
def test_plates_with_one_hole_are_learned_through_a_morphing(morphing):
    data = align([part(i, 1) for i in range(24)], morphing, ["P"], UNITS, refinements=1)
    assert data.morphing == (Morpher(elastic=Elastic()) if morphing == Morpher() else morphing)
    assert len(data.reference.mesh.points) > 3 * len(data.base.points)
    error, mean = quality(SPEC.fit(data), data, [part(500 + i, 1) for i in range(8)])
    assert error < mean / 8


def test_a_morphing_names_the_sample_with_another_number_of_holes():
    with pytest.raises(ValueError, match=r"sample 2: .*OptimalTransport can serve"):
        align([part(i, int(i != 2)) for i in range(5)], Morpher(elastic=Elastic()), ["P"], UNITS)


def blade(index):
    """A twisted, cambered strip in space; the field grows with height and camber."""
    rng = np.random.default_rng([6, index])
    twist, camber, load = rng.uniform(0.2, 0.8), rng.uniform(0.0, 0.4), rng.uniform(40, 50)
    flat = necked_plate(0.2, int(rng.integers(11, 15)), int(rng.integers(14, 18)), rng)
    x, y = flat.points.T
    angle, out = twist * (1 + y) / 2, camber * (1 - x**2)
    points = np.stack(
        [x * np.cos(angle) - out * np.sin(angle), x * np.sin(angle) + out * np.cos(angle), y],
        axis=1,
    )
    s = load * (1 + camber * (1 + y) * (1 - x**2) + 0.3 * twist * y)
    mesh = Mesh(points=points, triangles=flat.triangles)
    return Sample(index=index, seed=index, inputs={"P": load}, mesh=mesh, fields={"s": s})


def test_surfaces_in_space_are_learned_through_the_plane():
    data = align([blade(i) for i in range(30)], Morpher(), ["P"], UNITS)
    assert data.morphing == Morpher(harmonic=choose(blade(0).mesh)[0])
    assert isinstance(data.morphing.harmonic, Harmonic)
    assert data.coordinates.shape[2] == 3
    error, mean = quality(SPEC.fit(data), data, [blade(500 + i) for i in range(10)])
    assert error < mean / 10


def test_the_second_door_costs_something_on_parts_of_one_topology():
    """Disks go through the harmonic map as before; transport is the price of generality."""
    samples = [dataclasses.replace(sample(i), scalars={}) for i in range(30)]
    test = [dataclasses.replace(sample(1000 + i), scalars={}) for i in range(10)]
    errors = {}
    for name, way in (
        ("harmonic", Morpher()),
        ("transport", Morpher(transport=OptimalTransport())),
    ):
        data = align(samples, way, ["P"], UNITS)
        errors[name], mean = quality(SPEC.fit(data), data, test)
    assert errors["harmonic"] < errors["transport"] < mean / 2

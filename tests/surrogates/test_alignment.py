import dataclasses

import numpy as np
import pytest

from synthetic import UNITS, sample
from understudy.data import Sample
from understudy.mesh import Mesh
from understudy.surrogates import Morpher, align

SAMPLES = [sample(i) for i in range(5)]


def test_the_reference_carries_its_own_coordinates(aligned):
    own = np.abs(aligned.coordinates - aligned.reference.mesh.points).max(axis=(1, 2))
    assert own.min() < 1e-9
    assert np.median(own) > 0.01


def test_the_reference_is_the_sample_of_median_neck(aligned):
    """Perimeter^2 / area grows with the neck r, so the medians are the same sample."""
    necks = sorted(sample(i).inputs["r"] for i in range(40))
    half = np.abs(aligned.reference.mesh.points[:, 0]).reshape(-1)
    middle = np.abs(aligned.reference.mesh.points[:, 1]) < 0.1
    assert necks[14] < 1 - half[middle].max() < necks[26]


def test_a_field_of_coordinates_travels_with_them():
    samples = [dataclasses.replace(s, fields={"x": s.mesh.points[:, 0].copy()}) for s in SAMPLES]
    aligned = align(samples, Morpher(), ["P"], UNITS)
    assert np.allclose(aligned.fields["x"], aligned.coordinates[:, :, 0], atol=1e-12)


def test_mass_is_the_area_of_the_reference(aligned):
    points, triangles = aligned.reference.mesh.points, aligned.reference.mesh.triangles
    a, b, c = (points[triangles[:, i]] for i in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    expected = 0.5 * np.abs(ux * vy - uy * vx).sum()
    assert aligned.mass.sum() == pytest.approx(expected)


def test_failed_samples_are_left_out():
    failed = Sample(index=9, seed=0, inputs={"P": 1.0}, error="no convergence")
    assert align([*SAMPLES, failed], Morpher(), ["P"], UNITS).index.tolist() == [0, 1, 2, 3, 4]


def test_shuffling_moves_targets_and_leaves_inputs():
    aligned = align(SAMPLES, Morpher(), ["P"], UNITS)
    shuffled = aligned.with_shuffled_targets(np.random.default_rng(0))
    assert np.array_equal(shuffled.inputs, aligned.inputs)
    assert not np.array_equal(shuffled.scalars["peak"], aligned.scalars["peak"])
    assert sorted(shuffled.scalars["peak"]) == sorted(aligned.scalars["peak"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fields": {}}, "sample 3: expected field 's'"),
        ({"scalars": {}}, "sample 3: expected scalar 'peak'"),
        ({"inputs": {"r": 1.0}}, "sample 3: expected input 'P'"),
    ],
)
def test_what_a_sample_lacks_is_named(change, message):
    samples = [*SAMPLES[:3], dataclasses.replace(SAMPLES[3], **change), SAMPLES[4]]
    with pytest.raises(ValueError, match=message):
        align(samples, Morpher(), ["P"], UNITS)


def test_a_field_with_nan_is_named():
    fields = {name: values.copy() for name, values in SAMPLES[3].fields.items()}
    fields["s"][0] = np.nan
    samples = [*SAMPLES[:3], dataclasses.replace(SAMPLES[3], fields=fields)]
    with pytest.raises(ValueError, match="sample 3, field s"):
        align(samples, Morpher(), ["P"], UNITS)


def test_a_mesh_that_is_no_disk_is_named():
    mesh = SAMPLES[3].mesh
    inner = np.abs(mesh.points[mesh.triangles].mean(axis=1)).max(axis=1) > 0.2
    holed = Mesh(points=mesh.points, triangles=mesh.triangles[inner])
    samples = [*SAMPLES[:3], dataclasses.replace(SAMPLES[3], mesh=holed)]
    with pytest.raises(ValueError, match="sample 3"):
        align(samples, Morpher(), ["P"], UNITS)

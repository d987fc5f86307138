"""A linear zone: what its modes do, and what MMGP learns of it."""

import numpy as np
import pytest

from square_zone import pulses, square
from understudy.data.nodal_stress import greatest_over, nodal_stress
from understudy.data.zone import edge_node
from understudy.morphing import RBF
from understudy.regression import GP
from understudy.surrogates.chain_responses import ChainResponses, left_out
from understudy.surrogates.morpher import Morpher
from understudy.surrogates.zone_mmgp import Carrier, ZoneMMGP, ZoneSamples
from understudy.surrogates.zone_response import demand_of, respond


@pytest.fixture(scope="module")
def nominal():
    return square()


def test_a_uniform_strain_has_its_von_mises_stress_at_every_node(nominal):
    """In plane strain with e_yy alone: von Mises = mu (1 + 3)^(1/2) e for s of the docstring."""
    look = nodal_stress(nominal)
    motion = np.zeros((1, len(nominal.mesh.points), 2, 1))
    motion[0, :, 1, 0] = 2e-3 * nominal.mesh.points[:, 1]
    found = look.of(motion)
    assert np.sqrt((found**2).sum(axis=2)) == pytest.approx(8e10 * 2.0 * 2e-3, rel=1e-5)
    assert look.peak(motion) == pytest.approx([8e10 * 2.0 * 2e-3], rel=1e-5)


def test_a_rotation_has_no_stress(nominal):
    motion = np.zeros((1, len(nominal.mesh.points), 2, 1))
    motion[0, :, 0, 0] = -1e-3 * nominal.mesh.points[:, 1]
    motion[0, :, 1, 0] = 1e-3 * nominal.mesh.points[:, 0]
    assert np.abs(nodal_stress(nominal).of(motion)).max() < 1e-9 * 8e10


def test_modes_superpose(nominal):
    """A history is what its modes do, added up: the zone is linear, whatever its shape."""
    changed, rng = square(0.3), np.random.default_rng(0)
    modes, weights = pulses(nominal, 3, rng), rng.normal(size=(5, 3))
    found = respond(nominal, changed, modes, 0)
    histories = np.einsum("nb,bted->nted", weights, modes)
    whole = respond(nominal, changed, histories, 0)
    kept = nodal_stress(changed).nodes
    asked = demand_of(found.stress[kept], found.motion, weights, block=2)
    assert asked.peak == pytest.approx(greatest_over(whole.stress[kept]), rel=1e-5)
    assert np.moveaxis(asked.motion, 0, -1) == pytest.approx(whole.motion, rel=1e-9, abs=1e-15)


def test_without_a_change_the_edge_moves_as_the_history_says(nominal):
    histories = pulses(nominal, 2, np.random.default_rng(1))
    found = respond(nominal, nominal, histories, 3)
    wanted = np.moveaxis(histories[:, :, 3], 0, -1)
    assert found.motion == pytest.approx(wanted, abs=1e-3 * np.abs(wanted).max())


def test_a_place_far_from_the_edge_is_refused(nominal):
    assert edge_node(nominal, (0.22, 0.05)) == 0
    with pytest.raises(ValueError, match=r"place: expected a point of the zone's edge"):
        edge_node(nominal, (0.27, 0.1))


@pytest.fixture(scope="module")
def responses(nominal):
    """Twelve shapes of one parameter, under three modes."""
    modes = pulses(nominal, 3, np.random.default_rng(2))
    squeeze = np.linspace(-0.15, 0.15, 12)
    carrier = Carrier.of(nominal, Morpher(rbf=RBF(landmark_angle=None)), 0)
    weights = np.random.default_rng(3).normal(size=(20, 3))
    rows, peaks = [], []
    for s in squeeze:
        zone = square(float(s))
        found = respond(nominal, zone, modes, 0)
        rows.append((*carrier.carry(zone.mesh, found), found.motion))
        seen = found.stress[nodal_stress(zone).nodes]
        peaks.append(demand_of(seen, found.motion, weights).peak)
    coordinates, stress, motion = (np.array(part) for part in zip(*rows, strict=True))
    samples = ZoneSamples(
        coordinates=coordinates, stress=stress, motion=motion, deviation=np.ones(3)
    )
    return ChainResponses(
        carrier=carrier, holes=np.column_stack([squeeze, squeeze, squeeze]), samples=samples,
        peak=np.array(peaks), seconds=np.zeros(12),
    ), weights  # fmt: skip


def test_shapes_left_out_are_predicted_and_shuffled_ones_are_not(responses):
    data, weights = responses
    spec = ZoneMMGP(shape=1, rank=4, gp=GP())
    found = left_out(spec, data, weights, 4)
    assert np.median(found.field) < 0.05
    order = np.random.default_rng(0).permutation(12)
    own = data.samples
    wrong = ZoneSamples(
        coordinates=own.coordinates[order], stress=own.stress, motion=own.motion,
        deviation=own.deviation,
    )  # fmt: skip
    mixed = ChainResponses(
        carrier=data.carrier, holes=data.holes, samples=wrong, peak=data.peak,
        seconds=data.seconds,
    )  # fmt: skip
    assert np.median(left_out(spec, mixed, weights, 4).field) > 3 * np.median(found.field)


def test_all_modes_give_the_training_maps_back(responses):
    """With as many modes as directions the mean and the coefficients are the samples."""
    own = responses[0].samples
    learned = ZoneMMGP(shape=1, rank=11, gp=GP(noise_bounds=(1e-9, 1e-8))).fit(own)
    found = learned.predict(own.coordinates[4])
    size = np.abs(own.stress[4]).max()
    assert np.abs(found.stress - own.stress[4]).max() < 0.02 * size
    assert learned.energy[-1] == pytest.approx(1.0, abs=1e-4)


def test_too_few_zones_are_refused(responses):
    few = responses[0].samples.subset(np.arange(3))
    with pytest.raises(ValueError, match="zones: expected at least 4, got 3"):
        ZoneMMGP().fit(few)
    with pytest.raises(ValueError, match="folds: expected 2 to 12, got 1"):
        left_out(ZoneMMGP(), *responses, 1)

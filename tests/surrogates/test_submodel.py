"""The zone alone against the whole plate."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("dolfinx")

from understudy.fem.impact_plate import ImpactModel, ImpactPlate
from understudy.fem.zone import Hole
from understudy.linalg.explicit import march
from understudy.surrogates.submodel import DomainReduction, Held, restoring, springs, subset

_SPEC = ImpactPlate(mesh_size=0.01)
_CHANGED = replace(_SPEC, hole=Hole(half_length=0.025, half_width=0.008, angle=-0.6))


@pytest.fixture(scope="module")
def plate() -> ImpactModel:
    return _SPEC.prepare()


@pytest.fixture(scope="module")
def changed() -> ImpactModel:
    return _CHANGED.prepare()


def test_the_zone_is_the_restriction_of_the_plate(plate):
    """With the motion of its edge at every step, to round-off."""
    zone = plate.zone()
    steps = plate.substeps * (_SPEC.times - 1)
    dt = _SPEC.duration / steps
    inputs, _ = _SPEC.draw(np.random.default_rng(0))
    full = march(
        plate.system, dt=dt, steps=steps, load=plate.load(inputs, steps, dt),
        record=plate.plate.edge, observed=plate.observed,
    )  # fmt: skip
    own = march(
        zone.system,
        dt=dt,
        steps=steps,
        edge=zone.edge,
        motion=full.recorded,
        observed=zone.observed,
    )
    assert np.abs(own.peak - full.peak).max() < 1e-12 * full.peak.max()


def test_a_run_keeps_the_balance_of_energy_and_repeats(plate):
    one, again = plate.run(3, 7), plate.run(3, 7)
    assert one.residual < 1e-11
    assert np.array_equal(one.displacement, again.displacement)
    assert not np.array_equal(one.displacement, plate.run(3, 8).displacement)


def test_histories_of_few_times_lose_less_than_a_percent(plate):
    runs = [plate.run(0, i) for i in range(6)]
    peak = Held(zone=plate.zone()).run(np.stack([r.displacement for r in runs])).max(axis=1)
    truth = np.array([r.peak.max() for r in runs])
    assert np.abs(peak / truth - 1).max() < 0.01


def test_without_a_change_domain_reduction_is_exact(plate):
    zone = plate.zone()
    history = np.stack([plate.run(0, i).displacement for i in range(2)])
    held, reduced = (
        Held(zone=zone).run(history),
        DomainReduction(nominal=zone, zone=zone).run(history),
    )
    assert np.abs(held - reduced).max() < 1e-11 * held.max()


def test_springs_of_a_circle_would_be_those_of_theory(plate):
    """G l / r across and half of it along: at the middle of a side, of half the zone's width."""
    zone = plate.zone()
    found = springs(zone)
    loop = zone.mesh.points[zone.edge]
    middle = int(np.argmin(np.linalg.norm(loop - [0.22, 0.1], axis=1)))
    shear, length = 2.1e11 / 2.6, 0.01
    assert loop[middle] == pytest.approx([0.22, 0.1], abs=0.005)
    assert found[middle] == pytest.approx(shear * length / 0.05 * np.array([1, 0.5]), rel=0.02)


def test_a_changed_zone_needs_support(plate, changed):
    """A held edge mirrors what the new hole scatters; dashpots and springs let it out."""
    history = np.stack([plate.run(0, i).displacement for i in range(8)])
    truth = np.array([changed.run(0, i).peak.max() for i in range(8)])
    zone = changed.zone()
    models = (Held(zone=zone), DomainReduction(nominal=plate.zone(), zone=zone))
    held, reduced = (np.abs(m.run(history).max(axis=1) / truth - 1) for m in models)
    assert reduced.mean() < 0.3 * held.mean()
    assert reduced.max() < 0.08


def test_responses_measure_von_mises_stress(plate):
    """Their length is the stress: its maximum at kept times is nearly that over other steps."""
    zone = plate.zone()
    history = plate.run(0, 1).displacement[None]
    cells = np.arange(len(zone.observed.triangles))
    found = np.linalg.norm(Held(zone=zone).responses(history, cells), axis=-1).max(axis=(0, 1))
    peak = Held(zone=zone).run(history)[0]
    assert found == pytest.approx(peak, rel=0.05)


def test_responses_are_linear_in_the_history(plate):
    zone = plate.zone()
    a, b = (plate.run(0, i).displacement[None] for i in (1, 2))
    model, cells = Held(zone=zone), subset(zone, 20)
    mixed = model.responses(2 * a - 3 * b, cells)
    assert mixed == pytest.approx(
        2 * model.responses(a, cells) - 3 * model.responses(b, cells), rel=1e-9, abs=1.0
    )


def test_responses_of_an_unchanged_zone_are_those_of_the_held_one(plate):
    zone = plate.zone()
    history = plate.run(0, 1).displacement[None]
    cells = subset(zone, 12)
    held = Held(zone=zone).responses(history, cells)
    reduced = DomainReduction(nominal=zone, zone=zone).responses(history, cells)
    assert np.abs(held - reduced).max() < 1e-10 * np.abs(held).max()


def test_restoring_is_exact_for_cubics_that_start_at_rest(plate):
    zone = plate.zone()
    t, fine = zone.times, np.linspace(0, zone.times[-1], zone.substeps * 63 + 1)
    assert restoring(zone) @ (t**3 - 2e-5 * t**2) == pytest.approx(
        fine**3 - 2e-5 * fine**2, abs=1e-27
    )


def test_histories_of_another_edge_are_told(plate):
    zone = plate.zone()
    with pytest.raises(ValueError, match="64 times at 40 edge nodes"):
        Held(zone=zone).run(np.zeros((1, 64, 39, 2)))
    moved = replace(zone, mesh=replace(zone.mesh, points=zone.mesh.points + 1e-3))
    with pytest.raises(ValueError, match="nominal edge node"):
        DomainReduction(nominal=zone, zone=moved)

"""Stress in all of a zone."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("dolfinx")

from understudy.fem.impact_plate import ImpactPlate
from understudy.surrogates.stress_films import stress_films
from understudy.surrogates.submodel import Held


@pytest.fixture(scope="module")
def plate():
    return ImpactPlate(mesh_size=0.02).prepare()


def test_the_film_shows_what_observed_triangles_see_and_its_peak_is_theirs(plate):
    """Node triples tell which triangles of the film are the observed ones."""
    zone = plate.zone()
    history = np.stack([plate.run(0, i).displacement for i in range(2)])
    film = stress_films(zone, history)
    assert film.shape == (2, len(zone.times), len(zone.mesh.triangles))
    place = {tuple(sorted(t)): i for i, t in enumerate(zone.mesh.triangles.tolist())}
    seen = film[:, :, [place[tuple(sorted(t))] for t in zone.observed.triangles.tolist()]]
    cells = np.arange(len(zone.observed.triangles))
    own = np.linalg.norm(Held(zone=zone).responses(history, cells), axis=3)
    assert np.abs(seen - own).max() < 1e-12 * own.max()
    peak = Held(zone=zone).run(history)
    assert (seen.max(axis=1) > 0.5 * peak).all()


def test_nothing_moves_before_the_wave_is_there(plate):
    film = stress_films(plate.zone(), plate.run(0, 0).displacement[None])
    assert film[0, 0].max() == 0.0
    assert film[0].max() > 1e6


def test_a_zone_of_two_materials_is_refused(plate):
    zone = plate.zone()
    modulus = zone.observed.shear_modulus.copy()
    modulus[0] *= 2
    two = replace(zone, observed=replace(zone.observed, shear_modulus=modulus))
    with pytest.raises(ValueError, match="expected one shear modulus"):
        stress_films(two, plate.run(0, 0).displacement[None])

"""The plate whose zone can be changed, and the random field around it."""

import numpy as np
import pytest

from understudy.fem.random_field import expansion, lognormal
from understudy.fem.zone import Hole, zoned_plate
from understudy.mesh import area, boundary_loops

_PLATE = {"size": (0.4, 0.2), "centre": (0.27, 0.1), "side": 0.1}
_HOLES = [
    Hole(),
    Hole(half_length=0.025, half_width=0.008, angle=0.6),
    Hole(half_length=0.02, half_width=0.004, angle=0.3, shape="slot"),
]


@pytest.mark.parametrize("hole", _HOLES, ids=["circle", "ellipse", "slot"])
def test_every_zone_fits_the_same_surroundings(hole):
    plain, own = (zoned_plate(**_PLATE, mesh_size=0.008, hole=h) for h in (Hole(), hole))
    around = plain.zone[0]
    assert own.zone[0] == around
    assert np.array_equal(own.mesh.triangles[:around], plain.mesh.triangles[:around])
    assert np.array_equal(own.edge, plain.edge)
    assert np.array_equal(own.mesh.points[own.edge], plain.mesh.points[plain.edge])


@pytest.mark.parametrize("hole", _HOLES, ids=["circle", "ellipse", "slot"])
def test_the_plate_has_its_area_and_one_hole(hole):
    plate = zoned_plate(**_PLATE, mesh_size=0.005, hole=hole)
    a, b = hole.half_length, hole.half_width
    gap = np.pi * a * b if hole.shape == "ellipse" else np.pi * b**2 + 4 * b * (a - b)
    assert (area(plate.mesh) > 0).all()
    assert area(plate.mesh).sum() == pytest.approx(0.08 - gap, rel=1e-3)
    assert len(boundary_loops(plate.mesh)) == 2


def test_a_refined_zone_keeps_its_edge():
    fine = zoned_plate(**_PLATE, mesh_size=0.008, hole=Hole(), refinement=2.0)
    plain = zoned_plate(**_PLATE, mesh_size=0.008, hole=Hole())
    assert np.array_equal(fine.edge, plain.edge)
    sizes = [np.sqrt(area(p.mesh)[p.zone].min()) for p in (fine, plain)]
    assert sizes[0] < 0.7 * sizes[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"centre": (0.36, 0.1)}, "inside the plate"),
        ({"hole": Hole(half_length=0.048, half_width=0.01)}, "half_length <"),
    ],
)
def test_what_does_not_fit_is_told(change, message):
    with pytest.raises(ValueError, match=message):
        zoned_plate(**({**_PLATE, "mesh_size": 0.008, "hole": Hole()} | change))


def test_a_hole_that_is_wider_than_long_is_told():
    with pytest.raises(ValueError, match="half_width <= half_length"):
        Hole(half_length=0.01, half_width=0.02)


def test_the_expansion_has_the_covariance_asked_for():
    """All but the tail of the spectrum: C(r) = exp(-r^2 / 2 l^2) between points of the inside."""
    rng = np.random.default_rng(0)
    points = rng.uniform([0.05, 0.05], [0.35, 0.15], (30, 2))
    modes = expansion(points, size=(0.4, 0.2), length=0.04, modes=60, per_length=3)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert modes @ modes.T == pytest.approx(np.exp(-0.5 * (distance / 0.04) ** 2), abs=0.03)


def test_lognormal_moduli_have_their_mean_and_variation():
    values = lognormal(np.random.default_rng(0).normal(size=200_000), 5.0, 0.2)
    assert values.mean() == pytest.approx(5.0, rel=2e-3)
    assert values.std() / values.mean() == pytest.approx(0.2, rel=1e-2)


def test_the_sign_of_a_mode_does_not_hang_on_rounding():
    """Entries that symmetry makes equal in size: the first of them is positive, in every mode."""
    x, y = np.meshgrid((np.arange(20) + 0.5) / 20 * 0.4, (np.arange(10) + 0.5) / 10 * 0.2)
    grid = np.stack([x.ravel(), y.ravel()], axis=1)
    field = expansion(grid, size=(0.4, 0.2), length=0.04, modes=40)
    sizes = np.abs(field)
    first = (sizes >= 0.999 * sizes.max(axis=0)).argmax(axis=0)
    assert (field[first, np.arange(40)] > 0).all()

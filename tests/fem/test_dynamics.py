"""Matrices of elastodynamics against formulas, and waves against their speeds."""

import numpy as np
import pytest

from understudy.fem.dynamics import Footprint, Matrices, Solid
from understudy.linalg.explicit import Load, march, stable_step
from understudy.mesh import Mesh, area, hat_gradients

_STEEL = Solid()
_NONE = np.empty(0, dtype=np.int64)


def test_stiffness_is_the_sum_of_the_triangles_own(grid):
    """B^T D B times area, with another modulus in each triangle."""
    mesh = grid(3, 0.2)
    young = np.random.default_rng(0).uniform(1, 2, len(mesh.triangles))
    found = Matrices(mesh, _STEEL, _NONE).system(young).stiffness.toarray()
    lame, shear = _STEEL.lame / _STEEL.young, _STEEL.shear / _STEEL.young
    law = np.array([[lame + 2 * shear, lame, 0], [lame, lame + 2 * shear, 0], [0, 0, shear]])
    expected = np.zeros_like(found)
    for nodes, g, a, e in zip(mesh.triangles, hat_gradients(mesh), area(mesh), young, strict=True):
        b = np.zeros((3, 6))
        b[0, ::2], b[1, 1::2], b[2, ::2], b[2, 1::2] = g[:, 0], g[:, 1], g[:, 1], g[:, 0]
        at = np.stack([2 * nodes, 2 * nodes + 1], axis=1).ravel()
        expected[np.ix_(at, at)] += e * a * b.T @ law @ b
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_mass_is_that_of_the_plate_and_rigid_motions_store_no_energy(grid):
    mesh = grid(4, 0.2)
    system = Matrices(mesh, _STEEL, _NONE).system()
    assert system.mass.sum() == pytest.approx(_STEEL.density, rel=1e-13)
    x, y = mesh.points.T
    for motion in ([1 + 0 * x, 0 * x], [0 * x, 1 + 0 * x], [-y, x]):
        u = np.stack(motion, axis=1).ravel()
        assert np.abs(system.stiffness @ u).max() < 1e-13 * np.abs(system.blocks).max() * 10


@pytest.mark.parametrize("kind", [0, 1], ids=["pressure", "shear"])
def test_waves_travel_at_the_speeds_of_theory(grid, kind):
    """A plane pulse at rest splits in two; its half moves by c t before edges are felt."""
    mesh = grid(60)
    system = Matrices(mesh, _STEEL, _NONE).system()
    speed, width = _STEEL.speeds[kind], 0.04
    dt = 0.5 * stable_step(system)
    steps = int(0.25 / speed / dt)
    shape = np.zeros((len(mesh.points), 2))
    shape[:, kind] = np.exp(-((mesh.points[:, 0] - 0.5) ** 2) / (2 * width**2))
    found = march(system, dt=dt, steps=steps, start=np.stack([shape, shape])[..., None])
    middle = np.abs(mesh.points[:, 1] - 0.5) < 1e-9
    ahead = middle & (mesh.points[:, 0] > 0.6)
    values, x = found.last[0, ahead, kind, 0], mesh.points[ahead, 0]
    top = np.polyfit(*(a[np.argsort(-values)[:5]] for a in (x, values)), 2)
    travelled = -top[1] / (2 * top[0]) - 0.5
    assert travelled == pytest.approx(speed * steps * dt, rel=0.02)
    assert values.max() == pytest.approx(0.5, rel=0.05)


def test_force_and_motion_may_change_places(grid):
    """Reciprocity: what a pulse at A along i moves at B along j equals the other way round."""
    mesh = grid(8, 0.2)
    system = Matrices(mesh, _STEEL, np.flatnonzero(mesh.points[:, 1] == 0)).system(
        np.random.default_rng(0).uniform(1e11, 3e11, len(mesh.triangles))
    )
    dt, steps, a, b = 0.5 * stable_step(system), 150, 30, 67
    pulse = np.sin(np.linspace(0, np.pi, steps + 1))[:, None] ** 2

    def moved(at: int, along: np.ndarray, seen: int, component: int) -> np.ndarray:
        load = Load(nodes=np.array([at]), force=along[None, :, None], pulse=pulse)
        found = march(system, dt=dt, steps=steps, load=load, record=np.array([seen]))
        return found.recorded[:, 0, component, 0]

    there = moved(a, np.array([1.0, 0.0]), b, 1)
    back = moved(b, np.array([0.0, 1.0]), a, 0)
    assert np.abs(there - back).max() < 1e-10 * np.abs(there).max()
    assert np.abs(there).max() > 0


def test_a_footprint_carries_the_whole_force(grid):
    """Its nodal weights add up to sqrt(2 pi) w far from the ends, and follow the position."""
    mesh = grid(40)
    top = np.argsort(np.where(mesh.points[:, 1] == 1, mesh.points[:, 0], 9))[:41]
    footprint = Footprint(mesh, np.stack([top[:-1], top[1:]], axis=1), 0.05)
    for position in (0.4, 0.6):
        weights = footprint.weights(position)
        assert weights.sum() == pytest.approx(np.sqrt(2 * np.pi) * 0.05, rel=1e-4)
        assert weights @ mesh.points[:, 0] / weights.sum() == pytest.approx(position, abs=1e-4)


def test_matrices_do_not_depend_on_the_order_of_nodes(grid):
    mesh = grid(5, 0.2)
    order = np.random.default_rng(1).permutation(len(mesh.points))
    mixed = Mesh(points=mesh.points[np.argsort(order)], triangles=order[mesh.triangles])
    plain, other = (Matrices(m, _STEEL, _NONE).system() for m in (mesh, mixed))
    rows = (2 * order[:, None] + [0, 1]).ravel()
    dense = other.stiffness.toarray()[np.ix_(rows, rows)]
    assert dense == pytest.approx(plain.stiffness.toarray(), rel=1e-12, abs=1.0)
    assert other.mass[order] == pytest.approx(plain.mass, rel=1e-13)

"""Explicit dynamics of a body that yields."""

import numpy as np
import pytest
from scipy.sparse import bsr_array

from understudy.equations.constitutive import Material, State, plane_strain, respond
from understudy.equations.plastic_march import PlasticCells, march_plastic
from understudy.linalg.explicit import Load, Observed, System, march
from understudy.mesh import Mesh, area, hat_gradients

YOUNG, POISSON, DENSITY = 2.0, 0.3, 1.0
SHEAR = YOUNG / (2 * (1 + POISSON))
LAME = YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))


def _square(n: int = 4) -> tuple[Mesh, System]:
    """A unit square, clamped below, with its stiffness from B' D B."""
    line = np.linspace(0, 1, n + 1)
    x, y = np.meshgrid(line, line)
    points = np.column_stack([x.ravel(), y.ravel()])
    corner = np.arange(n * (n + 1)).reshape(n, n + 1)[:, :-1].ravel()
    lower = np.column_stack([corner, corner + 1, corner + n + 2])
    upper = np.column_stack([corner, corner + n + 2, corner + n + 1])
    mesh = Mesh(points=points, triangles=np.concatenate([lower, upper]))
    law = np.array([[LAME + 2 * SHEAR, LAME, 0], [LAME, LAME + 2 * SHEAR, 0], [0, 0, SHEAR]])
    dense, mass = np.zeros((2 * len(points), 2 * len(points))), np.zeros(len(points))
    for nodes, g, a in zip(mesh.triangles, hat_gradients(mesh), area(mesh), strict=True):
        b = np.zeros((3, 6))
        b[0, ::2], b[1, 1::2], b[2, ::2], b[2, 1::2] = g[:, 0], g[:, 1], g[:, 1], g[:, 0]
        at = np.stack([2 * nodes, 2 * nodes + 1], axis=1).ravel()
        dense[np.ix_(at, at)] += a * b.T @ law @ b
        mass[nodes] += DENSITY * a / 3
    matrix = bsr_array(dense, blocksize=(2, 2))
    matrix.sort_indices()
    system = System(
        indptr=matrix.indptr.astype(np.int64), indices=matrix.indices.astype(np.int64),
        blocks=matrix.data, mass=mass, damping=np.zeros((len(mass), 2)),
        fixed=np.flatnonzero(points[:, 1] == 0),
    )  # fmt: skip
    return mesh, system


MESH, SYSTEM = _square()
STEPS, DT = 120, 0.05
TOP = np.flatnonzero(MESH.points[:, 1] == 1)


def _cells(yield_stress: float) -> PlasticCells:
    material = Material(
        young=YOUNG, poisson_ratio=POISSON, yield_stress=yield_stress, hardening=0.1 * YOUNG
    )
    return PlasticCells(
        triangles=MESH.triangles, gradients=hat_gradients(MESH), area=area(MESH), material=material
    )


def _pull(size: float) -> Load:
    force = np.zeros((len(TOP), 2, 1))
    force[:, 1] = size / len(TOP)
    ramp = np.minimum(np.arange(STEPS + 1) / 40, 1.0)[:, None]
    return Load(nodes=TOP, force=force, pulse=ramp)


def test_without_yielding_it_is_the_elastic_march():
    watched = Observed(
        triangles=MESH.triangles, gradients=hat_gradients(MESH),
        shear_modulus=np.full(len(MESH.triangles), SHEAR), every=1,
    )  # fmt: skip
    elastic = march(SYSTEM, dt=DT, steps=STEPS - 1, load=_short(_pull(0.1)), observed=watched)
    peak, accumulated = march_plastic(SYSTEM, _cells(1e9), dt=DT, steps=STEPS, load=_pull(0.1))
    assert accumulated.max() == 0.0
    assert peak == pytest.approx(elastic.peak[:, 0], rel=1e-10)


def _short(load: Load) -> Load:
    return Load(nodes=load.nodes, force=load.force, pulse=load.pulse[:-1])


def test_stress_stays_on_the_yield_surface():
    """No triangle's von Mises stress is ever beyond R0 + H p, and some are on it."""
    cells = _cells(0.05)
    peak, accumulated = march_plastic(SYSTEM, cells, dt=DT, steps=STEPS, load=_pull(0.15))
    bound = 0.05 + 0.1 * YOUNG * accumulated
    assert (peak <= bound * (1 + 1e-9)).all()
    yielded = accumulated > 0
    assert yielded.any()
    assert peak[yielded].min() >= 0.05 * (1 - 1e-9)


def test_it_is_the_march_under_the_forces_of_the_stresses():
    """B' sigma of each triangle in place of the stiffness less what plastic strain takes off."""
    cells = _cells(0.05)
    load = _pull(0.15)
    b = np.zeros((len(cells.area), 3, 6))
    g = cells.gradients
    b[:, 0, ::2], b[:, 1, 1::2] = g[:, :, 0], g[:, :, 1]
    b[:, 2, ::2], b[:, 2, 1::2] = g[:, :, 1] / np.sqrt(2), g[:, :, 0] / np.sqrt(2)
    at = np.stack([2 * cells.triangles, 2 * cells.triangles + 1], axis=2).reshape(-1, 6)
    u, old = np.zeros((2, 2 * len(SYSTEM.mass)))
    mass, state = np.repeat(SYSTEM.mass, 2), State.virgin(len(at))
    held = (2 * SYSTEM.fixed[:, None] + [0, 1]).ravel()
    for step in range(STEPS):
        strain = np.einsum("cij,cj->ci", b, u[at])
        answer = respond(cells.material, plane_strain(strain), state)
        state, force = answer.state, np.zeros_like(u)
        inner = np.einsum("c,cij,ci->cj", cells.area, b, answer.stress[:, [0, 1, 3]])
        np.subtract.at(force, at, inner)
        force[2 * TOP + 1] += load.force[:, 1, 0] * load.pulse[step, 0]
        new = 2 * u - old + DT**2 * force / mass
        new[held] = 0.0
        u, old = new, u
    _, accumulated = march_plastic(SYSTEM, cells, dt=DT, steps=STEPS, load=load)
    assert accumulated.max() > 0
    assert accumulated == pytest.approx(state.accumulated, rel=1e-8, abs=1e-12)

"""Central differences on given matrices."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import bsr_array

from understudy.linalg.explicit import Load, Observed, System, march, stable_step


def _chain(n: int = 12, fixed: tuple[int, ...] = (0,)) -> System:
    """Nodes in a row, neighbours coupled by random positive definite 2 x 2 springs."""
    rng = np.random.default_rng(0)
    dense = np.zeros((2 * n, 2 * n))
    for i in range(n - 1):
        a = rng.normal(size=(2, 2))
        spring = a @ a.T + np.eye(2)
        both = np.block([[spring, -spring], [-spring, spring]])
        dense[2 * i : 2 * i + 4, 2 * i : 2 * i + 4] += both
    matrix = bsr_array(dense, blocksize=(2, 2))
    matrix.sort_indices()
    return System(
        indptr=matrix.indptr.astype(np.int64),
        indices=matrix.indices.astype(np.int64),
        blocks=matrix.data,
        mass=rng.uniform(1, 2, n),
        damping=np.zeros((n, 2)),
        fixed=np.array(fixed, dtype=np.int64),
    )


def _modes(system: System) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and modes (columns) of the free nodes, mass-orthonormal, from dense algebra."""
    free = np.delete(
        np.arange(2 * len(system.mass)), [2 * i + k for i in system.fixed for k in (0, 1)]
    )
    root = np.sqrt(np.repeat(system.mass, 2)[free])
    value, vector = np.linalg.eigh(
        system.stiffness.toarray()[np.ix_(free, free)] / np.outer(root, root)
    )
    modes = np.zeros((2 * len(system.mass), len(free)))
    modes[free] = vector / root[:, None]
    return np.sqrt(value), modes


def _released(system: System, dt: float, steps: int) -> np.ndarray:
    """Displacement after `steps` when the lowest mode is let go at time 0."""
    omega, modes = _modes(system)
    shape = modes[:, 0].reshape(-1, 2)
    start = np.stack([shape, shape * (1 - 0.5 * (omega[0] * dt) ** 2)])[..., None]
    return march(system, dt=dt, steps=steps, start=start).last[0, :, :, 0]


def test_the_greatest_stable_step_is_two_over_the_highest_frequency():
    system = _chain()
    assert stable_step(system, rtol=1e-12) == pytest.approx(2 / _modes(system)[0][-1], rel=1e-9)


@pytest.mark.parametrize(("factor", "stays"), [(0.999, True), (1.01, False)])
def test_it_is_stable_up_to_that_step_and_not_beyond(factor, stays):
    system = _chain()
    dt = factor * 2 / _modes(system)[0][-1]
    start = np.random.default_rng(1).normal(size=(1, 12, 2, 1)).repeat(2, axis=0)
    start[:, 0] = 0.0
    size = np.abs(march(system, dt=dt, steps=2000, start=start).last).max()
    assert (size < 1e3) == stays


def test_the_error_falls_with_the_square_of_the_step():
    system = _chain()
    omega, modes = _modes(system)
    end = 1.3 / omega[0]
    truth = np.cos(omega[0] * end) * modes[:, 0].reshape(-1, 2)
    errors = [np.abs(_released(system, end / n, n) - truth).max() for n in (40, 80, 160)]
    rates = np.log2(np.divide(errors[:-1], errors[1:]))
    assert rates == pytest.approx(2.0, abs=0.02)


def test_energy_changes_by_the_work_of_the_load_alone():
    system, steps = _chain(), 300
    dt = 0.5 * stable_step(system)
    rng = np.random.default_rng(2)
    load = Load(
        nodes=np.array([4, 9]),
        force=rng.normal(size=(2, 2, 3)),
        pulse=rng.normal(size=(steps + 1, 3)),
    )
    found = march(system, dt=dt, steps=steps, load=load)
    u, old = (found.last[i].reshape(-1, 3) for i in (0, 1))
    velocity = (u - old) / dt
    kinetic = 0.5 * (np.repeat(system.mass, 2)[:, None] * velocity**2).sum(axis=0)
    strain = 0.5 * (old * (system.stiffness @ u)).sum(axis=0)
    assert kinetic + strain == pytest.approx(found.work, rel=1e-10)


def test_columns_marched_together_are_those_marched_alone():
    system, steps = _chain(), 60
    rng = np.random.default_rng(3)
    force, pulse = rng.normal(size=(1, 2, 3)), rng.normal(size=(61, 3))
    whole = Load(nodes=np.array([5]), force=force, pulse=pulse)
    watched = Observed(
        triangles=np.array([[1, 2, 3], [4, 6, 8]]), gradients=rng.normal(size=(2, 3, 2)),
        shear_modulus=np.array([1.0, 2.0]), every=2,
    )  # fmt: skip
    given: dict = {
        "dt": 0.5 * stable_step(system), "steps": steps, "record": np.array([2, 7]), "every": 3,
        "observed": watched, "reactions": True, "edge": np.array([11]),
    }  # fmt: skip
    acting = rng.normal(size=(61, 1, 2, 3))
    together = march(system, load=whole, force=acting, **given)
    for b in range(3):
        own = slice(b, b + 1)
        one = Load(nodes=whole.nodes, force=force[..., own], pulse=pulse[:, own])
        alone = march(system, load=one, force=acting[..., own], **given)
        for name in ("recorded", "peak", "edge", "last", "work"):
            ours, theirs = getattr(together, name)[..., b], getattr(alone, name)[..., 0]
            assert ours == pytest.approx(theirs, rel=1e-10, abs=1e-12), name


def test_the_watched_stress_is_von_mises_in_plane_strain():
    """A uniform strain, whose stress and out-of-plane stress are written down."""
    xx, yy, xy = 3e-4, -1e-4, 2e-4  # xy: half the shear angle
    lame, shear = 2.0, 1.5
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    gradients = np.array([[[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]]])
    u = (points @ np.array([[xx, xy], [xy, yy]]))[None, ..., None].repeat(2, axis=0)
    system = replace(_chain(3, fixed=()), blocks=np.zeros_like(_chain(3).blocks))
    watched = Observed(
        triangles=np.array([[0, 1, 2]]),
        gradients=gradients,
        shear_modulus=np.array([shear]),
        every=1,
    )
    found = march(system, dt=1.0, steps=2, start=u, observed=watched).peak[0, 0]
    trace = xx + yy
    s = lame * trace * np.eye(3) + 2 * shear * np.array([[xx, xy, 0], [xy, yy, 0], [0, 0, 0]])
    deviator = s - np.trace(s) / 3 * np.eye(3)
    assert found == pytest.approx(np.sqrt(1.5 * (deviator**2).sum()), rel=1e-12)


def test_a_held_edge_replays_the_part_behind_it():
    """The right half under the motion of its left end is a restriction of the whole."""
    system, steps, cut = _chain(), 200, 6
    dt = 0.5 * stable_step(system)
    rng = np.random.default_rng(4)
    load = Load(
        nodes=np.array([2]), force=rng.normal(size=(1, 2, 2)), pulse=rng.normal(size=(201, 2))
    )
    full = march(system, dt=dt, steps=steps, load=load, record=np.array([cut, 9]))
    dense = system.stiffness.toarray()[2 * cut :, 2 * cut :]
    matrix = bsr_array(dense, blocksize=(2, 2))
    part = System(
        indptr=matrix.indptr.astype(np.int64), indices=matrix.indices.astype(np.int64),
        blocks=matrix.data, mass=system.mass[cut:], damping=system.damping[cut:],
        fixed=np.empty(0, dtype=np.int64),
    )  # fmt: skip
    own = march(
        part, dt=dt, steps=steps, edge=np.array([0]), motion=full.recorded[:, :1],
        record=np.array([9 - cut]),
    )  # fmt: skip
    assert own.recorded[:, 0] == pytest.approx(full.recorded[:, 1], rel=1e-11, abs=1e-12)


def test_a_dashpot_of_the_right_impedance_swallows_a_wave():
    """A uniform chain that ends in sqrt(k m) reflects nothing of a long pulse; a held end all."""
    n, steps = 200, 330
    dense = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    dense[0, 0] = dense[-1, -1] = 1.0
    matrix = bsr_array(np.kron(dense, np.eye(2)), blocksize=(2, 2))
    matrix.sort_indices()
    damping = np.zeros((n, 2))
    damping[-1, 0] = 1.0
    mass = np.ones(n)
    mass[[0, -1]] = 0.5  # an end stands for half a piece
    system = System(
        indptr=matrix.indptr.astype(np.int64), indices=matrix.indices.astype(np.int64),
        blocks=matrix.data, mass=mass, damping=damping, fixed=np.empty(0, dtype=np.int64),
    )  # fmt: skip
    x = np.arange(n)
    shape = [np.exp(-((x - 80 + 0.9 * k) ** 2) / 800) for k in (0, 1)]  # moves to the right
    start = np.stack([np.stack([s, s], axis=1) for s in shape])[..., None]
    left = np.abs(march(system, dt=0.9, steps=steps, start=start).last[0, :, :, 0]).max(axis=0)
    assert left[0] < 0.01
    assert left[1] > 0.9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"every": 7}, "divisor of 20"),
        ({"motion": np.zeros((5, 1, 2, 1))}, "histories of 21 times"),
        ({"force": np.zeros((21, 1, 2, 4))}, "one number of columns"),
    ],
)
def test_what_does_not_fit_is_told(change, message):
    load = Load(nodes=np.array([1]), force=np.ones((1, 2, 1)), pulse=np.ones((21, 1)))
    with pytest.raises(ValueError, match=message):
        march(_chain(), dt=0.1, steps=20, load=load, edge=np.array([3]), **change)

"""A zone without finite elements, for tests of a chain: a square with a hole."""

import numpy as np
from scipy.sparse import bsr_array, coo_array

from understudy.data.zone import Zone
from understudy.linalg.explicit import Observed, System, stable_step
from understudy.mesh import Mesh, hat_gradients

_SHEAR, _DENSITY, _SIDE, _SUBSTEPS = 8e10, 7800.0, 0.1, 6


def square(squeeze: float = 0.0, cells: int = 6, times: int = 16) -> Zone:
    """Linear triangles on a square with a hole that is longer and narrower by `squeeze`.

    Plane strain with Poisson's ratio 1/4, so that Lame's two moduli are equal.
    """
    t = np.linspace(-1, 1, cells + 1)
    x, y = np.meshgrid(t, t, indexing="ij")
    number = np.arange(x.size).reshape(cells + 1, cells + 1)
    a, b, c, d = (
        part.ravel()
        for part in (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:])
    )
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    unmoved = np.stack([x, y], axis=2).reshape(-1, 2)
    around = np.abs(unmoved[triangles].mean(axis=1)).max(axis=1) > 0.34
    nodes, local = np.unique(triangles[around], return_inverse=True)
    inside = (1 - x**2) * (1 - y**2)
    points = np.stack([x + squeeze * inside * x, y - squeeze * inside * y], axis=2)
    points = 0.5 * _SIDE * points.reshape(-1, 2)[nodes] + [0.27, 0.1]
    mesh = Mesh(points=points, triangles=local.reshape(-1, 3))
    edge = np.concatenate([number[:, 0], number[-1, 1:], number[-2::-1, -1], number[0, -2:0:-1]])
    edge = np.searchsorted(nodes, edge)
    gradients = hat_gradients(mesh)
    size = 0.5 * np.abs(np.linalg.det(np.diff(points[mesh.triangles], axis=1)))
    middle = unmoved[triangles[around]].mean(axis=1)
    seen = np.flatnonzero((np.abs(middle) < 0.7).all(axis=1))
    observed = Observed(
        triangles=mesh.triangles[seen], gradients=gradients[seen],
        shear_modulus=np.full(len(seen), _SHEAR), every=1,
    )  # fmt: skip
    mass = np.bincount(mesh.triangles.ravel(), np.repeat(size / 3, 3)) * _DENSITY
    piece = np.full((len(edge), 2), 0.5 * _SIDE / cells)
    system = _system(mesh, gradients, size, mass)
    clock = np.linspace(0.0, 4e-5, times)
    # The same for all shapes, so that the error of the march is no function of the shape.
    assert clock[1] / _SUBSTEPS < stable_step(system)
    return Zone(
        name="square", specification="{}", units={"length": "m", "time": "s", "stress": "Pa"},
        mesh=mesh, system=system, edge=edge, observed=observed,
        dashpots=_DENSITY * 5e3 * piece, times=clock, substeps=_SUBSTEPS,
    )  # fmt: skip


def _system(mesh: Mesh, gradients: np.ndarray, size: np.ndarray, mass: np.ndarray) -> System:
    """K = sum of A B' D B with D of equal moduli, as blocks of two."""
    count = len(mesh.points)
    local = _SHEAR * np.einsum("m,mai,mbj->maibj", size, gradients, gradients)  # div u div v
    local += _SHEAR * np.einsum("m,mak,mbk,ij->maibj", size, gradients, gradients, np.eye(2))
    local += _SHEAR * np.einsum("m,maj,mbi->maibj", size, gradients, gradients)
    place = 2 * mesh.triangles[:, :, None] + np.arange(2)
    rows = np.broadcast_to(place[:, :, :, None, None], local.shape).ravel()
    columns = np.broadcast_to(place[:, None, None], local.shape).ravel()
    matrix = coo_array((local.ravel(), (rows, columns)), shape=(2 * count, 2 * count))
    blocks = bsr_array(matrix.tocsr(), blocksize=(2, 2))
    blocks.sort_indices()
    return System(
        indptr=blocks.indptr.astype(np.int64), indices=blocks.indices.astype(np.int64),
        blocks=blocks.data, mass=mass, damping=np.zeros((count, 2)),
        fixed=np.empty(0, dtype=np.int64),
    )  # fmt: skip


def pulses(zone: Zone, count: int, rng: np.random.Generator) -> np.ndarray:
    """Histories of the edge that begin at rest, in m, shape (n, t, e, 2)."""
    t = zone.times / zone.times[-1]
    place = zone.mesh.points[zone.edge] - [0.27, 0.1]
    start = np.sin(0.5 * np.pi * t)[:, None, None] ** 2
    strain = 1e-3 * rng.normal(size=(count, 2, 2))
    moved = np.einsum("nij,ej->nei", strain, place)
    return start * moved[:, None]

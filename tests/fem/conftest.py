"""Meshes of the unit square, and the norm of errors."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest

from understudy.mesh import Mesh

# Without DOLFINx there is nothing to test. It is not imported here, as h5py has to go first.
collect_ignore_glob = [] if find_spec("dolfinx") else ["test_*.py"]


def _grid(n: int, shake: float = 0.0) -> Mesh:
    """2 n^2 triangles on the unit square; interior nodes moved by up to `shake` of a cell."""
    line = np.linspace(0, 1, n + 1)
    x, y = np.meshgrid(line, line)
    points = np.column_stack([x.ravel(), y.ravel()])
    inside = ((points > 0) & (points < 1)).all(axis=1)
    points[inside] += np.random.default_rng(0).uniform(-shake, shake, (inside.sum(), 2)) / n
    corner = np.arange(n * (n + 1)).reshape(n, n + 1)[:, :-1].ravel()
    lower = np.column_stack([corner, corner + 1, corner + n + 2])
    upper = np.column_stack([corner, corner + n + 2, corner + n + 1])
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


@pytest.fixture
def grid() -> Callable[..., Mesh]:
    return _grid

"""Values at quadrature points as plain arrays, in and out: where a law acts point by point."""

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from jaxtyping import Float

from understudy.fem.adapter.domain import cell_dofs
from understudy.fem.adapter.jit import compiling

__all__ = ["at_points", "quadrature_measure", "set_at_points"]


def quadrature_measure(domain: dmesh.Mesh, degree: int) -> ufl.Measure:
    """The volume measure with the rule of quadrature elements of `degree`."""
    rule = {"quadrature_degree": degree, "quadrature_scheme": "default"}
    return ufl.Measure("dx", domain=domain, metadata=rule)


def at_points(
    expression: Any,  # noqa: ANN401
    domain: dmesh.Mesh,
    degree: int,
) -> Callable[[], Float[np.ndarray, "m q k"]]:
    """Compile an expression once; a call gives its values by cell, point and component."""
    basix = importlib.import_module("basix")  # without stubs that fit all releases
    points, _ = basix.make_quadrature(getattr(basix.CellType, domain.topology.cell_name()), degree)
    cells = np.arange(domain.topology.index_map(domain.topology.dim).size_local, dtype=np.int32)
    with compiling():
        ready: Any = fem.Expression(expression, points)
    takes_mesh = "mesh" in inspect.signature(ready.eval).parameters  # since 0.6

    def values() -> Float[np.ndarray, "m q k"]:
        found = ready.eval(domain, cells) if takes_mesh else ready.eval(cells)
        return np.asarray(found).reshape(len(cells), len(points), -1)

    return values


def set_at_points(function: fem.Function, values: Float[np.ndarray, "m q k"]) -> fem.Function:
    """Set a function of a quadrature space from values by cell, point and component."""
    space = function.function_space
    size = space.dofmap.index_map_bs
    function.x.array.reshape(-1, size)[cell_dofs(space)] = values
    return function

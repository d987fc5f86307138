"""The contract of the family: a specification `solve`s a mesh with parameters, and says what came.

Parameters are numbers, loads and boundary conditions; everything about the boundary speaks of node
numbers of the mesh, so a caller needs no DOLFINx.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from dolfinx import fem
from jaxtyping import Float, Int

from understudy.fem.adapter import Expression
from understudy.mesh import Mesh, edges

__all__ = ["PDE", "Fixed", "Flux", "Parameters", "Solution", "boundary_edges"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Fixed:
    """A Dirichlet condition.

    Attributes:
        at: node numbers (k,), or edges by both ends (k, 2).
        value: number, vector, or function of coordinates (3, n) giving (n,) or (components, n).
        component: the component that is held; None: all.
    """

    at: Int[np.ndarray, " k"] | Int[np.ndarray, "k 2"]
    value: float | Sequence[float] | Callable[[Float[np.ndarray, "3 n"]], np.ndarray] = 0.0
    component: int | None = None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Flux:
    """A natural condition: the flux (or traction) that enters through boundary edges.

    Attributes:
        at: boundary edges by both ends, shape (k, 2).
        value: number or vector, or function of UFL position and outward normal.
    """

    at: Int[np.ndarray, "k 2"]
    value: float | Sequence[float] | Callable[[Expression, Expression], Expression]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Parameters:
    """What a solve needs beside mesh and equation.

    Attributes:
        coefficients: material numbers by name; the equation says which.
        source: in the volume, number or vector or function of UFL position; None: none.
        fixed: Dirichlet conditions.
        flux: natural conditions; edges without any condition are free.
    """

    coefficients: Mapping[str, float] = field(default_factory=dict)
    source: float | Sequence[float] | Callable[[Expression], Expression] | None = None
    fixed: Sequence[Fixed] = ()
    flux: Sequence[Flux] = ()


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """A solved field.

    Attributes:
        values: at the nodes of the mesh in its order, shape (n, components).
        energy: a(u, u) / 2.
        residual: relative residual of the solve.
        function: the field itself, with all its degrees of freedom.
    """

    values: Float[np.ndarray, "n k"]
    energy: float
    residual: float
    function: fem.Function


class PDE(ABC):
    """An equation with its discretisation."""

    degree: int

    @abstractmethod
    def solve(self, mesh: Mesh, parameters: Parameters) -> Solution:
        """Solve on `mesh`.

        Raises:
            ConvergenceError: the solve failed.
            ValueError: parameters that do not fit the equation or the mesh.
        """


def boundary_edges(
    mesh: Mesh, where: Callable[[Float[np.ndarray, "n dim"]], np.ndarray]
) -> Int[np.ndarray, "k 2"]:
    """Boundary edges whose two ends satisfy a predicate on points (n, dim), shape (k, 2).

    Raises:
        ValueError: no such edge.
    """
    pairs, shared = edges(mesh)
    rim = pairs[shared == 1]
    found = rim[np.asarray(where(mesh.points), dtype=bool)[rim].all(axis=1)]
    if len(found) == 0:
        raise ValueError("expected boundary edges where the predicate holds, got none")
    return found

"""Where a field is: a line, or a mesh; what solves equations there, and what modes a field has.

A field on an interval [0, L/2] with free ends is the even half of one on the periodic line [0, L),
one with ends held at zero the odd half. On a mesh the modes are those of the Laplacian without
flux through the edges.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from understudy.equations.conservation import FiniteVolumes
from understudy.equations.equation import Equation
from understudy.equations.rhs import Derive, Periodic
from understudy.equations.spectral import Spectral
from understudy.equations.terms import Derivative
from understudy.mesh import Mesh, laplace_modes, refined
from understudy.surrogates.field_refinement import FieldSolver, Modes
from understudy.surrogates.mesh_solver import MeshSolver

__all__ = ["Line", "Place", "Plane", "waves"]

PARITIES = ("none", "even", "odd")
_RUNGS = ((1, 63), (1, 126), (2, 126), (1, 252), (2, 252), (4, 126), (4, 252))
"""Points over those that are known, and steps, of solvers that cost less."""


@runtime_checkable
class Place(Protocol):
    """Points, a solver and modes."""

    @property
    def points(self) -> Float[np.ndarray, "X d"]:
        """Where values are known."""
        ...

    @property
    def own(self) -> Int[np.ndarray, " Y"]:
        """Those of the points whose values follow from no others."""
        ...

    @property
    def at(self) -> Int[np.ndarray, " X"]:
        """The points among those of the solver."""
        ...

    @property
    def solver(self) -> FieldSolver:
        """Makes fields."""
        ...

    @property
    def derive(self) -> Derive:
        """Derivatives of fields at the solver's points."""
        ...

    @property
    def x(self) -> Float[np.ndarray, " Z"]:
        """First coordinate of the solver's points."""
        ...

    def modes(self, many: int) -> Modes:
        """Of an initial field: so many waves, or modes of a mesh."""
        ...

    def reads(self, equation: Equation) -> bool:
        """Whether it has all derivatives of an equation."""
        ...

    def coarser(self) -> "list[Place]":
        """The same points with solvers that cost less, the cheapest first."""
        ...

    def finer(self) -> "Place | None":
        """The same points with a solver whose error is a quarter; None: it has next to none."""
        ...

    def mirrored(self, values: Float[np.ndarray, "*b X"]) -> Float[np.ndarray, "*b X"]:
        """With the values of `own` points where others follow from them."""
        ...


def waves(line: Periodic, many: int, parity: str = "none") -> Modes:
    """Waves on a periodic line up to a number; cosine and sine of a number make a group.

    Args:
        line: its points.
        many: greatest number of waves.
        parity: `none`, `even` (only cosines and the constant) or `odd` (only sines).

    Raises:
        ValueError: unknown parity, no wave.
    """
    if parity not in PARITIES or many < 1:
        raise ValueError(
            f"parity, waves: expected one of {', '.join(PARITIES)} and at least 1, got "
            f"{parity!r} and {many}"
        )
    rising = np.arange(1, many + 1)
    angle = 2 * np.pi / line.length * line.x[:, None] * rising
    even, odd = [np.ones((line.points, 1)), np.cos(angle)], [np.sin(angle)]
    values = {"none": even + odd, "even": even, "odd": odd}[parity]
    first = [np.zeros(1, dtype=int), rising]
    groups = {"none": [*first, rising], "even": first, "odd": [rising]}[parity]
    return Modes(values=np.concatenate(values, axis=1), groups=np.concatenate(groups))


@final
@dataclass(frozen=True, kw_only=True)
class Line:
    """A periodic line.

    Attributes:
        solver: with a multiple of the points where values are known.
        count: of those points.
        parity: of the fields.
    """

    solver: Spectral | FiniteVolumes
    count: int = 128
    parity: str = "none"

    def __post_init__(self) -> None:
        if self.solver.line.points % self.count or self.parity not in PARITIES:
            raise ValueError(
                f"count, parity: expected a divisor of {self.solver.line.points} and one of "
                f"{', '.join(PARITIES)}, got {self.count}, {self.parity!r}"
            )

    @property
    def points(self) -> Float[np.ndarray, "X 1"]:
        """Evenly spaced."""
        return self.solver.line.x[self.at, None]

    @property
    def own(self) -> Int[np.ndarray, " Y"]:
        """All, or one half with both ends."""
        return np.arange(self.count if self.parity == "none" else self.count // 2 + 1)

    @property
    def at(self) -> Int[np.ndarray, " X"]:
        """Every so many."""
        return np.arange(self.count) * (self.solver.line.points // self.count)

    @property
    def derive(self) -> Derive:
        """By Fourier series."""
        return self.solver.line.derivative

    @property
    def x(self) -> Float[np.ndarray, " Z"]:
        """Of the line."""
        return self.solver.line.x

    def modes(self, many: int) -> Modes:
        """Waves of the parity."""
        return waves(self.solver.line, many, self.parity)

    def reads(self, equation: Equation) -> bool:  # noqa: ARG002
        """It has all."""
        return True

    def coarser(self) -> list[Place]:
        """With fewer points and steps."""
        if not isinstance(self.solver, Spectral):
            return []
        found: list[Place] = []
        for factor, steps in _RUNGS:
            points = factor * self.count
            if points <= self.solver.line.points and steps < self.solver.steps:
                line = Periodic(length=self.solver.line.length, points=points)
                found.append(replace(self, solver=replace(self.solver, line=line, steps=steps)))
        return found

    def finer(self) -> Place | None:
        """None: errors of Fourier series fall faster than any power."""
        return None

    def mirrored(self, values: Float[np.ndarray, "*b X"]) -> Float[np.ndarray, "*b X"]:
        """The second half from the first."""
        if self.parity == "none":
            return values
        half = self.count // 2
        found = values.copy()
        sign = 1.0 if self.parity == "even" else -1.0
        found[..., half + 1 :] = sign * values[..., half - 1 : 0 : -1]
        if self.parity == "odd":
            found[..., [0, half]] = 0.0
        return found


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """A mesh of a plane domain.

    Attributes:
        mesh: triangles, at whose nodes values are known.
        halved: whether the solver's edges are half as long.
        solver: at its nodes, or at those of the mesh whose triangles are cut into four.
    """

    mesh: Mesh
    halved: bool = False
    solver: MeshSolver = field(init=False)

    def __post_init__(self) -> None:
        mesh = refined(self.mesh) if self.halved else self.mesh
        object.__setattr__(self, "solver", MeshSolver(mesh=mesh))

    @property
    def points(self) -> Float[np.ndarray, "X 2"]:
        """Nodes."""
        return self.mesh.points

    @property
    def own(self) -> Int[np.ndarray, " X"]:
        """All."""
        return np.arange(len(self.mesh.points))

    @property
    def at(self) -> Int[np.ndarray, " X"]:
        """All."""
        return np.arange(len(self.mesh.points))

    @property
    def derive(self) -> Derive:
        """Of the mesh."""
        return self.solver.derivative

    @property
    def x(self) -> Float[np.ndarray, " Z"]:
        """Of the nodes."""
        return self.solver.mesh.points[:, 0]

    def modes(self, many: int) -> Modes:
        """Those of the least wave numbers, each a group, found on the finer mesh."""
        if many not in self._kept:
            values = (
                laplace_modes(self.solver.mesh, many) if self.halved
                else self._finer.modes(many).values[: len(self.mesh.points)]
            )  # fmt: skip
            self._kept[many] = Modes(values=values, groups=np.arange(many))
        return self._kept[many]

    def reads(self, equation: Equation) -> bool:
        """It has no third derivative."""
        factors = [f for terms in equation.right for f in terms.factors]
        return all(f.order in (1, 2, 4) for f in factors if isinstance(f, Derivative))

    def coarser(self) -> list[Place]:
        """None."""
        return []

    def finer(self) -> Place | None:
        """With edges of half the length; linear elements err with their square."""
        return None if self.halved else self._finer

    @cached_property
    def _finer(self) -> "Plane":
        return Plane(mesh=self.mesh, halved=True)

    def mirrored(self, values: Float[np.ndarray, "*b X"]) -> Float[np.ndarray, "*b X"]:
        """As they are."""
        return values

    @cached_property
    def _kept(self) -> dict[int, Modes]:
        return {}

"""Data sets of evolution equations on an interval, a square, a disc, a plate with a hole.

Equations and means of parameters are those of the families on a periodic line, viscosities where
the mesh has to resolve a front excepted. Nothing flows through the edges; on an interval the ends
of Burgers' equation are held at zero, so that its field is the odd half of a periodic one, as the
others are even halves. Initial fields are sums of three waves that the ends allow, on plane
domains of three modes of the Laplacian. Fields are made on a finer mesh than the one whose nodes
keep them.

A sample has its slices as fields `u_00`, `u_01`, ... at evenly spaced times.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np

from understudy.data import Sample, Variable
from understudy.equations.pde_families import PDE_FAMILIES, TIMES, PDEFamily, parity
from understudy.fem.adapter import ConvergenceError
from understudy.fem.domains import DOMAINS, domain
from understudy.fem.evolution import Evolution, Field
from understudy.fem.pde import Fixed
from understudy.fem.plates import MeshingError
from understudy.mesh import Mesh, edges, interpolation, laplace_modes, refined

__all__ = ["FAMILIES", "EvolvingField"]

FAMILIES = (
    "heat", "reaction_linear", "fisher", "bistable", "burgers", "wave", "cahn_hilliard",
)  # fmt: skip
"""Names, of `PDE_FAMILIES`."""
_MEANS: Mapping[str, Mapping[str, float]] = {"burgers": {"nu": 0.01}}
"""Where they are not those of the family."""
_SHARES = ("fisher", "bistable")
"""Equations of shares, whose fields start between 0 and 1."""
_WAVES, _HIGHEST, _MODES = 3, 4, 20
"""Of a start; greatest number of half waves on an interval, modes on a plane domain."""


@final
@dataclass(frozen=True, kw_only=True)
class EvolvingField:
    """Simulations of one equation on one mesh.

    Attributes:
        family: name of the equation, of `FAMILIES`.
        domain: of `DOMAINS`.
        mesh_size: edge length of the mesh that keeps the fields.
        refinements: times that its triangles are cut into four for the simulation.
        degree: of the elements.
        substeps: steps between two slices.
        spread: half width of the laws of the parameters, over their means.
        shifts: none.
    """

    family: str = "fisher"
    domain: str = "interval"
    mesh_size: float = 1 / 64
    refinements: int = 1
    degree: int = 2
    substeps: int = 2
    spread: float = 0.1

    shifts: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for key, value, known in (
            ("family", self.family, FAMILIES), ("domain", self.domain, DOMAINS),
        ):  # fmt: skip
            if value not in known:
                raise ValueError(f"{key}: expected one of {', '.join(known)}, got {value!r}")
        if not 0 < self.mesh_size <= 0.25:
            raise ValueError(f"mesh_size: expected in (0, 0.25], got {self.mesh_size:g}")
        if self.refinements < 0 or self.degree not in (1, 2):
            raise ValueError(
                "refinements, degree: expected at least 0 and one of 1, 2, got "
                f"{self.refinements} and {self.degree}"
            )
        if self.substeps < 1 or not 0 < self.spread < 1:
            raise ValueError(
                f"substeps, spread: expected at least 1 and in (0, 1), got {self.substeps} and "
                f"{self.spread:g}"
            )

    @property
    def means(self) -> Mapping[str, float]:
        """Of the parameters."""
        return _MEANS.get(self.family, self._family.means)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The parameters and their laws."""
        return tuple(
            Variable(
                name=name, low=(1 - self.spread) * mean, high=(1 + self.spread) * mean, unit="1",
                known=True,
            )
            for name, mean in self.means.items()
        )  # fmt: skip

    @property
    def units(self) -> Mapping[str, str]:
        """None has one."""
        names = ["length", *(f"u_{k:02d}" for k in range(len(TIMES)))]
        return MappingProxyType(dict.fromkeys(names, "1"))

    @property
    def _family(self) -> PDEFamily:
        return PDE_FAMILIES[self.family]

    def simulate(self, index: int, inputs: Mapping[str, float], seed: int) -> Sample:
        """Mesh and solve.

        Args:
            index: number in the design, recorded.
            inputs: values of the parameters.
            seed: of the initial field.

        Returns:
            A slice a field; or, when meshing or a step fails, a sample with the reason as `error`.

        Raises:
            ValueError: other input names than those of `variables`.
        """
        if set(inputs) != set(self.means):
            raise ValueError(f"inputs: expected {sorted(self.means)}, got {sorted(inputs)}")
        start, mesh = time.perf_counter(), None
        try:
            mesh = domain(self.domain, self.mesh_size)
            fine = mesh
            for _ in range(self.refinements):
                fine = refined(fine)
            meshed = time.perf_counter()
            fields = Evolution(
                equation=self._family.equation, degree=self.degree, substeps=self.substeps
            ).solve(fine, inputs, self._start(mesh, seed), TIMES, fixed=self._fixed(fine))
        except (ConvergenceError, MeshingError) as reason:
            return Sample(
                index=index, seed=seed, inputs=dict(inputs), mesh=mesh,
                error=f"{type(reason).__name__}: {reason}",
            )  # fmt: skip
        kept = fields[:, : len(mesh.points)]
        return Sample(
            index=index, seed=seed, inputs=dict(inputs), mesh=mesh,
            fields={f"u_{k:02d}": row.copy() for k, row in enumerate(kept)},
            seconds={"mesh": meshed - start, "solve": time.perf_counter() - meshed},
        )  # fmt: skip

    def _start(self, mesh: Mesh, seed: int) -> Field:
        """Waves of random sizes, stretched to where the equation holds."""
        rng = np.random.default_rng(seed)
        size = rng.uniform(-1.0, 1.0, _WAVES)
        raw = self._waves(size, rng) if self.domain == "interval" else self._modes(mesh, size, rng)
        if self.family not in _SHARES:
            return raw
        # The greatest and the least value are those at the nodes.
        seen = raw(mesh.points.T)
        low, high = seen.min(), max(seen.max(), seen.min() + 1e-9)
        return lambda x: np.clip((raw(x) - low) / (high - low), 0.0, 1.0)

    def _waves(self, size: np.ndarray, rng: np.random.Generator) -> Field:
        """On an interval."""
        waves = rng.integers(1, _HIGHEST + 1, _WAVES)
        kind = np.sin if parity(self.family) == "odd" else np.cos
        return lambda x: size @ kind(np.pi * waves[:, None] * x[0])

    def _modes(self, mesh: Mesh, size: np.ndarray, rng: np.random.Generator) -> Field:
        """Of the Laplacian, those of the mesh refined twice, greatest value one."""
        nodes = refined(refined(mesh))
        modes = laplace_modes(nodes, _MODES + 1)[:, 1:]
        chosen = modes[:, rng.integers(0, _MODES, _WAVES)]
        values = (chosen / np.abs(chosen).max(axis=0)) @ size
        return lambda x: interpolation(nodes, np.ascontiguousarray(x[:2].T)) @ values

    def _fixed(self, mesh: Mesh) -> tuple[Fixed, ...]:
        if self.domain != "interval" or parity(self.family) == "even":
            return ()
        every, _ = edges(mesh)
        x = mesh.points[every, 0]
        left, right = (np.abs(x - end).max(axis=1) < 1e-9 for end in (0.0, 1.0))
        # Whole edges: a quadratic element has a value between two nodes too.
        return (Fixed(at=every[left | right], value=0.0),)

"""The data set `stopped_beam`: a clamped beam under pressure that closes a gap to a springy stop.

    div sigma = 0 in the beam,     sigma n = -p e_y on top,     u = 0 at the clamp,
    sigma n = k <-u_y - g>_+ e_y at the stop, a stretch of the bottom at the tip

in plane stress. Below the pressure that closes the gap g the stop carries nothing, above it all
but linearly: a kink in every quantity, found where a beam of theory has it, w = p L^4 / 8 E I = g.
The penalty k makes <.>_+ of the gap a pressure (P. Wriggers, Computational Contact Mechanics, 2nd
ed., 2006, section 6.3); Newton's method is semismooth.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np
import ufl
from dolfinx import fem

from understudy.data import Sample, Variable
from understudy.fem.adapter import (
    ConvergenceError,
    Expression,
    assemble_scalar,
    constant,
    dirichlet,
    domain_of,
    facet_measure,
    newton,
    project,
    space,
    vertex_values,
)
from understudy.fem.elasticity import PlaneStress
from understudy.fem.pde import Parameters
from understudy.fem.plates import MeshingError, Plate, region
from understudy.fem.pulled_plate import expect_inputs

__all__ = ["StoppedBeam"]

_YOUNG, _POISSON = 7e4, 0.3
_EDGES, _DEGREE = 5, 8
"""Of the stop: edges, and degree of the rule that sees where on an edge the gap closes."""


@final
@dataclass(frozen=True, kw_only=True)
class StoppedBeam:
    """Simulations of the beam.

    Attributes:
        length: in mm.
        stop: length of the stretch that meets the stop, in mm.
        stiffness: k of the stop, in MPa / mm.
        mesh_size: edge length of the triangles, in mm.
        variables: inputs; the height is known to the mesher alone.
        shifts: kinds of beams outside the family; this set has none.
        units: of "length", each field and each output scalar.
    """

    length: float = 10.0
    stop: float = 0.5
    stiffness: float = 1e3
    mesh_size: float = 0.3

    variables: ClassVar[tuple[Variable, ...]] = (
        Variable(name="height", low=0.9, high=1.1, unit="mm", known=False),
        Variable(name="pressure", low=0.1, high=1.0, unit="MPa", known=True),
        Variable(name="gap", low=0.05, high=0.15, unit="mm", known=True),
    )
    shifts: ClassVar[tuple[str, ...]] = ()
    units: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "length": "mm", "u_x": "mm", "u_y": "mm", "sigma_xx": "MPa",
            "reaction": "N/mm", "deflection": "mm", "sigma_xx_max": "MPa",
        }
    )  # fmt: skip

    def __post_init__(self) -> None:
        if not 0 < self.stop < self.length / 2:
            raise ValueError(
                f"stop: expected in (0, {self.length / 2:g}), half the length, got {self.stop:g}"
            )
        if not self.stiffness > 0:
            raise ValueError(f"stiffness: expected more than 0, got {self.stiffness:g}")
        if not 0 < self.mesh_size < self.length / 4:
            raise ValueError(
                f"mesh_size: expected in (0, {self.length / 4:g}), got {self.mesh_size:g}"
            )

    def simulate(self, index: int, inputs: Mapping[str, float], seed: int) -> Sample:
        """Mesh, solve, project. The arrays depend on specification and inputs alone.

        Args:
            index: number in the design, recorded.
            inputs: a value for each of `variables`, in its unit.
            seed: recorded; nothing here is drawn.

        Returns:
            Fields u_x, u_y and sigma_xx at the nodes, scalars reaction (of the stop, a mm of
            thickness), deflection (of the tip, downwards) and sigma_xx_max; or, on failure, a
            sample with the reason.

        Raises:
            ValueError: other input names than those of `variables`.
        """
        expect_inputs(self.variables, inputs)
        clock = [time.perf_counter()]
        beam: Plate | None = None
        try:
            beam = self._mesh(inputs["height"])
            clock.append(time.perf_counter())
            fields, reaction, residual = self._solved(beam, inputs["pressure"], inputs["gap"])
            clock.append(time.perf_counter())
        except (ConvergenceError, MeshingError, ValueError) as reason:
            mesh = beam.mesh if beam is not None else None
            error = f"{type(reason).__name__}: {reason}"
            return Sample(index=index, seed=seed, inputs=dict(inputs), mesh=mesh, error=error)
        tip = np.unique(beam.boundary["tip"])
        return Sample(
            index=index, seed=seed, inputs=dict(inputs), mesh=beam.mesh, fields=fields,
            scalars={
                "reaction": reaction,
                "deflection": float(-fields["u_y"][tip].mean()),
                "sigma_xx_max": float(fields["sigma_xx"].max()),
            },
            residual=residual,
            seconds=dict(zip(("mesh", "solve"), np.diff(clock).tolist(), strict=True)),
        )  # fmt: skip

    def _mesh(self, height: float) -> Plate:
        right, left = self.length, self.length - self.stop
        corners = [(0.0, 0.0), (left, 0.0), (right, 0.0), (right, height), (0.0, height)]
        names = ["bottom", "stop", "tip", "top", "clamp"]
        fine = min(self.mesh_size, self.stop / _EDGES)
        sizes = [self.mesh_size, fine, fine, self.mesh_size, self.mesh_size]
        return region(corners, [None] * 5, names, sizes)

    def _solved(
        self, beam: Plate, pressure: float, gap: float
    ) -> tuple[dict[str, np.ndarray], float, float]:
        """Fields at the nodes, the reaction and the relative residual."""
        domain = domain_of(beam.mesh)
        target = space(domain, degree=2, shape=(2,))
        u, v = fem.Function(target), ufl.TestFunction(target)
        law = PlaneStress()
        given = Parameters(coefficients={"E": _YOUNG, "nu": _POISSON})
        ds = facet_measure(domain, [beam.boundary["top"], beam.boundary["stop"]])
        meets = ds(1, metadata={"quadrature_degree": _DEGREE})
        load = constant(domain, pressure)
        carried = _positive(-u[1] - constant(domain, gap)) * constant(domain, self.stiffness)
        stress = law.stress(u, given)
        equation = ufl.inner(stress, ufl.sym(ufl.grad(v))) * ufl.dx
        equation += load * v[1] * ds(0) - carried * v[1] * meets
        held = [dirichlet(target, beam.boundary["clamp"], (0.0, 0.0))]
        solved = newton(equation, u, held, definite=True, rtol=1e-8)
        (bending,) = project(domain, (stress[0, 0],))
        nodal = vertex_values(u)
        fields = {
            "u_x": nodal[:, 0].copy(), "u_y": nodal[:, 1].copy(),
            "sigma_xx": vertex_values(bending)[:, 0],
        }  # fmt: skip
        return fields, assemble_scalar(carried * meets), solved.residual


def _positive(value: Expression) -> Expression:
    return ufl.conditional(ufl.gt(value, 0.0), value, 0.0)

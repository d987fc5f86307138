"""The data set `tensile_plate`: a thick elastic plate with two round notches, pulled at its top.

    div sigma = 0 in the plate,    sigma n = P e_y on top,    u_y = 0 at the bottom,
    u_x = 0 at its left corner,    all other edges free

in plane strain. It is linear, so stress = P f(r) and displacement = (P / E) g(r) with the notch
radius r alone in f and g. Displacements are quadratic elements; stresses are projected in L2 to
linear ones. Geometry and ranges follow the elastic part of Tensile2d: F. Casenave, B. Staber, X.
Roynard, "MMGP: a Mesh Morphing Gaussian Process-based machine learning method", NeurIPS 2023,
section 4 and appendix.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np
from jaxtyping import Float

from understudy.data import Sample, Variable
from understudy.fem.adapter import ConvergenceError, project, vertex_values
from understudy.fem.elasticity import PlaneStrain
from understudy.fem.pde import Fixed, Flux, Parameters, Solution
from understudy.fem.plates import MeshingError, Plate, notched_plate

__all__ = ["TensilePlate", "von_mises"]


@final
@dataclass(frozen=True, kw_only=True)
class TensilePlate:
    """Simulations of the notched plate.

    Attributes:
        side: of the square, in mm.
        mesh_size: edge length of the triangles, in mm; the number of nodes falls with its square.
        poisson_ratio: in (-1, 1/2).
        variables: inputs of a simulation; the notch radius is known to the mesher alone.
        shifts: kinds of plates outside the family; this set has none.
        units: of "length", each field and each output scalar.
    """

    side: float = 2.0
    mesh_size: float = 0.0313
    poisson_ratio: float = 0.3

    variables: ClassVar[tuple[Variable, ...]] = (
        Variable(name="notch_radius", low=0.2, high=0.8, unit="mm", known=False),
        Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True),
        Variable(name="E", low=5e4, high=1e5, unit="MPa", known=True),
    )
    shifts: ClassVar[tuple[str, ...]] = ()
    units: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "length": "mm",
            "u_x": "mm",
            "u_y": "mm",
            "sigma_xx": "MPa",
            "sigma_yy": "MPa",
            "sigma_xy": "MPa",
            "von_mises_max": "MPa",
            "u_y_top": "mm",
            "sigma_yy_top": "MPa",
        }
    )

    def __post_init__(self) -> None:
        if not 0 < self.mesh_size < self.side / 2:
            raise ValueError(
                "tensile plate: expected 0 < mesh_size < side / 2, got "
                f"mesh_size {self.mesh_size}, side {self.side}"
            )
        if not -1 < self.poisson_ratio < 0.5:
            raise ValueError(
                f"tensile plate: expected poisson_ratio in (-1, 1/2), got {self.poisson_ratio}"
            )

    def simulate(self, index: int, inputs: Mapping[str, float], seed: int) -> Sample:
        """Mesh, solve, project. The arrays depend on specification and inputs alone.

        Args:
            index: number in the design, recorded.
            inputs: a value for each of `variables`, in its unit.
            seed: recorded; nothing here is drawn.

        Returns:
            Fields u_x, u_y, sigma_xx, sigma_yy, sigma_xy at the nodes, scalars von_mises_max,
            u_y_top and sigma_yy_top; or, when meshing or a solve fails, a sample with the reason
            as `error`.

        Raises:
            ValueError: other input names than those of `variables`.
        """
        names = [variable.name for variable in self.variables]
        if set(inputs) != set(names):
            raise ValueError(f"inputs: expected {names}, got {sorted(inputs)}")
        clock = [time.perf_counter()]
        plate: Plate | None = None
        try:
            plate = notched_plate(
                side=self.side, notch_radius=inputs["notch_radius"], mesh_size=self.mesh_size
            )
            clock.append(time.perf_counter())
            law, parameters = PlaneStrain(degree=2), self._parameters(plate, inputs)
            solution = law.solve(plate.mesh, parameters)
            clock.append(time.perf_counter())
            fields = _fields(law, parameters, solution)
            clock.append(time.perf_counter())
        except (ConvergenceError, MeshingError, ValueError) as reason:
            mesh = plate.mesh if plate is not None else None
            error = f"{type(reason).__name__}: {reason}"
            return Sample(index=index, seed=seed, inputs=dict(inputs), mesh=mesh, error=error)
        return Sample(
            index=index,
            seed=seed,
            inputs=dict(inputs),
            mesh=plate.mesh,
            fields=fields,
            scalars=self._scalars(plate, fields),
            residual=solution.residual,
            seconds=dict(zip(("mesh", "solve", "project"), np.diff(clock).tolist(), strict=True)),
        )

    def _parameters(self, plate: Plate, inputs: Mapping[str, float]) -> Parameters:
        bottom = plate.boundary["bottom"]
        corner = bottom.ravel()[np.argmin(plate.mesh.points[bottom.ravel(), 0])]
        return Parameters(
            coefficients={"E": inputs["E"], "nu": self.poisson_ratio},
            fixed=(Fixed(at=bottom, component=1), Fixed(at=np.array([corner]), component=0)),
            flux=(Flux(at=plate.boundary["top"], value=(0.0, inputs["P"])),),
        )

    def _scalars(
        self, plate: Plate, fields: Mapping[str, Float[np.ndarray, " n"]]
    ) -> dict[str, float]:
        top = np.unique(plate.boundary["top"])
        stress = (fields["sigma_xx"], fields["sigma_yy"], fields["sigma_xy"])
        return {
            "von_mises_max": float(von_mises(*stress, self.poisson_ratio).max()),
            "u_y_top": float(fields["u_y"][top].max()),
            "sigma_yy_top": float(fields["sigma_yy"][top].max()),
        }


def von_mises(
    xx: Float[np.ndarray, " n"],
    yy: Float[np.ndarray, " n"],
    xy: Float[np.ndarray, " n"],
    poisson_ratio: float,
) -> Float[np.ndarray, " n"]:
    """Von Mises stress in plane strain, where sigma_zz = nu (sigma_xx + sigma_yy)."""
    zz = poisson_ratio * (xx + yy)
    return np.sqrt(0.5 * ((xx - yy) ** 2 + (yy - zz) ** 2 + (zz - xx) ** 2) + 3 * xy**2)


def _fields(
    law: PlaneStrain, parameters: Parameters, solution: Solution
) -> dict[str, Float[np.ndarray, " n"]]:
    """Displacement and projected stress at the nodes."""
    stress = law.stress(solution.function, parameters)
    components = (stress[0, 0], stress[1, 1], stress[0, 1])
    projected = project(solution.function.function_space.mesh, components)
    fields = {"u_x": solution.values[:, 0].copy(), "u_y": solution.values[:, 1].copy()}
    for name, function in zip(("sigma_xx", "sigma_yy", "sigma_xy"), projected, strict=True):
        fields[name] = vertex_values(function)[:, 0]
    return fields

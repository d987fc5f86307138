"""The data set `tensile_plate_viscoplastic`: two equal round notches, a Norton-Chaboche material.

It follows Tensile2d in full: F. Casenave, B. Staber, X. Roynard, "MMGP: a Mesh Morphing Gaussian
Process-based machine learning method", NeurIPS 2023, section 4. The exponent of Norton's law and
the duration of the ramp were not published; 10 and 0.01 s give about the published shares of
samples with a plastic strain above 1e-6 and 1e-4, so almost all samples are elastic in effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from understudy.data import Sample, Variable
from understudy.equations import Material
from understudy.fem.notches import Notch
from understudy.fem.plasticity import LoadSteps
from understudy.fem.plates import Plate, plate_with_notches
from understudy.fem.pulled_plate import UNITS, expect_inputs, pull

__all__ = ["TensilePlateViscoplastic"]

_STEPS = LoadSteps(duration=0.01, steps=4, largest_flow=2e-5)


@final
@dataclass(frozen=True, kw_only=True)
class TensilePlateViscoplastic:
    """Simulations of the notched plate.

    Attributes:
        mesh_size: edge length of the triangles, in mm.
        variables: inputs; the notch radius is known to the mesher alone.
        shifts: kinds of plates that a surrogate of this set has not seen.
        units: of "length", each field and each output scalar.
    """

    mesh_size: float = 0.0313

    variables: ClassVar[tuple[Variable, ...]] = (
        Variable(name="notch_radius", low=0.2, high=0.8, unit="mm", known=False),
        Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True),
        Variable(name="E", low=5e4, high=1e5, unit="MPa", known=True),
        Variable(name="R0", low=10.0, high=20.0, unit="MPa", known=True),
        Variable(name="K", low=300.0, high=600.0, unit="MPa s^(1/10)", known=True),
        Variable(name="C", low=1000.0, high=2000.0, unit="MPa", known=True),
        Variable(name="D", low=1000.0, high=2000.0, unit="", known=True),
    )
    shifts: ClassVar[tuple[str, ...]] = ("wedge", "single_notch", "out_of_range", "ellipse")
    units: ClassVar[Mapping[str, str]] = UNITS

    def __post_init__(self) -> None:
        if not 0 < self.mesh_size < 1:
            raise ValueError(f"mesh_size: expected in (0, 1), got {self.mesh_size}")

    def simulate(
        self,
        index: int,
        inputs: Mapping[str, float],
        seed: int,
        shift: str = "",
        mesh_factor: float = 1.0,
    ) -> Sample:
        """Mesh, load, project. The arrays depend on specification and arguments alone.

        Args:
            index: number in the design, recorded.
            inputs: a value for each of `variables`, in its unit.
            seed: of what a shift draws.
            shift: one of `shifts`; "": the family itself.
            mesh_factor: scales the mesh size.

        Returns:
            Nodal fields and scalars with `units`; or, on failure, a sample with the reason.

        Raises:
            ValueError: other input names than those of `variables`.
        """
        expect_inputs(self.variables, inputs)
        radius, left, right = _notches(inputs["notch_radius"], seed, shift)

        def mesh() -> Plate:
            size = self.mesh_size * mesh_factor
            return plate_with_notches(side=2.0, left=left, right=right, mesh_size=size)

        material = Material(
            young=inputs["E"], poisson_ratio=0.3, yield_stress=inputs["R0"],
            kinematic=inputs["C"], recall=inputs["D"], viscosity=inputs["K"], exponent=10.0,
        )  # fmt: skip
        given = dict(inputs) | {"notch_radius": radius}
        return pull(index, seed, given, mesh, material, _STEPS)


def _notches(radius: float, seed: int, shift: str) -> tuple[float, Notch | None, Notch | None]:
    """Radius and both notches of a plate of the family, or of one that is shifted out of it."""
    rng = np.random.default_rng(seed)
    if shift == "out_of_range":
        share = (radius - 0.2) / 0.6
        small = rng.random() < 0.5
        radius = 0.08 + 0.08 * share if small else 0.84 + 0.08 * share
    if shift == "ellipse":
        aspect = rng.uniform(1.5, 2.0) ** rng.choice([-1, 1])
        radius = min(radius, 0.45)
        both = Notch(depth=radius, aspect=aspect)
    elif shift == "wedge":
        both = Notch(depth=radius, shape="wedge")
    else:
        both = Notch(depth=radius)
    return radius, None if shift == "single_notch" else both, both

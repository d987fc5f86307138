"""The data set `tensile_plate_plastic`: two different rough notches, J2 plasticity that matters.

Depth, height and aspect of both notches vary independently; a smooth random roughness of the
outlines is drawn for each sample and given to nobody. The traction is lowered where needed to 0.85
of the load at which the net section or a lip above a notch would give (`limit_load`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from understudy.data import Sample, Variable
from understudy.equations import Material
from understudy.fem.limit_load import limit_load
from understudy.fem.notches import Notch, roughness
from understudy.fem.plasticity import LoadSteps
from understudy.fem.plates import Plate, plate_with_notches
from understudy.fem.pulled_plate import UNITS, expect_inputs, pull

__all__ = ["TensilePlatePlastic"]

_SIDE = 2.0
_HIGHEST_LOAD_RATIO = 0.85
_STEPS = LoadSteps(steps=4, largest_flow=2e-3)


@final
@dataclass(frozen=True, kw_only=True)
class TensilePlatePlastic:
    """Simulations of the notched plate.

    Attributes:
        mesh_size: edge length of the triangles, in mm.
        roughness: deviation of the outline's random waves, relative to the radius.
        variables: inputs; the six of the notches are known to the mesher alone.
        shifts: kinds of plates that a surrogate of this set has not seen.
        units: of "length", each field and each output scalar.
    """

    mesh_size: float = 0.04
    roughness: float = 0.005

    variables: ClassVar[tuple[Variable, ...]] = (
        Variable(name="left_depth", low=0.25, high=0.65, unit="mm", known=False),
        Variable(name="left_height", low=-0.15, high=0.15, unit="mm", known=False),
        Variable(name="left_aspect", low=0.6, high=1.0, unit="", known=False),
        Variable(name="right_depth", low=0.25, high=0.65, unit="mm", known=False),
        Variable(name="right_height", low=-0.15, high=0.15, unit="mm", known=False),
        Variable(name="right_aspect", low=0.6, high=1.0, unit="", known=False),
        Variable(name="P", low=22.0, high=52.0, unit="MPa", known=True),
        Variable(name="E", low=5e4, high=1e5, unit="MPa", known=True),
        Variable(name="R0", low=100.0, high=180.0, unit="MPa", known=True),
        Variable(name="H", low=1000.0, high=5000.0, unit="MPa", known=True),
    )
    shifts: ClassVar[tuple[str, ...]] = ("wedge", "single_notch", "out_of_range")
    units: ClassVar[Mapping[str, str]] = UNITS

    def __post_init__(self) -> None:
        if not 0 < self.mesh_size < 1:
            raise ValueError(f"mesh_size: expected in (0, 1), got {self.mesh_size}")
        if not 0 <= self.roughness < 0.1:
            raise ValueError(f"roughness: expected in [0, 0.1), got {self.roughness}")

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
            inputs: a value for each of `variables`, in its unit; P is recorded as it was applied.
            seed: of the roughness and of what a shift draws.
            shift: one of `shifts`; "": the family itself.
            mesh_factor: scales the mesh size.

        Returns:
            Nodal fields and scalars with `units`; or, on failure, a sample with the reason.

        Raises:
            ValueError: other input names than those of `variables`.
        """
        expect_inputs(self.variables, inputs)
        left, right = self._notches(inputs, seed, shift)
        both = [notch for notch in (left, right) if notch is not None]
        limit = inputs["R0"] * limit_load(both, _SIDE)
        given = dict(inputs) | {"P": min(inputs["P"], _HIGHEST_LOAD_RATIO * limit)}

        def mesh() -> Plate:
            size = self.mesh_size * mesh_factor
            return plate_with_notches(side=_SIDE, left=left, right=right, mesh_size=size)

        material = Material(
            young=inputs["E"], poisson_ratio=0.3, yield_stress=inputs["R0"], hardening=inputs["H"]
        )
        return pull(index, seed, given, mesh, material, _STEPS)

    def _notches(
        self, inputs: Mapping[str, float], seed: int, shift: str
    ) -> tuple[Notch | None, Notch]:
        """Left and right notch of a plate of the family, or of one that is shifted out of it."""
        rng = np.random.default_rng(seed)
        both = []
        for name in ("left", "right"):
            depth, height, aspect = (inputs[f"{name}_{k}"] for k in ("depth", "height", "aspect"))
            waves = roughness(rng, self.roughness)
            if shift == "out_of_range":
                share = (depth - 0.25) / 0.4
                depth = 0.1 + 0.08 * share if rng.random() < 0.5 else 0.72 + 0.08 * share
                aspect = min(aspect, 1.0)
            wedge = shift == "wedge"
            both.append(
                Notch(
                    depth=depth,
                    height=height,
                    aspect=aspect,
                    shape="wedge" if wedge else "ellipse",
                    roughness=() if wedge else waves,
                )
            )
        return None if shift == "single_notch" else both[0], both[1]

"""One simulation as plain arrays: what the stages of the pipeline hand to one another."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.mesh import Mesh

__all__ = ["Sample", "finite"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """A mesh, the inputs of a simulation and, if it succeeded, its fields and scalars.

    Attributes:
        index: number in the design.
        seed: seed of the sample's own random numbers.
        inputs: every variable of the design by name, in its unit.
        mesh: the mesh, or None when meshing failed.
        fields: nodal values by name, each of shape (n,); empty for a failed sample.
        scalars: output scalars by name; empty for a failed sample.
        residual: relative residual of the last linear solve.
        seconds: wall time by step ("mesh", "solve", "project"); not part of the checksum.
        error: reason of the failure, "" for a sample that succeeded.
    """

    index: int
    seed: int
    inputs: Mapping[str, float]
    mesh: Mesh | None = None
    fields: Mapping[str, Float[np.ndarray, " n"]] = field(default_factory=dict)
    scalars: Mapping[str, float] = field(default_factory=dict)
    residual: float = float("nan")
    seconds: Mapping[str, float] = field(default_factory=dict)
    error: str = ""

    def __post_init__(self) -> None:
        if self.mesh is None and not self.error:
            raise ValueError(f"sample {self.index}: expected a mesh or an error, got neither")
        for name, values in self.fields.items():
            if not name or "/" in name:
                raise ValueError(
                    f"sample {self.index}: expected names of fields without '/', got {name!r}"
                )
            if self.mesh is None or values.shape != (len(self.mesh.points),):
                raise ValueError(
                    f"sample {self.index}, field {name}: expected one value a node, "
                    f"got {values.shape}"
                )


def finite(sample: Sample) -> Sample:
    """The sample; where a field or a scalar is not finite, a failed one that says which."""
    if sample.error:
        return sample
    bad = [f"field {k}" for k, v in sample.fields.items() if not np.isfinite(v).all()]
    bad += [f"scalar {k}" for k, v in sample.scalars.items() if not np.isfinite(v)]
    if not bad:
        return sample
    reason = f"FloatingPointError: {', '.join(bad)}: expected finite values, got others"
    return replace(sample, fields={}, scalars={}, error=reason)

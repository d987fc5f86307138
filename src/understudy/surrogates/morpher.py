"""Which morphing a study uses, as one specification that files and configurations can hold."""

from dataclasses import dataclass, fields
from typing import final

from understudy.mesh import Mesh
from understudy.morphing import Harmonic, Morphing, Tutte

__all__ = ["Morpher"]


@final
@dataclass(frozen=True, kw_only=True)
class Morpher:
    """One morphing; without any, the harmonic map matched at corners of 60 degrees and more.

    Attributes:
        harmonic: disk map with mean value weights, matched at corners of the boundary.
        tutte: disk map with equal weights.
    """

    harmonic: Harmonic | None = None
    tutte: Tutte | None = None

    def __post_init__(self) -> None:
        chosen = [f.name for f in fields(self) if getattr(self, f.name) is not None]
        if len(chosen) > 1:
            names = ", ".join(f.name for f in fields(self))
            raise ValueError(f"morphing: expected one of {names}, got {chosen}")

    def fit(self, mesh: Mesh, reference: Mesh | None = None) -> Morphing:
        """Map a mesh by the method that was chosen.

        Raises:
            ValueError: the mesh is not of the kind that the method can map.
        """
        method = self.tutte or self.harmonic or Harmonic(landmark_angle=60.0)
        return method.fit(mesh, reference)

"""Which morphing a study uses, as one specification that files and configurations can hold."""

from dataclasses import dataclass, fields
from typing import final

from understudy.mesh import Mesh
from understudy.morphing import (
    RBF,
    Correspondence,
    Elastic,
    Harmonic,
    OptimalTransport,
    Tutte,
    choose,
)

__all__ = ["Morpher"]


@final
@dataclass(frozen=True, kw_only=True)
class Morpher:
    """One method; without any, the one that `choose` finds: on disks the harmonic map.

    Attributes:
        harmonic: disk map with mean value weights, matched at corners of the boundary.
        tutte: disk map with equal weights.
        elastic: the part as an elastic body, pulled onto the reference; holes allowed.
        rbf: radial basis functions of the boundary's motion; holes allowed.
        transport: optimal transport to the reference, whatever the topology; not a morphing.
    """

    harmonic: Harmonic | None = None
    tutte: Tutte | None = None
    elastic: Elastic | None = None
    rbf: RBF | None = None
    transport: OptimalTransport | None = None

    def __post_init__(self) -> None:
        chosen = [f.name for f in fields(self) if getattr(self, f.name) is not None]
        if len(chosen) > 1:
            names = ", ".join(f.name for f in fields(self))
            raise ValueError(f"morphing: expected one of {names}, got {chosen}")

    def fit(self, mesh: Mesh, reference: Mesh | None = None) -> Correspondence:
        """Map a mesh by the method that was chosen.

        Raises:
            ValueError: the mesh is not of the kind that the method can map.
        """
        method = self.tutte or self.harmonic or self.elastic or self.rbf or self.transport
        return (method or choose(mesh, reference)[0]).fit(mesh, reference)

    def settled(self, mesh: Mesh, reference: Mesh) -> "Morpher":
        """The same with one method, for a mesh and a reference.

        Raises:
            ValueError: no method serves.
        """
        if self != Morpher():
            return self
        method = choose(mesh, reference)[0]
        if isinstance(method, OptimalTransport):
            return Morpher(transport=method)
        return Morpher(elastic=method) if isinstance(method, Elastic) else Morpher(harmonic=method)

"""What every morphing gives: a mesh, its image on the common domain, and the way between meshes.

Contract of the family: `Method(...).fit(mesh)` returns a `Morphing`.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array

from understudy.mesh import Mesh, area, interpolation

__all__ = ["Morphing"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Morphing:
    """A mesh and its image: same triangles, nodes moved into the common domain.

    Raises:
        ValueError: the image folds over (a triangle with no or negative area).
    """

    mesh: Mesh
    image: Mesh

    def __post_init__(self) -> None:
        folded = int((area(self.image) <= 0.0).sum())
        if folded:
            raise ValueError(
                f"morphing: expected an image without folds, got {folded} of "
                f"{len(self.image.triangles)} triangles folded over"
            )

    def operator(self, target: "Morphing") -> csr_array:
        """P1 matrix from nodal values of this mesh to the nodes of `target`, shape (k, n)."""
        return interpolation(self.image, target.image.points)

    def transport(
        self, field: Float[np.ndarray, "n *c"], target: "Morphing"
    ) -> Float[np.ndarray, "k *c"]:
        """Carry nodal values of this mesh to the nodes of `target` through the common domain."""
        return self.operator(target) @ field

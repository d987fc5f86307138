"""What every morphing gives: a mesh, its image on the common domain, the way between meshes."""

from dataclasses import dataclass
from typing import final

from scipy.sparse import csr_array

from understudy.mesh import Mesh, area, interpolation
from understudy.morphing.correspondence import Correspondence

__all__ = ["Morphing"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Morphing(Correspondence):
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

    def operator(self, target: Correspondence) -> csr_array:
        """P1 matrix from nodal values of this mesh to the nodes of `target`, shape (k, n)."""
        if not isinstance(target, Morphing):
            raise TypeError(f"expected a Morphing, got {type(target).__name__}")
        return interpolation(self.image, target.image.points)

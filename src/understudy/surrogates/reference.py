"""What all samples of a training set share: a mesh, and its image if they come by a morphing."""

from dataclasses import dataclass
from typing import final

from scipy.sparse import csr_array

from understudy.mesh import Mesh, refined
from understudy.morphing import Correspondence, Morphing, OptimalTransport, TransportMap

__all__ = ["Reference", "placed"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Reference:
    """The reference.

    Attributes:
        mesh: its nodes and triangles.
        image: the same in the common domain of a morphing; None: samples come by transport.
    """

    mesh: Mesh
    image: Mesh | None

    def place(self) -> Correspondence:
        """The reference as one of the parts."""
        if self.image is None:
            return OptimalTransport().fit(self.mesh)
        return Morphing(mesh=self.mesh, image=self.image)

    def there(self, part: Correspondence) -> csr_array:
        """Matrix from nodal values of a part to the nodes of the reference."""
        return part.operator(self.place())

    def back(self, part: Correspondence) -> csr_array:
        """Matrix from nodal values of the reference to the nodes of a part."""
        return self.place().operator(part)

    def refined(self) -> "Reference":
        """The same with every triangle cut into four.

        Raises:
            ValueError: samples come by transport, whose plans are of the nodes there are.
        """
        if self.image is None:
            raise ValueError(
                "refinements: expected 0 with transport, whose ways end at the reference's nodes; "
                "finer training meshes make a finer reference"
            )
        return Reference(mesh=refined(self.mesh), image=refined(self.image))


def placed(part: Correspondence) -> Reference:
    """A part as the reference of others."""
    if isinstance(part, Morphing):
        return Reference(mesh=part.mesh, image=part.image)
    if isinstance(part, TransportMap):
        return Reference(mesh=part.mesh, image=None)
    raise TypeError(f"expected a Morphing or a TransportMap, got {type(part).__name__}")

"""What every method of the family gives: the way of nodal values from one mesh to another.

Contract of the family: `Method(...).fit(mesh, reference)` returns a `Correspondence`. Values leave
a mesh by a sparse matrix whose rows are non-negative and sum to one, so that constants stay and
nothing overshoots.
"""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array

from understudy.mesh import Mesh

__all__ = ["Correspondence"]


class Correspondence(ABC):
    """A mesh and its place in the family of parts that share a reference.

    Attributes:
        mesh: nodes and triangles of the part.
    """

    mesh: Mesh

    @abstractmethod
    def operator(self, target: "Correspondence") -> csr_array:
        """Matrix from nodal values of this mesh to the nodes of `target`, shape (k, n).

        Raises:
            TypeError: the target comes from a method of another kind.
        """

    def transport(
        self, field: Float[np.ndarray, "n *c"], target: "Correspondence"
    ) -> Float[np.ndarray, "k *c"]:
        """Carry nodal values of this mesh to the nodes of `target`."""
        return self.operator(target) @ field

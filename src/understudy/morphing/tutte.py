"""Tutte's embedding: any triangulated disk onto the unit disk, all weights one.

Each interior node goes to the mean of its neighbours, x_i = (1 / deg i) sum_{j ~ i} x_j. Topology
alone decides inside, so the map follows the accidents of the triangulation; `Harmonic` does not.
Boundary nodes go by arc length, or by landmarks (`boundary`). Reference: W. T. Tutte, "How to draw
a graph", Proc. London Math. Soc. 13, 1963.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.sparse import coo_array, csr_array

from understudy.mesh import Mesh, edges
from understudy.morphing.disk import check_disk, onto_disk
from understudy.morphing.morphing import Morphing

__all__ = ["Tutte"]


@final
@dataclass(frozen=True, kw_only=True)
class Tutte:
    """Specification of the map onto the unit disk.

    Attributes:
        anchor: direction; the boundary node farthest along it begins the boundary. Parts of one
            family need one anchor that meets the same corner of all: (-1, -1) is the lower left.
            Three numbers for surfaces in space.
        landmark_angle: least turn in degrees of a boundary corner that is matched with that of
            the reference; None: arc length alone.
    """

    anchor: tuple[float, ...] = (-1.0, -1.0)
    landmark_angle: float | None = None

    def __post_init__(self) -> None:
        check_disk(self.anchor, self.landmark_angle)

    def fit(self, mesh: Mesh, reference: Mesh | None = None) -> Morphing:
        """Map a mesh; the reference gives the angles of landmarks (None: the mesh itself).

        Raises:
            ValueError: the mesh is not a disk, or has other landmarks than the reference.
        """
        return onto_disk(mesh, reference, self.anchor, self.landmark_angle, _adjacency)


def _adjacency(mesh: Mesh) -> csr_array:
    pairs, _ = edges(mesh)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    n = len(mesh.points)
    return coo_array((np.ones(len(both)), both.T), shape=(n, n)).tocsr()

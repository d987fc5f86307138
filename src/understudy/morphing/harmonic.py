"""The discrete harmonic map onto the unit disk with mean value coordinates as weights.

With the angles a, b of the two triangles at edge ij, at node i,

    w_ij = (tan(a / 2) + tan(b / 2)) / |x_j - x_i|:

positive, so that nothing folds, and exact for linear maps, so that the image hardly depends on the
triangulation. Fields then differ between meshes of one part by less than with Tutte's weights.
Reference: M. S. Floater, "Mean value coordinates", CAGD 20, 2003, eq. 2.1.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.sparse import coo_array, csr_array

from understudy.mesh import Mesh
from understudy.morphing.disk import check_disk, onto_disk
from understudy.morphing.morphing import Morphing

__all__ = ["Harmonic"]


@final
@dataclass(frozen=True, kw_only=True)
class Harmonic:
    """Specification of the map onto the unit disk.

    Attributes:
        anchor: direction; the boundary node farthest along it begins the boundary. Parts of one
            family need one anchor that meets the same corner of all. Three numbers for surfaces
            in space.
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
        return onto_disk(mesh, reference, self.anchor, self.landmark_angle, _mean_value)


def _mean_value(mesh: Mesh) -> csr_array:
    """w_ij by row i."""
    corner = mesh.points[mesh.triangles]
    rows, columns, values = [], [], []
    for k in range(3):
        i, j, m = (mesh.triangles[:, (k + step) % 3] for step in range(3))
        u, v = corner[:, (k + 1) % 3] - corner[:, k], corner[:, (k + 2) % 3] - corner[:, k]
        size_u, size_v = np.linalg.norm(u, axis=1), np.linalg.norm(v, axis=1)
        cosine = np.clip(np.einsum("mi,mi->m", u, v) / (size_u * size_v), -1.0, 1.0)
        half = np.sqrt((1.0 - cosine) / (1.0 + cosine))  # tan(a / 2)
        rows += [i, i]
        columns += [j, m]
        values += [half / size_u, half / size_v]
    n = len(mesh.points)
    index = (np.concatenate(rows), np.concatenate(columns))
    return coo_array((np.concatenate(values), index), shape=(n, n)).tocsr()

"""Optimal transport to the reference: a way between parts of any topology, without a morphing.

Nodes with their areas, as shares of the whole, are a measure. The plan P between the measures
a of a mesh and b of the reference,

    min_P sum_ij P_ij |x_i - y_j|^2,    P >= 0,  P 1 = a,  P' 1 = b,

gives each node its barycentric projection, T(x_i) = sum_j P_ij y_j / a_i, and y_j likewise. Both
maps are freed of the noise of the nodes by averages over triangles of the displacement (mass
matrix over its row sums, a few times), and fields are read at T(x) by linear interpolation; what
falls into a hole is read on its rim. Rows are non-negative and sum to one.

Source: R. Carpintero Perez, S. Da Veiga, J. Garnier, B. Staber, "Learning signals defined on
graphs with optimal transport and Gaussian process regression", arXiv 2410.15721: there fields are
carried by an entropic plan (M. Cuturi, "Sinkhorn distances", 2013). Here the plan is exact,
because it is sparse, faster at these sizes and has no parameter, and the smooth map loses less of
a field than the plan itself. More than `points` nodes are joined to that many clusters first: the
cost of a plan grows with the square of their number and more.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import ot
from jaxtyping import Float, Int
from scipy.sparse import csr_array, eye_array
from scipy.spatial import cKDTree

from understudy.mesh import Mesh, interpolation, mass_matrix, oriented
from understudy.morphing.correspondence import Correspondence

__all__ = ["OptimalTransport", "TransportMap"]

_ITERATIONS = 10**7


@final
@dataclass(frozen=True, kw_only=True)
class OptimalTransport:
    """Specification of the way to the reference.

    Attributes:
        points: most points of a measure; nodes beyond it are joined to clusters.
        smoothing: averages over triangles that the displacement undergoes; in proportion more
            where nodes are joined.
    """

    points: int = 1000
    smoothing: int = 4

    def __post_init__(self) -> None:
        if self.points < 3:
            raise ValueError(f"points: expected at least 3, got {self.points}")
        if self.smoothing < 0:
            raise ValueError(f"smoothing: expected 0 or more, got {self.smoothing}")

    def fit(self, mesh: Mesh, reference: Mesh | None = None) -> "TransportMap":
        """Find the way from a planar mesh to the reference (None: to itself) and back.

        Raises:
            ValueError: a surface in space, or a node without a triangle.
        """
        for one in (mesh, reference or mesh):
            _check(one)
        if reference is None:
            same = csr_array(eye_array(len(mesh.points), format="csr"))
            return TransportMap(mesh=mesh, there=same, back=same)
        own, a, mine = _measure(mesh, self.points)
        theirs, b, yours = _measure(reference, self.points)
        plan = ot.emd(a, b, ot.dist(own, theirs), numItermax=_ITERATIONS)
        forth = self._image(mesh, (plan @ theirs / a[:, None] - own)[mine])
        back = self._image(reference, (plan.T @ own / b[:, None] - theirs)[yours])
        return TransportMap(
            mesh=mesh,
            there=interpolation(oriented(mesh), back),
            back=interpolation(oriented(reference), forth),
        )

    def _image(
        self, mesh: Mesh, displacement: Float[np.ndarray, "n 2"]
    ) -> Float[np.ndarray, "n 2"]:
        """Nodes moved by a displacement that has been smoothed."""
        mass = mass_matrix(mesh)
        sums = np.asarray(mass.sum(axis=1)).reshape(-1, 1)
        for _ in range(round(self.smoothing * max(1.0, len(mesh.points) / self.points))):
            displacement = mass @ displacement / sums
        return mesh.points + displacement


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class TransportMap(Correspondence):
    """A mesh and its ways to the reference and back; all ways lead through the reference.

    Attributes:
        mesh: nodes and triangles of the part.
        there: from nodal values of the mesh to nodes of the reference, shape (k, n).
        back: from nodal values of the reference to nodes of the mesh, shape (n, k).
    """

    mesh: Mesh
    there: csr_array
    back: csr_array

    def operator(self, target: Correspondence) -> csr_array:
        """Matrix from nodal values of this mesh to the nodes of `target`, shape (k, n)."""
        if not isinstance(target, TransportMap):
            raise TypeError(f"expected a TransportMap, got {type(target).__name__}")
        return csr_array(target.back @ self.there)


def _check(mesh: Mesh) -> None:
    if mesh.points.shape[1] != 2:
        raise ValueError(
            f"transport: expected a planar mesh, got points of {mesh.points.shape[1]} coordinates"
        )
    lonely = len(mesh.points) - len(np.unique(mesh.triangles))
    if lonely:
        raise ValueError(f"expected every node in a triangle, got {lonely} nodes without one")


def _measure(
    mesh: Mesh, most: int
) -> tuple[Float[np.ndarray, "q 2"], Float[np.ndarray, " q"], Int[np.ndarray, " n"]]:
    """Points and their shares of the area, and the point that each node is joined to."""
    share = np.asarray(mass_matrix(mesh).sum(axis=1)).ravel()
    share = share / share.sum()
    if len(share) <= most:
        return mesh.points, share, np.arange(len(share))
    # The farthest node from all chosen so far, the first one from the centre: no numbering in it.
    far = np.linalg.norm(mesh.points - share @ mesh.points, axis=1)
    chosen = [int(np.argmax(far))]
    far = np.full(len(share), np.inf)
    for _ in range(most - 1):
        far = np.minimum(far, np.linalg.norm(mesh.points - mesh.points[chosen[-1]], axis=1))
        chosen.append(int(np.argmax(far)))
    joined = cKDTree(mesh.points[chosen]).query(mesh.points)[1]
    weight = np.bincount(joined, share, most)
    sums = [np.bincount(joined, share * x, most) for x in mesh.points.T]
    return np.stack(sums, axis=1) / weight[:, None], weight, joined

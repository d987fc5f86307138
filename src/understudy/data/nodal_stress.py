"""Stress of a zone at its nodes, and the greatest of it over place and time.

Linear triangles have one gradient each; at node i it is the mean over the triangles around it,
weighted by their areas (`mesh.nodal_gradients`). Of the strain e there

    s = mu (e_xx + e_yy, 3^(1/2) (e_xx - e_yy), 3^(1/2) 2 e_xy)

has the length of von Mises' stress in plane strain. All of it is linear in the motion; only

    peak = max over nodes and times of |s_i(t)|

is not. Full runs and zones alone are looked at by the same matrices.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array

from understudy.data.zone import Zone
from understudy.mesh import nodal_gradients

__all__ = ["NodalStress", "greatest_over", "looked_at", "nodal_stress"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class NodalStress:
    """How the motion of a zone becomes stress at its nodes.

    Attributes:
        along_x: derivative of nodal values along x, in 1/m, shape (n, n).
        along_y: the same along y.
        modulus: shear modulus in Pa.
        nodes: of the observed triangles, shape (p,).
    """

    along_x: csr_array
    along_y: csr_array
    modulus: float
    nodes: Int[np.ndarray, " p"]

    def of(self, motion: Float[np.ndarray, "t n 2 b"]) -> Float[np.ndarray, "n t 3 b"]:
        """Deviatoric stress at all nodes, in Pa, of the motion of all nodes, in m."""
        times, count, _, columns = motion.shape
        rows = motion.transpose(1, 0, 2, 3).reshape(count, -1)
        x, y = (
            np.asarray(d @ rows).reshape(count, times, 2, columns)
            for d in (self.along_x, self.along_y)
        )
        root = 3.0**0.5
        volume, stretch, shear = (
            x[:, :, 0] + y[:, :, 1],
            root * (x[:, :, 0] - y[:, :, 1]),
            root * (y[:, :, 0] + x[:, :, 1]),
        )
        return (self.modulus * np.stack([volume, stretch, shear], axis=2)).astype(np.float32)

    def peak(self, motion: Float[np.ndarray, "t n 2 b"]) -> Float[np.ndarray, " b"]:
        """Greatest von Mises stress over the nodes looked at and all times, in Pa."""
        return greatest_over(self.of(motion)[self.nodes])


def nodal_stress(zone: Zone) -> NodalStress:
    """The matrices of a zone; its material is that of the observed triangles."""
    x, y = nodal_gradients(zone.mesh)
    modulus = float(np.median(zone.observed.shear_modulus))
    nodes = np.unique(zone.observed.triangles)
    return NodalStress(along_x=x, along_y=y, modulus=modulus, nodes=nodes)


def greatest_over(stress: Float[np.ndarray, "p t 3 b"]) -> Float[np.ndarray, " b"]:
    """Greatest length of the three numbers over nodes and times, in the unit of the stress."""
    square = np.einsum("ptkb,ptkb->ptb", stress, stress)
    return np.sqrt(square.max(axis=(0, 1)).astype(float))


def looked_at(zone: Zone) -> tuple[Float[np.ndarray, " 2"], Float[np.ndarray, " 2"]]:
    """Lower left and upper right corner of the rectangle around the observed triangles, in m."""
    points = zone.mesh.points[np.unique(zone.observed.triangles)]
    return points.min(axis=0), points.max(axis=0)

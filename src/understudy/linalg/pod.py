"""Proper orthogonal decomposition: the best linear basis of a set of fields.

With the mass matrix M as inner product, snapshots x_1..x_N and their mean m, the modes phi_j and
values s_j satisfy, with z = (x - m) M phi,

    sum_i |x_i - m - sum_j phi_j z_ij|_M^2 = sum_{j>r} s_j^2,

which no other r vectors can lower (Sirovich 1987, method of snapshots: eigenvectors of the N x N
matrix (x_i - m) M (x_k - m)).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float
from scipy.sparse import csr_array

__all__ = ["POD", "Basis"]


@final
@dataclass(frozen=True, kw_only=True)
class POD:
    """Specification of a decomposition.

    Attributes:
        rank: number of modes kept; fewer when the snapshots do not span as many directions.
    """

    rank: int

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"rank: expected at least 1, got {self.rank}")

    def fit(self, x: Float[np.ndarray, "N n"], mass: csr_array) -> "Basis":
        """Decompose snapshots `x`, a row a sample, in the inner product `mass`, shape (n, n).

        Raises:
            ValueError: fewer than two snapshots, a value that is not finite, shapes that differ.
        """
        if len(x) < 2 or x.shape[1] != mass.shape[0]:
            raise ValueError(
                f"snapshots: expected at least 2 rows of {mass.shape[0]} values, got {x.shape}"
            )
        if not np.isfinite(x).all():
            raise ValueError("snapshots: expected finite values, got NaN or infinity")
        mean = x.mean(axis=0)
        centred = x - mean
        value, vector = scipy.linalg.eigh(centred @ (mass @ centred.T))
        value, vector = value[::-1].clip(0.0), vector[:, ::-1]
        spanned = int((value > len(x) * np.finfo(float).eps * max(value[0], 1e-300)).sum())
        kept = max(1, min(self.rank, spanned, len(x) - 1))
        modes = (vector[:, :kept].T @ centred).T
        modes /= np.sqrt(np.maximum(value[:kept], 1e-300))
        # The eigenproblem squares the condition number: one Cholesky step restores orthogonality.
        gram = modes.T @ (mass @ modes)
        if value[0] > 0.0:
            modes = scipy.linalg.solve_triangular(np.linalg.cholesky(gram), modes.T, lower=True).T
        return Basis(mean=mean, modes=modes, values=np.sqrt(value), weighted=mass @ modes)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Basis:
    """A mean and r modes, orthonormal in the mass matrix.

    Attributes:
        mean: shape (n,).
        modes: shape (n, r).
        values: all singular values s_j, decreasing, shape (N,).
        weighted: M phi, shape (n, r).
    """

    mean: Float[np.ndarray, " n"]
    modes: Float[np.ndarray, "n r"]
    values: Float[np.ndarray, " N"]
    weighted: Float[np.ndarray, "n r"]

    def encode(self, x: Float[np.ndarray, "k n"]) -> Float[np.ndarray, "k r"]:
        """Coefficients of fields, a row a field."""
        return (x - self.mean) @ self.weighted

    def decode(self, z: Float[np.ndarray, "k r"]) -> Float[np.ndarray, "k n"]:
        """Fields of coefficients, a row a field."""
        return self.mean + z @ self.modes.T

"""Proper orthogonal decomposition: the best linear basis of a set of fields.

With the mass matrix M as inner product, snapshots x_1..x_N and their mean m, the modes phi_j and
values s_j satisfy, with z = (x - m) M phi,

    sum_i |x_i - m - sum_j phi_j z_ij|_M^2 = sum_{j>r} s_j^2,

which no other r vectors can lower. Up to 2,000 snapshots they come from the eigenvectors of the
N x N matrix (x_i - m) M (x_k - m) (Sirovich 1987, method of snapshots), beyond from a randomised
range finder with power iterations (Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1). Of the
`rank` modes allowed the fewest are kept that carry the `energy` wanted and whose error on fields
held out, which no mode has seen, is within `slack` of what all of them reach.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float
from scipy.sparse import csr_array

__all__ = ["POD", "Basis", "held_out_errors"]

_MOST_SNAPSHOTS = 2000
_OVERSAMPLING = 20
_POWER_ITERATIONS = 3
_FOLDS = 4
_NULL = 1e-13
"""Share of the greatest squared length below which a direction is rounding."""


@final
@dataclass(frozen=True, kw_only=True)
class POD:
    """Specification of a decomposition.

    Attributes:
        rank: most modes kept; fewer when the snapshots do not span as many directions.
        energy: share of the sum of s_j^2 that the modes carry at least, if `rank` allows.
        slack: relative increase of the held-out error that is accepted for fewer modes; 0: no
            mode is left out.
        centred: whether the mean is taken off; False: m = 0.
        seed: of the random directions beyond 2,000 snapshots.
    """

    rank: int
    energy: float = 1.0
    slack: float = 0.0
    centred: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"rank: expected at least 1, got {self.rank}")
        if not 0 < self.energy <= 1:
            raise ValueError(f"energy: expected in (0, 1], got {self.energy}")
        if not self.slack >= 0:
            raise ValueError(f"slack: expected 0 or more, got {self.slack}")

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
        mean = x.mean(axis=0) if self.centred else np.zeros(x.shape[1])
        centred = x - mean if self.centred else x
        if len(x) > _MOST_SNAPSHOTS:
            modes, value = _randomised(centred, mass, self.rank, self.seed)
        else:
            gram = centred @ (mass @ centred.T)
            modes, value = _snapshots(centred, mass, gram, self._kept(gram))
        return Basis(mean=mean, modes=modes, values=np.sqrt(value), weighted=mass @ modes)

    def _kept(self, gram: Float[np.ndarray, "N N"]) -> int:
        """Number of modes that energy and held-out error ask for."""
        value = scipy.linalg.eigvalsh(gram)[::-1].clip(0.0)
        share = np.cumsum(value) / max(value.sum(), 1e-300)
        enough = min(self.rank, int(np.searchsorted(share, self.energy * (1 - 1e-15))) + 1)
        if self.slack == 0.0 or len(gram) < 2 * _FOLDS:
            return self.rank if self.energy == 1.0 else enough
        error = held_out_errors(gram, self.rank)
        good = int(np.argmax(error <= (1 + self.slack) * error.min())) + 1
        return max(good, enough) if self.energy < 1.0 else good


def held_out_errors(gram: Float[np.ndarray, "N N"], rank: int) -> Float[np.ndarray, " r"]:
    """Root mean square projection error of fields held out, for 1, ..., `rank` modes.

    Args:
        gram: inner products of snapshots, centred or not.
        rank: most modes.

    Returns:
        Error in the norm of the inner product; modes come from three quarters of the fields at a
        time. A fold with fewer directions repeats its last error.
    """
    n = len(gram)
    total = np.zeros(rank)
    for fold in range(_FOLDS):
        out = np.arange(fold, n, _FOLDS)
        kept = np.setdiff1d(np.arange(n), out)
        value, vector = scipy.linalg.eigh(gram[np.ix_(kept, kept)])
        floor = n * np.finfo(float).eps * max(value[-1], 1e-300)
        value, vector = value[::-1], vector[:, ::-1]
        use = min(rank, int((value > floor).sum()))
        z = gram[np.ix_(out, kept)] @ vector[:, :use] / np.sqrt(value[:use])
        rest = np.diag(gram)[out][:, None] - np.cumsum(z**2, axis=1)
        total += np.pad(rest.clip(0.0).sum(axis=0), (0, rank - use), mode="edge")
    return np.sqrt(total / n)


def _snapshots(
    centred: Float[np.ndarray, "N n"],
    mass: csr_array,
    gram: Float[np.ndarray, "N N"],
    rank: int,
) -> tuple[Float[np.ndarray, "n r"], Float[np.ndarray, " N"]]:
    """Modes and all eigenvalues by the method of snapshots."""
    value, vector = scipy.linalg.eigh(gram)
    value, vector = value[::-1].clip(0.0), vector[:, ::-1]
    spanned = int((value > len(gram) * np.finfo(float).eps * max(value[0], 1e-300)).sum())
    kept = max(1, min(rank, spanned))
    modes = (vector[:, :kept].T @ centred).T
    modes /= np.sqrt(np.maximum(value[:kept], 1e-300))
    # The eigenproblem squares the condition number: one Cholesky step restores orthogonality.
    if value[0] > 0.0:
        modes = orthonormal(modes, mass)
    return modes, value


def orthonormal(modes: Float[np.ndarray, "n r"], mass: csr_array) -> Float[np.ndarray, "n r"]:
    """Columns of the same span, orthonormal in `mass`, in the same order."""
    factor = np.linalg.cholesky(modes.T @ (mass @ modes))
    return scipy.linalg.solve_triangular(factor, modes.T, lower=True).T


def spanned(columns: Float[np.ndarray, "n q"], mass: csr_array) -> Float[np.ndarray, "n p"]:
    """As many vectors as the columns span, orthonormal in `mass`; whatever lengths they have."""
    length = np.sqrt(np.einsum("nq,nq->q", columns, mass @ columns).clip(0.0))
    columns = columns / np.maximum(length, 1e-300)
    value, vector = scipy.linalg.eigh(columns.T @ (mass @ columns))
    good = value > _NULL * value[-1]
    return orthonormal(columns @ (vector[:, good] / np.sqrt(value[good])), mass)


def _randomised(
    centred: Float[np.ndarray, "N n"], mass: csr_array, rank: int, seed: int
) -> tuple[Float[np.ndarray, "n r"], Float[np.ndarray, " k"]]:
    """Modes and the greatest eigenvalues from random combinations of snapshots."""
    rng = np.random.default_rng(seed)
    width = min(rank + _OVERSAMPLING, *centred.shape)
    basis = spanned(centred.T @ rng.normal(size=(len(centred), width)), mass)
    if not basis.shape[1]:
        return np.zeros((centred.shape[1], 1)), np.zeros(1)
    for _ in range(_POWER_ITERATIONS):
        small = centred @ (mass @ basis)
        # From nearly singular vectors the power gives columns that are nearly orthogonal.
        basis = spanned(centred.T @ (small @ scipy.linalg.eigh(small.T @ small)[1]), mass)
    small = centred @ (mass @ basis)
    value, vector = scipy.linalg.eigh(small.T @ small)
    return basis @ vector[:, ::-1][:, :rank], value[::-1].clip(0.0)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Basis:
    """A mean and r modes, orthonormal in the mass matrix.

    Attributes:
        mean: shape (n,).
        modes: shape (n, r).
        values: singular values s_j, decreasing; all N, or the greatest beyond 2,000 snapshots.
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

"""POD of more snapshots than fit into memory: one pass over blocks of rows.

After some rows the state is their number, mean m, a basis V of k vectors orthonormal in M, and the
coefficients L of every row seen, x_i ~ m + V L_i. A block B joins by an orthonormal basis of
[V, m - m_B, B - m_B], in which old and new rows have exact coordinates; their singular value
decomposition about the new mean is cut to k again (sequential Karhunen-Loeve: Levy & Lindenbaum
2000; with mean: Ross, Lim, Lin & Yang 2008, section 2.1). Memory is k + rows of a block fields,
and N x k numbers, whatever N.
"""

from collections.abc import Iterable

import numpy as np
import scipy.linalg
from jaxtyping import Float
from scipy.sparse import csr_array

from understudy.linalg.pod import Basis, spanned

__all__ = ["incremental_pod"]

_EXTRA = 3
"""The state keeps this many times the rank: what is cut early cannot come back."""


def incremental_pod(
    blocks: Iterable[Float[np.ndarray, "_ n"]], mass: csr_array, rank: int
) -> tuple[Basis, Float[np.ndarray, "N r"]]:
    """Decompose rows that come in blocks, each seen once.

    Returns:
        The basis, centred, and the coefficients of every row. Both are those of `POD` up to what
        3 `rank` + 10 modes leave out on the way.

    Raises:
        ValueError: no rows, a value that is not finite, or rows of another length than `mass`.
    """
    width = _EXTRA * rank + 10
    count, mean = 0, np.zeros(mass.shape[0])
    basis, rows = np.zeros((mass.shape[0], 0)), np.zeros((0, 0))
    values = np.zeros(0)
    for block in blocks:
        if block.ndim != 2 or block.shape[1] != mass.shape[0] or not np.isfinite(block).all():
            raise ValueError(
                f"snapshots: expected finite rows of {mass.shape[0]} values, got {block.shape}"
            )
        own = block.mean(axis=0)
        total = count + len(block)
        shift = (own - mean) * len(block) / total
        stack = np.concatenate([basis.T, (own - mean)[None], block - own])
        span, coordinates = _span(stack, mass)
        k = basis.shape[1]
        old = rows @ coordinates[:k] - shift @ (mass @ span)
        new = coordinates[k + 1 :] + (own - mean - shift) @ (mass @ span)
        joined = np.concatenate([old, new])
        _, values, right = scipy.linalg.svd(joined, full_matrices=False)
        kept = min(width, int((values > 1e-13 * values[0]).sum())) if values[0] > 0 else 0
        basis, rows = span @ right[:kept].T, joined @ right[:kept].T
        count, mean = total, mean + shift
    if count < 2:
        raise ValueError(f"snapshots: expected at least 2 rows, got {count}")
    kept = max(1, min(rank, basis.shape[1]))
    modes = basis[:, :kept] if basis.shape[1] else np.zeros((mass.shape[0], 1))
    z = rows[:, :kept] if basis.shape[1] else np.zeros((count, 1))
    return Basis(mean=mean, modes=modes, values=values, weighted=mass @ modes), z


def _span(
    stack: Float[np.ndarray, "q n"], mass: csr_array
) -> tuple[Float[np.ndarray, "n p"], Float[np.ndarray, "q p"]]:
    """An orthonormal basis of the rows, and the rows in it."""
    span = spanned(stack.T, mass)
    return span, stack @ (mass @ span)

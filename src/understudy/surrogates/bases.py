"""A basis and coefficients of training fields, in memory or from a file."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csr_array

from understudy.data.blocks import blocks, empty, is_large
from understudy.linalg import POD, Basis, incremental_pod

__all__ = ["basis_of", "representatives", "rows_of"]

_MOST = 600
"""Samples that stand for all where only a distribution matters."""


def basis_of(
    pod: POD, values: Float[np.ndarray, "N n"], mass: csr_array
) -> tuple[Basis, Float[np.ndarray, "N r"]]:
    """Basis by `pod`, and the coefficients of every row.

    Large arrays are read once, in blocks: then all modes that `rank` and `energy` ask for are
    kept, because errors of fields held out would need the products of all pairs.

    Raises:
        ValueError: as `POD.fit`; a large array with a basis that is not centred.
    """
    if not is_large(values):
        basis = pod.fit(values, mass)
        return basis, basis.encode(values)
    if not pod.centred:
        raise ValueError("centred: expected true for a set that is larger than memory should hold")
    basis, z = incremental_pod((block for _, block in blocks(values)), mass, pod.rank)
    share = np.cumsum(basis.values**2) / max(float(np.sum(basis.values**2)), 1e-300)
    kept = min(z.shape[1], int(np.searchsorted(share, pod.energy * (1 - 1e-15))) + 1)
    cut = replace(basis, modes=basis.modes[:, :kept], weighted=basis.weighted[:, :kept])
    return cut, z[:, :kept]


def representatives(count: int) -> slice:
    """Rows that stand for all: every k-th, at most 600."""
    return slice(None, None, max(1, -(-count // _MOST)))


def rows_of(
    values: Float[np.ndarray, "N n"], kept: Bool[np.ndarray, " N"]
) -> Float[np.ndarray, "k n"]:
    """Some of the rows; of a large array in blocks."""
    if not is_large(values):
        return values[kept]
    out, done = empty((int(kept.sum()), *values.shape[1:])), 0
    for part, block in blocks(values):
        some = block[kept[part]]
        out[done : done + len(some)] = some
        done += len(some)
    return out

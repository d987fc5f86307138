"""The linear system of an interior point's step, F'L F + blockdiag(B_j).

Factored as it is, or by Woodbury's identity as I + C C' with C = L^1/2 (D_p X M_p)_p and M_p M_p'
the sum of B_j^-1 over both blocks of pattern p, whichever is cheaper; refined by conjugate
gradients against the products themselves, because entries of B_j differ by more than double
precision holds.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from understudy.convex.cones import Cones

__all__ = ["factored", "refined"]

_EXACT, _REFINEMENTS = 1e-13, 8
"""Residual of a system, relative; most steps towards it."""


def refined(
    times: Callable[[np.ndarray], np.ndarray],
    near: Callable[[np.ndarray], np.ndarray],
    right: np.ndarray,
) -> np.ndarray:
    """A p = r by conjugate gradients, preconditioned by what is nearly the inverse of A.

    Args:
        times: p, shape (m, d), to A p.
        near: r to nearly A^-1 r.
        right: r.
    """
    p = near(right)
    left = right - times(p)
    enough, size = _EXACT * float(np.linalg.norm(right)), float(np.linalg.norm(left))
    direction, before = np.zeros_like(p), 1.0
    for _ in range(_REFINEMENTS):
        if size <= enough:
            break
        z = near(left)
        now = float((z * left).sum())
        direction = z + now / before * direction
        ahead = times(direction)
        curve = float((direction * ahead).sum())
        if not (now > 0 and curve > 0):
            break
        step = now / curve
        moved, rest = p + step * direction, left - step * ahead
        p, left, before = moved, rest, now
        size = float(np.linalg.norm(left))
    return p


def factored(
    cones: Cones,
    index: Int[np.ndarray, " m"],
    blocks: Float[np.ndarray, "m d d"],
    curvature: Float[np.ndarray, " n"],
) -> Callable[[np.ndarray], np.ndarray]:
    """Nearly the solution of the step's system, shape (m, d), for a right side of that shape.

    Args:
        cones: samples and patterns.
        index: of the blocks.
        blocks: B_j, definite.
        curvature: L, of the loss at each sample, not negative.
    """
    n, d = cones.x.shape
    m = len(index)
    root = np.sqrt(curvature)
    signs = np.where(index < cones.count, 1.0, -1.0)
    pattern = index % cones.count
    kinds, place = np.unique(pattern, return_inverse=True)
    if (m * d) ** 3 / 3 + (m * d) ** 2 * n < n**2 * len(kinds) * d + n**3 / 3:
        j = signs[:, None, None] * (cones.seen[pattern] * root)[:, None, :] * cones.x.T[None]
        whole = dsyrk(1.0, j.reshape(m * d, n).T, trans=1, lower=1)
        for k in range(m):
            whole[k * d : (k + 1) * d, k * d : (k + 1) * d] += blocks[k]
        factor = cho_factor(whole, lower=True, overwrite_a=True, check_finite=False)
        return lambda v: cho_solve(factor, v.reshape(-1), check_finite=False).reshape(m, d)
    inverse = np.linalg.inv(blocks)
    sums = np.zeros((len(kinds), d, d))
    np.add.at(sums, place, inverse)
    half = np.linalg.cholesky(0.5 * (sums + sums.transpose(0, 2, 1)))
    c = np.matmul(half.transpose(0, 2, 1), cones.x.T[None])
    c *= (cones.seen[kinds] * root)[:, None, :]
    small = dsyrk(1.0, c.reshape(-1, n).T, lower=1)
    small[np.diag_indices(n)] += 1.0
    factor = cho_factor(small, lower=True, overwrite_a=True, check_finite=False)

    def once(v: np.ndarray) -> np.ndarray:
        first = np.einsum("jde,je->jd", inverse, v)
        inner = root * cho_solve(factor, root * cones.said(first, index), check_finite=False)
        return first - np.einsum("jde,je->jd", inverse, cones.spread(inner, index))

    return once

"""A Gaussian random field by its Karhunen-Loeve expansion, from a coarse grid (Nystrom).

    g(x) = sum_k xi_k sqrt(lambda_k) phi_k(x),   C(r) = exp(-r^2 / (2 l^2)),
    phi_k(x) = sum_j w C(x - x_j) phi_k(x_j) / lambda_k

with the eigenpairs of the covariance on grid points x_j of weight w. Reference: R. Ghanem, P.
Spanos, "Stochastic Finite Elements", 1991, chapter 2; Nystrom's rule as in W. Betz et al.,
"Numerical methods for the discretization of random fields by means of the Karhunen-Loeve
expansion", 2014, section 3.1.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

from understudy.linalg import exp

__all__ = ["expansion", "lognormal"]

_TIE = 1e-6


def expansion(
    points: Float[np.ndarray, "m 2"],
    *,
    size: tuple[float, float],
    length: float,
    modes: int,
    per_length: int = 2,
) -> Float[np.ndarray, "m k"]:
    """sqrt(lambda_k) phi_k at points of the box [0, a] x [0, b], the greatest eigenvalues first.

    Args:
        points: where, in m.
        size: a and b, in m.
        length: correlation length l, in m.
        modes: how many.
        per_length: points of the coarse grid in a correlation length.
    """
    counts = [max(2, int(np.ceil(per_length * s / length))) for s in size]
    axes = [(np.arange(c) + 0.5) / c * s for c, s in zip(counts, size, strict=True)]
    grid = np.stack([a.ravel() for a in np.meshgrid(*axes)], axis=1)
    weight = float(np.prod(size)) / len(grid)
    if not 1 <= modes <= len(grid):
        raise ValueError(f"modes: expected 1 to {len(grid)} on the coarse grid, got {modes}")
    value, vector = np.linalg.eigh(weight * _covariance(grid, grid, length))
    value, vector = value[::-1][:modes], vector[:, ::-1][:, :modes]
    # Symmetry makes several entries the greatest, equal but for rounding: the first one decides.
    size_of = np.abs(vector)
    first = (size_of >= (1 - _TIE) * size_of.max(axis=0)).argmax(axis=0)
    vector = vector * np.sign(vector[first, np.arange(modes)])
    return weight * _covariance(points, grid, length) @ vector / np.sqrt(weight * value)


def lognormal(
    gaussian: Float[np.ndarray, " m"], mean: float, variation: float
) -> Float[np.ndarray, " m"]:
    """The field exp(m + s g) whose mean and coefficient of variation are given, for unit g."""
    spread = math.sqrt(math.log1p(variation**2))
    return mean * exp(spread * gaussian - spread**2 / 2)


def _covariance(
    x: Float[np.ndarray, "m 2"], y: Float[np.ndarray, "n 2"], length: float
) -> Float[np.ndarray, "m n"]:
    return exp(-0.5 * cdist(x, y, "sqeuclidean") / length**2)

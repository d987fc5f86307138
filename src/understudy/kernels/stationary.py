"""Stationary covariance functions with one length scale per input (ARD), of unit variance.

With r^2 = sum_d (x_d - y_d)^2 / l_d^2 (Rasmussen & Williams 2006, eqs. 4.9 and 4.17):

    matern12             exp(-r)
    matern32             (1 + sqrt(3) r) exp(-sqrt(3) r)
    matern52             (1 + sqrt(5) r + 5 r^2 / 3) exp(-sqrt(5) r)
    squared_exponential  exp(-r^2 / 2)
"""

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

from understudy.linalg import exp

__all__ = ["matern12", "matern32", "matern52", "squared_exponential"]


def matern12(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], lengthscale: Float[np.ndarray, " d"]
) -> Float[np.ndarray, "n m"]:
    """Gram matrix of the Matern 1/2 (exponential) kernel."""
    return exp(-cdist(x / lengthscale, y / lengthscale))


def matern32(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], lengthscale: Float[np.ndarray, " d"]
) -> Float[np.ndarray, "n m"]:
    """Gram matrix of the Matern 3/2 kernel."""
    a = np.sqrt(3.0) * cdist(x / lengthscale, y / lengthscale)
    return (1.0 + a) * exp(-a)


def matern52(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], lengthscale: Float[np.ndarray, " d"]
) -> Float[np.ndarray, "n m"]:
    """Gram matrix of the Matern 5/2 kernel."""
    a = np.sqrt(5.0) * cdist(x / lengthscale, y / lengthscale)
    return (1.0 + a + a**2 / 3.0) * exp(-a)


def squared_exponential(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], lengthscale: Float[np.ndarray, " d"]
) -> Float[np.ndarray, "n m"]:
    """Gram matrix of the squared-exponential kernel."""
    return exp(-0.5 * cdist(x / lengthscale, y / lengthscale, "sqeuclidean"))

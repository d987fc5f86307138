"""Stationary covariance functions with one length scale per input (ARD).

Matern 5/2 (Rasmussen & Williams 2006, eq. 4.17), with r^2 = sum_d (x_d - y_d)^2 / l_d^2:

    k(x, y) = (1 + sqrt(5) r + 5 r^2 / 3) exp(-sqrt(5) r),    k(x, x) = 1.
"""

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

__all__ = ["matern52"]


def matern52(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"], lengthscale: Float[np.ndarray, " d"]
) -> Float[np.ndarray, "n m"]:
    """Gram matrix of the Matern 5/2 kernel of unit variance."""
    a = np.sqrt(5.0) * cdist(x / lengthscale, y / lengthscale)
    return (1.0 + a + a**2 / 3.0) * np.exp(-a)

"""Exponential and logarithm whose last digit does not depend on where an array lies in memory.

NumPy has two codes for each, which differ in the last digit, and takes the slower one when result
and argument lie closer together than a vector register: for arrays of a few numbers that is up to
the allocator, so a run would not repeat itself. In place the choice is always the same.
"""

import numpy as np
from jaxtyping import Float

__all__ = ["exp", "log"]


def exp(values: Float[np.ndarray, "*s"] | float) -> Float[np.ndarray, "*s"]:
    """E to the power of each value."""
    out = np.array(values, dtype=float, order="C")
    return np.exp(out, out=out)


def log(values: Float[np.ndarray, "*s"] | float) -> Float[np.ndarray, "*s"]:
    """Natural logarithm of each value."""
    out = np.array(values, dtype=float, order="C")
    return np.log(out, out=out)

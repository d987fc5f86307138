"""What every method of the family refuses, and how it standardises conditions."""

import numpy as np
from jaxtyping import Float

__all__ = ["asked", "learned", "positive", "scales"]


def learned(x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None) -> np.ndarray:
    """The condition of a fit, shape (N, k), k = 0 for none.

    Raises:
        ValueError: fewer than 2 rows or no column in `x`, a value that is not finite, a condition
            of another length or without columns.
    """
    if len(x) < 2 or x.shape[1] < 1:
        raise ValueError(f"samples: expected at least 2 rows and 1 column, got shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError("samples: expected finite values, got NaN or infinity")
    if condition is None:
        return np.zeros((len(x), 0))
    if len(condition) != len(x) or condition.shape[1] < 1:
        raise ValueError(
            f"condition: expected {len(x)} rows of at least 1 value, got shape {condition.shape}"
        )
    if not np.isfinite(condition).all():
        raise ValueError("condition: expected finite values, got NaN or infinity")
    return condition


def asked(n: int, condition: Float[np.ndarray, "m k"] | None, width: int) -> np.ndarray:
    """The condition of `n` draws of a law with `width` conditions, shape (n, width).

    Raises:
        ValueError: n below 1; a condition that is missing, superfluous, of another shape or not
            finite.
    """
    if n < 1:
        raise ValueError(f"n: expected at least 1, got {n}")
    if condition is None:
        if width:
            raise ValueError(f"condition: expected shape ({n}, {width}), got None")
        return np.zeros((n, 0))
    if not width:
        raise ValueError(f"condition: expected None, got shape {condition.shape}")
    if condition.shape != (n, width):
        raise ValueError(f"condition: expected shape ({n}, {width}), got {condition.shape}")
    if not np.isfinite(condition).all():
        raise ValueError("condition: expected finite values, got NaN or infinity")
    return condition


def positive(**values: float | int) -> None:
    """Raise ValueError for the first value that is not above 0, by its name."""
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name}: expected above 0, got {value}")


def scales(x: Float[np.ndarray, "N d"]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each column, shape (d,); a constant column has deviation 1."""
    centre, scale = x.mean(axis=0), x.std(axis=0)
    return centre, np.where(scale > 1e-14 * np.abs(centre), scale, 1.0)

"""What one would try first to continue a window: its last value, and a linear model of delays.

Dynamic mode decomposition with delays (Tu et al. 2014; Le Clainche & Vega 2017): of the rows
h_k = (u_k, ..., u_(k+q-1)) the matrix A = argmin |H_1 - A H_0| of low rank continues the window.
"""

import numpy as np
from jaxtyping import Float

__all__ = ["dynamic_modes", "persistence"]


def persistence(windows: Float[np.ndarray, "n T D"], steps: int) -> Float[np.ndarray, "n S D"]:
    """The mean of the last four points, for ever."""
    last = windows[:, -4:].mean(axis=1, keepdims=True)
    return np.repeat(last, steps, axis=1)


def dynamic_modes(
    windows: Float[np.ndarray, "n T D"], steps: int, *, delays: int = 24, energy: float = 0.999
) -> Float[np.ndarray, "n S D"]:
    """Continue windows by modes of delays, none of which grows.

    Args:
        windows: evenly spaced noisy states.
        steps: points to continue.
        delays: rows that are stacked.
        energy: share of the squared singular values that is kept.

    Raises:
        ValueError: fewer than two rows of delays in a window.
    """
    n, length, d = windows.shape
    if length < delays + 2:
        raise ValueError(f"delays: expected at most {length - 2}, got {delays}")
    found = np.empty((n, steps, d))
    for k, window in enumerate(windows):
        rows = np.lib.stride_tricks.sliding_window_view(window, delays, axis=0)
        hankel = rows.reshape(len(rows), -1).T
        u, s, vt = np.linalg.svd(hankel[:, :-1], full_matrices=False)
        rank = int(np.searchsorted(np.cumsum(s**2), energy * (s**2).sum())) + 1
        u, s, vt = u[:, :rank], s[:rank], vt[:rank]
        small = u.T @ hankel[:, 1:] @ vt.T / s
        values, vectors = np.linalg.eig(small)
        values = values / np.maximum(np.abs(values), 1.0)
        first = np.linalg.lstsq(vectors, u.T @ hankel[:, -1], rcond=None)[0]
        powers = values[:, None] ** np.arange(1, steps + 1)
        made = (u @ vectors @ (powers * first[:, None])).real
        found[k] = made.reshape(d, delays, steps)[:, -1].T
    return found

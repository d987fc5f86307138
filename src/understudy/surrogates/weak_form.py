"""Polynomial systems without their derivatives: the weak form, and few terms that satisfy it.

    - int psi' u dt = sum_a c_a int psi p_a(u) dt,    psi = (1 - s^2)^3,  s in [-1, 1],

bumps psi along a window (Messenger & Bortz 2021): least squares for the numbers c need no
derivative of noisy data, and no integration.
"""

import numpy as np
from jaxtyping import Float

from understudy.equations.polynomials import Library

__all__ = ["smooth", "stepwise", "weak_form"]


def smooth(windows: Float[np.ndarray, "w T D"]) -> Float[np.ndarray, "w T D"]:
    """The value of the quadratic through five points around each (Savitzky & Golay 1964)."""
    padded = np.pad(windows, ((0, 0), (2, 2), (0, 0)), mode="reflect", reflect_type="odd")
    weights = np.array([-3.0, 12.0, 17.0, 12.0, -3.0]) / 35
    parts = [w * padded[:, k : k + windows.shape[1]] for k, w in enumerate(weights)]
    return np.sum(parts, axis=0)


def weak_form(
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "w T D"],
    library: Library,
    width: int,
) -> tuple[Float[np.ndarray, "r M"], Float[np.ndarray, "r D"]]:
    """Both sides of the weak form, a row a bump and a window.

    Args:
        times: evenly spaced.
        windows: noisy states; they are smoothed first.
        library: of monomials.
        width: points of a bump; one begins at every second point.

    Returns:
        Integrals of the monomials and of the states' rates.
    """
    s = np.linspace(-1, 1, width)
    bump, slope = (1 - s**2) ** 3, -6 * s * (1 - s**2) ** 2
    step = times[1] - times[0]
    slope = slope * 2 / ((width - 1) * step)
    clean = smooth(windows)
    products = library.values(clean)
    features, targets = [], []
    for first in range(0, len(times) - width + 1, 2):
        part = slice(first, first + width)
        features.append(np.einsum("t,wtm->wm", bump, products[:, part]) * step)
        targets.append(-np.einsum("t,wtd->wd", slope, clean[:, part]) * step)
    return np.concatenate(features), np.concatenate(targets)


def stepwise(
    features: Float[np.ndarray, "r M"], target: Float[np.ndarray, " r"], price: float
) -> list[int]:
    """Terms by backward elimination.

    The one that matters least goes; the best set has the least of rows log rss + price log rows
    per term.
    """
    scale = np.linalg.norm(features, axis=0) + 1e-300
    scaled, rows = features / scale, len(target)
    kept = list(range(features.shape[1]))
    best, chosen = np.inf, kept
    while kept:
        numbers = np.linalg.lstsq(scaled[:, kept], target, rcond=1e-10)[0]
        left = float(((target - scaled[:, kept] @ numbers) ** 2).sum())
        value = rows * np.log(max(left, 1e-300) / rows) + price * np.log(rows) * len(kept)
        if value <= best:
            best, chosen = value, list(kept)
        if len(kept) == 1:
            break
        inverse = np.linalg.pinv(scaled[:, kept].T @ scaled[:, kept])
        worth = numbers**2 / np.maximum(np.diag(inverse), 1e-300)
        kept.pop(int(np.argmin(worth)))
    return chosen

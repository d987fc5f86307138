"""Which terms of a polynomial system to drop, and which ones to add.

The least sure go first. What a missing term promises, the weak form says where the misfit is large
(the fall of what it leaves; Messenger & Bortz 2021), and a score test where it is small: the fall
of the misfit to second order along the term, all other numbers following. Likewise the misfit
rises by v' C^-1 v when numbers v with the covariance C are put to zero (a Wald test).
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from understudy.equations.polynomials import Fit, Library, information

__all__ = ["Term", "least_sure", "losses", "score_gains", "weak_gains"]

Term = tuple[int, int]
"""Component and monomial."""


def least_sure(active: Sequence[Term], fit: Fit) -> list[Term]:
    """Terms by the square of their number over its variance, the least first."""
    covariance = np.linalg.pinv(fit.normal)
    sure = fit.values**2 / np.maximum(np.diag(covariance)[: len(active)], 1e-300)
    return [active[k] for k in np.argsort(sure)]


def losses(
    active: Sequence[Term], fit: Fit, groups: Sequence[Sequence[Term]]
) -> Float[np.ndarray, " g"]:
    """Rise of the misfit to second order when the terms of a group go, the rest following."""
    covariance = np.linalg.pinv(fit.normal)
    found = []
    for group in groups:
        places = [active.index(term) for term in group]
        values, own = fit.values[places], covariance[np.ix_(places, places)]
        found.append(values @ np.linalg.pinv(own) @ values)
    return np.array(found, dtype=float)


def weak_gains(
    weak: tuple[Float[np.ndarray, "r m"], Float[np.ndarray, "r D"]],
    active: Sequence[Term],
    others: Sequence[Term],
) -> Float[np.ndarray, " o"]:
    """Fall of the logarithm of what the weak form leaves in the component of each other term."""
    features, targets = weak
    gains = np.zeros(len(others))
    for i in range(targets.shape[1]):
        basis = np.linalg.qr(features[:, [m for j, m in active if j == i]])[0]
        left = targets[:, i] - basis @ (basis.T @ targets[:, i])
        for k, (j, m) in enumerate(others):
            if j == i:
                column = features[:, m]
                column = column - basis @ (basis.T @ column)
                share = (column @ left) ** 2 / max(float(column @ column), 1e-300)
                gains[k] = -np.log(max(1 - share / max(float(left @ left), 1e-300), 1e-12))
    return gains


def score_gains(
    library: Library,
    active: Sequence[Term],
    others: Sequence[Term],
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "w T D"],
    *,
    fit: Fit,
    noise: Float[np.ndarray, " w"],
    substeps: int,
) -> tuple[Float[np.ndarray, " o"], Float[np.ndarray, " o"]]:
    """Fall of the misfit to second order along each other term, the rest following.

    Returns:
        The falls, and the precision of each term's number, over the square of the noise.
    """
    every = np.array([*active, *others])
    values = np.concatenate([fit.values, np.zeros(len(others))])
    misfit, normal, slope = information(
        library, every, times, windows, values=values, start=fit.start, noise=noise,
        substeps=substeps,
    )  # fmt: skip
    if not np.isfinite(misfit).all():
        return np.zeros(len(others)), np.zeros(len(others))
    k, new = len(active), np.arange(len(active), len(every))
    old = np.concatenate([np.arange(k), np.arange(len(every), len(normal))])
    inner = np.linalg.solve(
        normal[np.ix_(old, old)] + 1e-9 * np.diag(np.diag(normal)[old]),
        normal[np.ix_(old, new)],
    )
    free = np.diag(normal)[new] - np.einsum("ij,ij->j", normal[np.ix_(old, new)], inner)
    pull = slope[new] - inner.T @ slope[old]
    free = np.maximum(free, 1e-9 * np.diag(normal)[new])
    return pull**2 / free, free

"""Sizes of neurons whose directions are given: a convex program."""

import numpy as np
from jaxtyping import Float
from scipy.optimize import nnls

from understudy.convex.losses import Sloped, Squared
from understudy.convex.network import ReluNetwork
from understudy.convex.problem import ReluProblem

__all__ = ["kept", "sizes_of", "weights_of"]

_EMPTY = 1e-9
_MODELS, _FLAT = 20, 1e-3
"""Of a loss, at most; the least curvature that they have."""


def weights_of(
    problem: ReluProblem,
    unit: Float[np.ndarray, "m d"],
    signs: Float[np.ndarray, " m"],
    now: Float[np.ndarray, " m"],
) -> Float[np.ndarray, " m"]:
    """Sizes s >= 0 of fixed directions: min l(A s, y) + beta sum s, from those of now.

    Newton's model of the loss at a time; that of the squared loss is the loss.
    """
    columns = np.maximum(problem.x @ unit.T, 0.0) * signs
    return sizes_of(columns, problem.loss, problem.y, problem.beta, now)


def sizes_of(
    columns: Float[np.ndarray, "n m"],
    loss: Sloped,
    y: Float[np.ndarray, " n"],
    beta: float,
    now: Float[np.ndarray, " m"],
) -> Float[np.ndarray, " m"]:
    """S >= 0 of least l(A s, y) + beta sum s, from those of now."""
    sizes = now

    def value(s: np.ndarray) -> float:
        return loss.value(columns @ s, y) + beta * float(s.sum())

    for _ in range(_MODELS):
        f = columns @ sizes
        weight = np.sqrt(np.maximum(loss.curvature(f, y), _FLAT))
        model = _least_squares(
            weight[:, None] * columns, weight * f - loss.slope(f, y) / weight, beta
        )
        if isinstance(loss, Squared):
            return model
        before, share = value(sizes), 1.0
        while value(sizes + share * (model - sizes)) > before and share > _FLAT:
            share *= 0.5
        sizes = np.maximum(sizes + share * (model - sizes), 0.0)
        if before - value(sizes) < 1e-9 * before:
            break
    return sizes


def _least_squares(
    columns: Float[np.ndarray, "n m"], y: Float[np.ndarray, " n"], beta: float
) -> Float[np.ndarray, " m"]:
    """S >= 0 of least |A s - y|^2 / 2 + beta sum s.

    With A'A = L L' it is min |L's - L^-1 (A'y - beta)|^2 / 2.
    """
    gram = columns.T @ columns
    gram[np.diag_indices_from(gram)] += 1e-10 * np.trace(gram) / len(gram) + 1e-300
    root = np.linalg.cholesky(gram)
    right = np.linalg.solve(root, columns.T @ y - beta)
    found, _ = nnls(root.T, right, maxiter=50 * len(gram))
    return found


def kept(neurons: Float[np.ndarray, "m d"], signs: Float[np.ndarray, " m"]) -> ReluNetwork:
    """A network of those that have a size."""
    size = np.linalg.norm(neurons, axis=1)
    there = size > _EMPTY * max(size.max(initial=0.0), 1e-300)
    return ReluNetwork(neurons=neurons[there], signs=signs[there])

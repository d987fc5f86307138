"""A ReLU network over a box, exactly: its linear pieces, their integrals and its sensitivities.

In up to three dimensions the box is cut into simplices at every kink. On a simplex of volume V
with values f_i at its d + 1 corners

    int f = V mean(f_i),    int f^2 = V ((sum f_i)^2 + sum f_i^2) / ((d + 1) (d + 2)).

Of one neuron the mean over some inputs, uniform on [0, 1] with slopes c_k, is in closed form,

    E relu(b + sum_k c_k t_k) = sum over corners v of
                                +-relu(b + c v)^(K + 1) / ((K + 1)! prod c_k),

so the mean given one input is a piecewise polynomial of it, and the first-order indices of Sobol
(1993) are Gauss quadratures between its knots, without error.
"""

from dataclasses import dataclass
from itertools import permutations, product
from math import factorial
from typing import final, no_type_check

import numpy as np
from jaxtyping import Float
from numba import njit

from understudy.surrogates.quantity_of_interest import QuantityModel

__all__ = ["Exact", "exact"]

_MOST, _FLAT, _SLIVER = 3, 1e-5, 1e-12
"""Inputs; share of the greatest slope below which one counts as none; of the scale of a neuron
below which a corner lies on its kink."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Exact:
    """What a network does over a box, inputs independent and uniform on it.

    Attributes:
        mean: of the values.
        variance: of the values.
        sobol: share of the variance by each input alone.
        lipschitz: the greatest norm of the gradient.
        simplices: that the box was cut into.
    """

    mean: float
    variance: float
    sobol: Float[np.ndarray, " d"]
    lipschitz: float
    simplices: int


def exact(
    model: QuantityModel, low: Float[np.ndarray, " d"], high: Float[np.ndarray, " d"]
) -> Exact:
    """Integrals over a box.

    Args:
        model: network.
        low: least inputs.
        high: greatest inputs.

    Raises:
        ValueError: more than three inputs, or a box without volume.
    """
    d = len(model.names)
    if d > _MOST:
        raise ValueError(f"inputs: expected at most {_MOST} for exact pieces, got {d}")
    if not (low < high).all():
        raise ValueError(f"box: expected low < high, got {low.tolist()} and {high.tolist()}")
    size = high - low
    slopes, offsets = model.slopes * size, model.offsets + model.slopes @ low
    corners = []
    for order in permutations(range(d)):
        steps = np.zeros((d + 1, d))
        for k, axis in enumerate(order):
            steps[k + 1 :, axis] = 1.0
        corners.append(steps)
    mean, square, steepest, count = _cut(
        np.array(corners), slopes, offsets, model.signs, 1.0 / size
    )
    variance = max(0.0, square - mean**2)
    sobol = np.array([_alone(slopes, offsets, model.signs, i, mean) for i in range(d)])
    return Exact(
        mean=model.offset + mean, variance=variance,
        sobol=sobol / variance if variance > 0 else np.zeros(d), lipschitz=steepest,
        simplices=int(count),
    )  # fmt: skip


def _alone(
    slopes: np.ndarray, offsets: np.ndarray, signs: np.ndarray, own: int, mean: float
) -> float:
    """Variance of the mean given one input."""
    others = np.delete(slopes, own, axis=1)
    knots = [np.array([0.0, 1.0])]
    for v in product((0.0, 1.0), repeat=others.shape[1]):
        with np.errstate(divide="ignore", invalid="ignore"):
            knots.append(-(offsets + others @ np.array(v)) / slopes[:, own])
    places = np.concatenate(knots)
    places = np.unique(places[np.isfinite(places) & (places >= 0) & (places <= 1)])
    nodes, weights = np.polynomial.legendre.leggauss(slopes.shape[1] + 1)
    half = np.diff(places) / 2
    t = (places[:-1] + half)[:, None] + half[:, None] * nodes
    given = sum(
        s * _mean_of(b + a[own] * t, np.delete(a, own))
        for a, b, s in zip(slopes, offsets, signs, strict=True)
    )
    return float((half[:, None] * weights * (given - mean) ** 2).sum())


def _mean_of(b: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Of relu(b + slopes t) over t in the unit cube."""
    scale = max(float(np.abs(slopes).max(initial=0.0)), float(np.abs(b).max()))
    flat = np.abs(slopes) <= _FLAT * scale
    b, c = b + 0.5 * slopes[flat].sum(), slopes[~flat]
    k = len(c)
    total = np.zeros_like(b)
    for v in product((0.0, 1.0), repeat=k):
        sign = (-1.0) ** (k - sum(v))
        total += sign * np.maximum(b + c @ np.array(v), 0.0) ** (k + 1)
    return total / (factorial(k + 1) * (np.prod(c) if k else 1.0))


@njit(cache=True)
@no_type_check
def _cut(corners, slopes, offsets, signs, stretch):
    """Mean, mean square, greatest gradient and number of the simplices without a kink inside."""
    m, d = slopes.shape
    stack = [corners[0].copy()]
    for k in range(1, corners.shape[0]):
        stack.append(corners[k].copy())
    firsts = [0]
    for _ in range(1, corners.shape[0]):
        firsts.append(0)
    mean, square, steepest, count = 0.0, 0.0, 0.0, 0
    values, slope = np.empty(d + 1), np.empty(d)
    while len(stack) > 0:
        own = stack.pop()
        first = firsts.pop()
        split = False
        for j in range(first, m):
            scale = abs(offsets[j])
            for i in range(d):
                scale += abs(slopes[j, i])
            up, down, a, b = 0.0, 0.0, 0, 0
            for v in range(d + 1):
                t = offsets[j]
                for i in range(d):
                    t += slopes[j, i] * own[v, i]
                values[v] = t
                if t > up:
                    up, a = t, v
                if t < down:
                    down, b = t, v
            if up > _SLIVER * scale and down < -_SLIVER * scale:
                share = up / (up - down)
                one, two = own.copy(), own.copy()
                for i in range(d):
                    place = own[a, i] + share * (own[b, i] - own[a, i])
                    one[b, i] = place
                    two[a, i] = place
                stack.append(one)
                firsts.append(j)
                stack.append(two)
                firsts.append(j)
                split = True
                break
        if split:
            continue
        edges = np.empty((d, d))
        for v in range(d):
            for i in range(d):
                edges[v, i] = own[v + 1, i] - own[0, i]
        volume = abs(np.linalg.det(edges))
        for k in range(2, d + 1):
            volume /= k
        count += 1
        for v in range(d + 1):
            values[v] = 0.0
        for i in range(d):
            slope[i] = 0.0
        for j in range(m):
            middle = 0.0
            for v in range(d + 1):
                t = offsets[j]
                for i in range(d):
                    t += slopes[j, i] * own[v, i]
                middle += t
                if t > 0.0:
                    values[v] += signs[j] * t
            if middle > 0.0:
                for i in range(d):
                    slope[i] += signs[j] * slopes[j, i]
        total, squares, size = 0.0, 0.0, 0.0
        for v in range(d + 1):
            total += values[v]
            squares += values[v] * values[v]
        for i in range(d):
            size += (slope[i] * stretch[i]) ** 2
        mean += volume * total / (d + 1)
        square += volume * (total * total + squares) / ((d + 1) * (d + 2))
        if volume > 1e-14:
            steepest = max(steepest, np.sqrt(size))
    return mean, square, steepest, count

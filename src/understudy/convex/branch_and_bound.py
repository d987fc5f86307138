"""The greatest |z' relu(X u)| over all unit vectors, to a proven tolerance.

The sphere is cut into cones u = V w, w >= 0, of d unit vertices V, at first the 2^d orthants. In a
cone, with t_kl = x_k v_l,

    z_k relu(x_k u)  <=  z_k sum_l w_l relu(t_kl)   where z_k > 0  (relu is convex),
    z_k relu(x_k u)  <=  lam z_k x_k u              where z_k < 0, for lam = 0 or 1,

so the value is at most c'w for a vector c, and with the unit vector m along the sum of the
vertices

    c'w <= min( max_l max(c_l, 0) / (m v_l),  sqrt(c' (V'V)^-1 c) ).

A cone whose bound is above what is allowed is halved at its longest edge. The bound of all that is
left is a bound of the maximum whenever the search ends; values at the middles of cones are below
it. Work grows quickly with the dimension: five are a matter of seconds, ten of years.
"""

from dataclasses import dataclass
from typing import final, no_type_check

import numpy as np
from jaxtyping import Float
from numba import njit

__all__ = ["BranchAndBound", "Greatest"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Greatest:
    """What is known of the maximum.

    Attributes:
        low: value at `direction`.
        high: the maximum is not above it.
        direction: unit vector.
        nodes: cones that were looked at.
    """

    low: float
    high: float
    direction: Float[np.ndarray, " d"]
    nodes: int


@final
@dataclass(frozen=True, kw_only=True)
class BranchAndBound:
    """Settings.

    Attributes:
        delta: bound over the greater of what is allowed and the value, less one, at which a cone
            is left alone.
        nodes: most cones.
    """

    delta: float = 1e-3
    nodes: int = 5_000_000

    def __post_init__(self) -> None:
        if not self.delta > 0 or self.nodes < 1:
            raise ValueError(
                f"delta, nodes: expected more than 0 and at least 1, got {self.delta:g}, "
                f"{self.nodes}"
            )

    def greatest(
        self, x: Float[np.ndarray, "n d"], z: Float[np.ndarray, " n"], allowed: float = 0.0
    ) -> Greatest:
        """The maximum of |z' relu(X u)| over unit vectors u.

        Args:
            x: samples.
            z: any.
            allowed: below (1 + delta) times this nobody wants to know it better.
        """
        d = x.shape[1]
        scale = float(np.abs(z) @ np.linalg.norm(x, axis=1))
        found = Greatest(low=0.0, high=0.0, direction=np.eye(d)[0], nodes=0)
        for sign in (1.0, -1.0):
            corners = np.array(
                [[1.0 - 2.0 * ((k >> i) & 1) for i in range(d)] for k in range(2**d)]
            )
            starts = np.stack([np.diag(c) for c in corners])
            least = max(allowed, found.low)
            low, high, direction, nodes = _searched(
                np.ascontiguousarray(x, dtype=float), sign * z, starts, least, self.delta,
                self.nodes,
            )  # fmt: skip
            # Sums of n products in double precision are off by less than this.
            high += 4e-16 * (len(z) + d) * scale
            if low > found.low:
                found = Greatest(low=low, high=found.high, direction=direction, nodes=found.nodes)
            found = Greatest(
                low=found.low, high=max(found.high, high, found.low),
                direction=found.direction, nodes=found.nodes + int(nodes),
            )  # fmt: skip
        return found


@njit(cache=True)
@no_type_check
def _value(x, z, u):
    total = 0.0
    for k in range(x.shape[0]):
        t = 0.0
        for i in range(x.shape[1]):
            t += x[k, i] * u[i]
        if t > 0.0:
            total += z[k] * t
    return total


@njit(cache=True)
@no_type_check
def _bound(x, z, vertices, middle):
    """Of z' relu(X u) in a cone whose vertices are rows."""
    n, d = x.shape
    c = np.zeros(d)
    for k in range(n):
        if z[k] == 0.0:
            continue
        total = 0.0
        t = np.zeros(d)
        for v in range(d):
            for i in range(d):
                t[v] += x[k, i] * vertices[v, i]
            total += t[v]
        if z[k] > 0.0:
            for v in range(d):
                if t[v] > 0.0:
                    c[v] += z[k] * t[v]
        elif total > 0.0:
            for v in range(d):
                c[v] += z[k] * t[v]
    along = 0.0
    for v in range(d):
        if c[v] > 0.0:
            part = 0.0
            for i in range(d):
                part += middle[i] * vertices[v, i]
            if part <= 1e-9:
                along = np.inf
            else:
                along = max(along, c[v] / part)
    if along == 0.0:
        return 0.0
    return min(along, _around(vertices, c))


@njit(cache=True)
@no_type_check
def _around(vertices, c):
    """sqrt(c' (V'V)^-1 c) by Cholesky's factors; infinite where a cone is too narrow for it."""
    d = len(c)
    lower, half, total = np.zeros((d, d)), np.zeros(d), 0.0
    for i in range(d):
        for j in range(i + 1):
            part = 0.0
            for m in range(d):
                part += vertices[i, m] * vertices[j, m]
            for m in range(j):
                part -= lower[i, m] * lower[j, m]
            if i > j:
                lower[i, j] = part / lower[j, j]
            elif part <= 1e-7:
                return np.inf
            else:
                lower[i, i] = np.sqrt(part)
        half[i] = c[i]
        for m in range(i):
            half[i] -= lower[i, m] * half[m]
        half[i] /= lower[i, i]
        total += half[i] * half[i]
    # Rounding is lifted by no more than the square of the ratio of pivots.
    return np.sqrt(total) * (1.0 + 1e-7)


@njit(cache=True)
@no_type_check
def _searched(x, z, starts, least, delta, most):
    d = x.shape[1]
    stack = [starts[0].copy()]
    for k in range(1, starts.shape[0]):
        stack.append(starts[k].copy())
    low, high, nodes = 0.0, 0.0, 0
    best = np.zeros(d)
    best[0] = 1.0
    while len(stack) > 0:
        vertices = stack.pop()
        nodes += 1
        middle = vertices.sum(axis=0)
        middle /= np.sqrt(middle @ middle)
        value = _value(x, z, middle)
        if value > low:
            low = value
            best = middle.copy()
        bound = _bound(x, z, vertices, middle)
        if bound <= (1.0 + delta) * max(least, low) or nodes >= most:
            high = max(high, bound)
            continue
        longest, a, b = -1.0, 0, 1
        for i in range(d):
            for j in range(i):
                apart = 0.0
                for m in range(d):
                    apart += (vertices[i, m] - vertices[j, m]) ** 2
                if apart > longest:
                    longest, a, b = apart, i, j
        if longest <= 0.0:
            high = max(high, bound)
            continue
        half = vertices[a] + vertices[b]
        half /= np.sqrt(half @ half)
        one, two = vertices.copy(), vertices.copy()
        one[a] = half
        two[b] = half
        stack.append(one)
        stack.append(two)
    return low, max(high, low), best, nodes

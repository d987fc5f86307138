"""The greatest |z' relu(X u)| over all unit vectors, to a proven tolerance.

The sphere is cut into cones u = V w, w >= 0, of d unit vertices V, at first the 2^d orthants. In a
cone, with t_kl = x_k v_l,

    z_k relu(x_k u)  <=  z_k sum_l w_l relu(t_kl)   where z_k > 0  (relu is convex),
    z_k relu(x_k u)  <=  lam z_k x_k u              where z_k < 0,

for any lam in [0, 1], so the value is at most c'w = g'u with V g = c, and with the unit vector m
along the sum of the vertices

    c'w <= min( max_l max(c_l, 0) / (m v_l),  |g| + max_l |c - V g|_l / (m v_l) ).

The slopes lam are those of the least |g|, found one by one. Samples whose sign is the same in the
whole cone are summed once and for all; a node looks at those alone that its parent left open. A
cone whose bound is above what is allowed is halved at its longest edge. The bound of all that is
left is a bound of the maximum whenever the search ends; values at the middles of cones are below
it. Work grows quickly with the dimension: five are a matter of seconds, ten of years.
"""

from dataclasses import dataclass, replace
from typing import final, no_type_check

import numpy as np
from jaxtyping import Float
from numba import njit

__all__ = ["BranchAndBound", "Greatest"]


_DEEP = 400
"""Halvings of an orthant after which a cone is left alone."""
_SWEEPS = 2
"""Of the slopes of falling samples."""
_TINY = 1e-300
"""Where a sample is zero at both ends of an edge."""
_FAST = {"reassoc", "contract", "arcp", "nsz"}
"""Sums in any order: the slack of the bound is that of any order."""


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
        self,
        x: Float[np.ndarray, "n d"],
        z: Float[np.ndarray, " n"],
        allowed: float = 0.0,
        refuted: float = np.inf,
    ) -> Greatest:
        """The maximum of |z' relu(X u)| over unit vectors u.

        Args:
            x: samples.
            z: any.
            allowed: below (1 + delta) times this nobody wants to know it better.
            refuted: a value above this ends the search; of the maximum nothing is then known.
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
                self.nodes, refuted,
            )  # fmt: skip
            # Sums of n products in double precision are off by less than this.
            high += 4e-16 * (len(z) + d) * scale
            if low > found.low:
                found = Greatest(low=low, high=found.high, direction=direction, nodes=found.nodes)
            found = Greatest(
                low=found.low, high=max(found.high, high, found.low),
                direction=found.direction, nodes=found.nodes + int(nodes),
            )  # fmt: skip
            if found.low > refuted:
                return replace(found, high=np.inf)
        return found


@njit(cache=True, fastmath=_FAST)
@no_type_check
def _decided(rows, z, squares, vertices, many, bent, fixed, t):
    """Samples of one sign in the cone go to `fixed`; the others to the front.

    Columns of t are those of the latter at the vertices. Returns how many are left, and how many
    of them fall: the first ones.
    """
    d = len(vertices)
    for v in range(d):
        t[v, :many] = 0.0
        for i in range(d):
            part = vertices[v, i]
            for j in range(many):
                t[v, j] += part * rows[i, j]
    left, falling = 0, 0
    for j in range(many):
        low, high = t[0, j], t[0, j]
        for v in range(1, d):
            low, high = min(low, t[v, j]), max(high, t[v, j])
        if low < 0.0 and high > 0.0:
            for i in range(d):
                rows[i, left] = rows[i, j]
                t[i, left] = t[i, j]
            z[left], squares[left] = z[j], squares[j]
            left += 1
            falling += j < bent
        elif high > 0.0:
            for i in range(d):
                fixed[i] += z[j] * rows[i, j]
    return left, falling


@njit(cache=True)
@no_type_check
def _inverted(vertices, inverse):
    """By elimination; false where a pivot vanishes."""
    d = len(vertices)
    a = vertices.copy()
    inverse[:] = 0.0
    for i in range(d):
        inverse[i, i] = 1.0
    for i in range(d):
        p = i
        for r in range(i + 1, d):
            if abs(a[r, i]) > abs(a[p, i]):
                p = r
        if abs(a[p, i]) < 1e-12:
            return False
        if p != i:
            for j in range(d):
                a[i, j], a[p, j] = a[p, j], a[i, j]
                inverse[i, j], inverse[p, j] = inverse[p, j], inverse[i, j]
        pivot = 1.0 / a[i, i]
        for j in range(d):
            a[i, j] *= pivot
            inverse[i, j] *= pivot
        for r in range(d):
            factor = a[r, i]
            if r != i and factor != 0.0:
                for j in range(d):
                    a[r, j] -= factor * a[i, j]
                    inverse[r, j] -= factor * inverse[i, j]
    return True


@njit(cache=True)
@no_type_check
def _along(c, away):
    """The greatest c'w of the cone's unit vectors is at most this."""
    most = 0.0
    for v in range(len(c)):
        if c[v] > 0.0:
            if away[v] <= 1e-9:
                return np.inf
            most = max(most, c[v] / away[v])
    return most


@njit(cache=True, fastmath=_FAST)
@no_type_check
def _bound(rows, z, squares, vertices, middle, many, bent, fixed, enough, t, lam, work):
    """Of z' relu(X u) in a cone whose vertices are rows, and the value at its middle."""
    d = len(vertices)
    c, g, away, extra = work[0], work[1], work[2], work[3]
    inverse = work[4:]
    value = 0.0
    for v in range(d):
        away[v], c[v], extra[v] = 0.0, 0.0, 0.0
        value += fixed[v] * middle[v]
        for i in range(d):
            away[v] += middle[i] * vertices[v, i]
            c[v] += fixed[i] * vertices[v, i]
    lam[:many] = 0.0
    for i in range(d):
        part = middle[i]
        for j in range(many):
            lam[j] += part * rows[i, j]
    for j in range(many):
        value += z[j] * max(lam[j], 0.0)
        lam[j] = 1.0 if lam[j] > 0.0 else 0.0
    for v in range(d):
        part = 0.0
        for j in range(bent):
            part += z[j] * lam[j] * t[v, j]
        for j in range(bent, many):
            part += z[j] * max(t[v, j], 0.0)
        c[v] += part
    bound = _along(c, away)
    if bound <= enough or value > enough or not _inverted(vertices, inverse):
        return bound, value
    for i in range(d):
        g[i] = 0.0
        for v in range(d):
            g[i] += inverse[i, v] * c[v]
    for _ in range(_SWEEPS):
        for v in range(d):
            part, square = 0.0, 0.0
            for i in range(d):
                part += inverse[i, v] * g[i]
                square += inverse[i, v] * inverse[i, v]
            new = max(0.0, extra[v] - part / square)
            step = new - extra[v]
            if step != 0.0:
                extra[v] = new
                c[v] += step
                for i in range(d):
                    g[i] += step * inverse[i, v]
        for j in range(bent):
            part = 0.0
            for i in range(d):
                part += rows[i, j] * g[i]
            new = min(1.0, max(0.0, lam[j] - part / (z[j] * squares[j])))
            step = (new - lam[j]) * z[j]
            if step != 0.0:
                lam[j] = new
                for i in range(d):
                    g[i] += step * rows[i, j]
                    c[i] += step * t[i, j]
        norm = 0.0
        for i in range(d):
            norm += g[i] * g[i]
        if norm <= enough * enough:
            break
    off = 0.0
    for v in range(d):
        rest = c[v]
        for i in range(d):
            rest -= vertices[v, i] * g[i]
        if abs(rest) > 0.0:
            off = max(off, abs(rest) / away[v] if away[v] > 1e-9 else np.inf)
    return min(bound, np.sqrt(norm) + off), value


@njit(cache=True, fastmath=_FAST)
@no_type_check
def _edge(z, vertices, many, t):
    """The edge along which kinks cost most, or the longest; the same vertex twice if none is."""
    d = len(vertices)
    worst, longest, a, b, p, q = 0.0, 0.0, 0, 0, 0, 0
    for i in range(d):
        for j in range(i):
            apart = 0.0
            for m in range(d):
                apart += (vertices[i, m] - vertices[j, m]) ** 2
            if apart > longest:
                longest, p, q = apart, i, j
            lost = 0.0
            for r in range(many):
                one, two = t[i, r], t[j, r]
                lost += abs(z[r]) * max(-one * two, 0.0) / (abs(one) + abs(two) + _TINY)
            if lost > worst:
                worst, a, b = lost, i, j
    if a == b:
        return p, q
    return a, b


@njit(cache=True)
@no_type_check
def _searched(x, z, starts, least, delta, most, refuted):
    n, d = x.shape
    vertices = np.empty((_DEEP, d, d))
    fixed = np.zeros((_DEEP, d))
    many, bent = np.zeros(_DEEP, dtype=np.int64), np.zeros(_DEEP, dtype=np.int64)
    rows, own_z, squares = np.empty((_DEEP, d, n)), np.empty((_DEEP, n)), np.empty((_DEEP, n))
    t, lam, work, middle = np.empty((d, n)), np.empty(n), np.empty((d + 4, d)), np.empty(d)
    low, high, nodes = 0.0, 0.0, 0
    best = np.zeros(d)
    best[0] = 1.0
    for start in range(starts.shape[0]):
        top = 0
        vertices[0], fixed[0] = starts[start], 0.0
        many[0] = 0
        # Samples that fall go first.
        for falls in (True, False):
            for k in range(n):
                square = x[k] @ x[k]
                if z[k] != 0.0 and square > 0.0 and (z[k] < 0.0) == falls:
                    rows[0, :, many[0]] = x[k]
                    own_z[0, many[0]], squares[0, many[0]] = z[k], square
                    many[0] += 1
            if falls:
                bent[0] = many[0]
        while top >= 0:
            own = vertices[top]
            nodes += 1
            length = 0.0
            for i in range(d):
                middle[i] = 0.0
                for v in range(d):
                    middle[i] += own[v, i]
                length += middle[i] * middle[i]
            for i in range(d):
                middle[i] /= np.sqrt(length)
            many[top], bent[top] = _decided(
                rows[top], own_z[top], squares[top], own, many[top], bent[top], fixed[top], t
            )
            enough = (1.0 + delta) * max(least, low)
            bound, value = _bound(
                rows[top],
                own_z[top],
                squares[top],
                own,
                middle,
                many[top],
                bent[top],
                fixed[top],
                enough,
                t,
                lam,
                work,
            )
            if value > low:
                low = value
                best = middle.copy()
                if low > refuted:
                    return low, np.inf, best, nodes
            if bound <= (1.0 + delta) * max(least, low) or nodes >= most or top + 1 >= _DEEP:
                high = max(high, bound)
                top -= 1
                continue
            a, b = _edge(own_z[top], own, many[top], t)
            if a == b:
                high = max(high, bound)
                top -= 1
                continue
            length = 0.0
            for i in range(d):
                middle[i] = own[a, i] + own[b, i]
                length += middle[i] * middle[i]
            vertices[top + 1] = own
            fixed[top + 1] = fixed[top]
            many[top + 1], bent[top + 1] = many[top], bent[top]
            left = many[top]
            rows[top + 1, :, :left] = rows[top, :, :left]
            own_z[top + 1, :left], squares[top + 1, :left] = own_z[top, :left], squares[top, :left]
            for i in range(d):
                vertices[top, a, i] = middle[i] / np.sqrt(length)
                vertices[top + 1, b, i] = middle[i] / np.sqrt(length)
            top += 1
    return low, max(high, low), best, nodes

"""Directions along which |z' relu(X u)| is great, by majorised ascent from many starts.

With t = X u, samples with z_k > 0 make a convex sum, which lies above its tangent; those with
z_k < 0 a concave one,

    relu(t) = (t + |t|) / 2 <= (t + t^2 / 2 w + w / 2) / 2,     w = |t_k| or a floor,

so the value is at least c'u - u'Q u / 2, with equality where it was taken. On the sphere the step
is

    u <- unit((Q + h I)^-1 c),

h the value, and is taken where the value grows; floors fall from step to step. Plain gradient
ascent stops at the kinks, and calls a network optimal that is not.
"""

from dataclasses import dataclass
from typing import final, no_type_check

import numpy as np
from jaxtyping import Float
from numba import njit

__all__ = ["Priced", "Pricing", "value_of"]

_FLOORS = (0.3, 0.1, 0.03, 0.003, 1e-4, 1e-6)
_STILL = 1e-6
"""Share of its value by which a direction rises at least, or rests until the next floor."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Priced:
    """What was found.

    Attributes:
        directions: unit vectors, the greatest value first.
        values: z' relu(X u) of each, of the sign that was asked for.
    """

    directions: Float[np.ndarray, "s d"]
    values: Float[np.ndarray, " s"]


def value_of(
    x: Float[np.ndarray, "n d"], z: Float[np.ndarray, " n"], u: Float[np.ndarray, "s d"]
) -> Float[np.ndarray, " s"]:
    """Z' relu(X u) of each row."""
    return np.maximum(x @ u.T, 0.0).T @ z


@final
@dataclass(frozen=True, kw_only=True)
class Pricing:
    """Settings.

    Attributes:
        starts: random ones, at least.
        steps: at each floor.
    """

    starts: int = 400
    steps: int = 6

    def __post_init__(self) -> None:
        if min(self.starts, self.steps) < 1:
            raise ValueError(
                f"starts, steps: expected at least 1, got {self.starts} and {self.steps}"
            )

    def price(
        self,
        x: Float[np.ndarray, "n d"],
        z: Float[np.ndarray, " n"],
        near: Float[np.ndarray, "m d"],
        rng: np.random.Generator,
        share: float = 1.0,
    ) -> Priced:
        """Great values of z' relu(X u), from random starts and from near some directions.

        Args:
            x: samples.
            z: any.
            near: directions, of any length, that are starts too, as they are and perturbed.
            rng: of the starts.
            share: of the random starts; fewer do where any direction is welcome.
        """
        d = x.shape[1]
        many = max(1, int(share * max(self.starts, 40 * d)))
        drawn = rng.standard_normal((20 * many, d))
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        best = drawn[np.argsort(value_of(x, z, drawn))[-many:]]
        parts = [best, drawn[: many // 2]]
        if len(near):
            unit = near / np.linalg.norm(near, axis=1, keepdims=True)
            parts += [unit] + [unit + s * rng.standard_normal(unit.shape) for s in (0.1, 0.3)]
            pairs = rng.integers(0, len(unit), (2 * len(unit), 2))
            parts.append(unit[pairs[:, 0]] + unit[pairs[:, 1]] + 1e-6)
        u = np.concatenate(parts)
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        u, values = self._ascended(x, z, u)
        order = np.argsort(-values)
        return Priced(directions=u[order], values=values[order])

    def _ascended(
        self, x: np.ndarray, z: np.ndarray, u: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        rises, falls = np.maximum(z, 0.0), np.maximum(-z, 0.0)
        size = np.linalg.norm(x, axis=1).mean()
        # Only samples that fall bend, and Q is symmetric.
        bent = np.flatnonzero(falls > 0)
        row, column = np.tril_indices(x.shape[1])
        outer = x[bent][:, row] * x[bent][:, column]
        half = falls[bent] / 2
        least = 1e-3 * np.abs(z).sum() * size
        t = u @ x.T
        values = np.maximum(t, 0.0) @ z
        for floor in _FLOORS:
            live = np.arange(len(u))
            for _ in range(self.steps):
                own = t[live]
                packed = (half / np.maximum(np.abs(own[:, bent]), floor * size)) @ outer
                c = ((own > 0) * rises - falls / 2) @ x
                new = _turned(packed, c, np.maximum(values[live], least), u[live])
                ahead = new @ x.T
                trial = np.maximum(ahead, 0.0) @ z
                gain = trial - values[live]
                better = gain > 0
                moved = live[better]
                u[moved], t[moved], values[moved] = new[better], ahead[better], trial[better]
                # Those that hardly rise have arrived, as far as this floor goes.
                live = live[gain > _STILL * np.abs(trial)]
                if not len(live):
                    break
        return u, values


@njit(cache=True)
@no_type_check
def _turned(packed, c, h, before):
    """Unit vectors along (Q + h I)^-1 c, from lower halves of Q; `before` where it is none."""
    many, d = c.shape
    out = before.copy()
    lower, half = np.empty((d, d)), np.empty(d)
    for s in range(many):
        at, sound = 0, True
        for i in range(d):
            for j in range(i + 1):
                part = packed[s, at]
                at += 1
                for m in range(j):
                    part -= lower[i, m] * lower[j, m]
                if i > j:
                    lower[i, j] = part / lower[j, j]
                else:
                    part += h[s]
                    sound &= part > 0.0
                    lower[i, i] = np.sqrt(part) if part > 0.0 else 1.0
        length = 0.0
        for i in range(d):
            half[i] = c[s, i]
            for m in range(i):
                half[i] -= lower[i, m] * half[m]
            half[i] /= lower[i, i]
        for i in range(d - 1, -1, -1):
            for m in range(i + 1, d):
                half[i] -= lower[m, i] * half[m]
            half[i] /= lower[i, i]
            length += half[i] * half[i]
        if sound and length > 0.0:
            for i in range(d):
                out[s, i] = half[i] / np.sqrt(length)
    return out

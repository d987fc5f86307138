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
from typing import final

import numpy as np
from jaxtyping import Float

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
        d = x.shape[1]
        # Only samples that fall bend, and Q is symmetric.
        bent = falls > 0
        row, column = np.tril_indices(d)
        outer = x[bent][:, row] * x[bent][:, column]
        values = value_of(x, z, u)
        least = 1e-3 * np.abs(z).sum() * size
        for floor in _FLOORS:
            live = np.arange(len(u))
            for _ in range(self.steps):
                t = u[live] @ x.T
                wide = np.maximum(np.abs(t[:, bent]), floor * size)
                q = np.empty((len(live), d, d))
                q[:, row, column] = q[:, column, row] = (falls[bent] / 2 / wide) @ outer
                c = ((t > 0) * rises - falls / 2) @ x
                q[:, range(d), range(d)] += np.maximum(values[live], least)[:, None]
                new = np.linalg.solve(q, c[..., None])[..., 0]
                length = np.linalg.norm(new, axis=1, keepdims=True)
                new = np.where(length > 0, new / np.maximum(length, 1e-300), u[live])
                trial = value_of(x, z, new)
                gain = trial - values[live]
                better = gain > 0
                u[live[better]], values[live[better]] = new[better], trial[better]
                # Those that hardly rise have arrived, as far as this floor goes.
                live = live[gain > _STILL * np.abs(trial)]
                if not len(live):
                    break
        return u, values

"""The cone |u| <= t, many at a time: its algebra, the scaling of Nesterov & Todd, room for a step.

Points s = (t, u) and duals z = (kappa, q) inside have one

    W = eta (w_0, w'; w, I + w w' / (1 + w_0)),     W z = W^-1 s = lambda

(Nesterov & Todd 1997, Math. Oper. Res. 22; in this form Vandenberghe 2010, "The CVXOPT linear and
quadratic cone program solvers").
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

__all__ = ["Scaling", "determinant", "product", "room_of_cones", "room_of_lines"]


@dataclass(eq=False)
class Scaling:
    """Nesterov and Todd's, of every block: W = eta (w_0, w'; w, I + w w' / (1 + w_0))."""

    eta: Float[np.ndarray, " m"]
    w0: Float[np.ndarray, " m"]
    w: Float[np.ndarray, "m d"]
    point: Float[np.ndarray, "m e"]
    h00: Float[np.ndarray, " m"] = field(init=False)
    h01: Float[np.ndarray, "m d"] = field(init=False)
    h11: Float[np.ndarray, "m d d"] = field(init=False)

    def __post_init__(self) -> None:
        scale = 1 / self.eta**2
        self.h00 = scale * (2 * self.w0**2 - 1)
        self.h01 = -2 * (scale * self.w0)[:, None] * self.w
        self.h11 = scale[:, None, None] * (
            np.eye(self.w.shape[1]) + 2 * self.w[:, :, None] * self.w[:, None, :]
        )

    @classmethod
    def of(cls, t: np.ndarray, u: np.ndarray, kappa: float, q: np.ndarray) -> "Scaling":
        """At a primal and a dual point inside the cone."""
        primal = np.sqrt(determinant(t, u))
        dual = np.sqrt(determinant(np.full(len(t), kappa), q))
        a0, a = t / primal, u / primal[:, None]
        b0, b = kappa / dual, q / dual[:, None]
        gamma = np.sqrt((1 + a0 * b0 + (a * b).sum(axis=1)) / 2)
        w0, w = (a0 + b0) / (2 * gamma), (a - b) / (2 * gamma)[:, None]
        made = cls(eta=np.sqrt(primal / dual), w0=w0, w=w, point=np.empty((len(t), 0)))
        made.point = made.forth(np.concatenate([np.full((len(t), 1), kappa), q], axis=1))
        return made

    def reduced(self) -> Float[np.ndarray, "m d d"]:
        """W^-2 with its first row eliminated."""
        factor = 2 / (2 * self.w0**2 - 1)
        outer = self.w[:, :, None] * self.w[:, None, :]
        inner = np.eye(self.w.shape[1]) - factor[:, None, None] * outer
        return inner / (self.eta**2)[:, None, None]

    def forth(self, v: np.ndarray) -> np.ndarray:
        """W v."""
        return self.eta[:, None] * self._turned(v, self.w)

    def back(self, v: np.ndarray) -> np.ndarray:
        """W^-1 v."""
        return self._turned(v, -self.w) / self.eta[:, None]

    def _turned(self, v: np.ndarray, w: np.ndarray) -> np.ndarray:
        along = (w * v[:, 1:]).sum(axis=1)
        first = self.w0 * v[:, 0] + along
        rest = v[:, 1:] + (v[:, 0] + along / (1 + self.w0))[:, None] * w
        return np.concatenate([first[:, None], rest], axis=1)

    def divided(self, v: np.ndarray) -> np.ndarray:
        """The r with lambda o r = v, lambda the scaled point."""
        l0, rest = self.point[:, 0], self.point[:, 1:]
        first = (l0 * v[:, 0] - (rest * v[:, 1:]).sum(axis=1)) / determinant(l0, rest)
        return np.concatenate(
            [first[:, None], (v[:, 1:] - first[:, None] * rest) / l0[:, None]], axis=1
        )


def product(a: Float[np.ndarray, "m e"], b: Float[np.ndarray, "m e"]) -> Float[np.ndarray, "m e"]:
    """A o b of the cone's algebra, row by row."""
    first = (a * b).sum(axis=1, keepdims=True)
    return np.concatenate([first, a[:, :1] * b[:, 1:] + b[:, :1] * a[:, 1:]], axis=1)


def determinant(
    t: Float[np.ndarray, " m"], u: Float[np.ndarray, "m d"]
) -> Float[np.ndarray, " m"]:
    """t^2 - |u|^2, positive inside."""
    size = np.linalg.norm(u, axis=1)
    # What rounding leaves of a point at the border is still inside.
    return np.maximum((t - size) * (t + size), 1e-15 * t * t)


def room_of_lines(a: np.ndarray, da: np.ndarray) -> float:
    """The longest step at which no entry of a is negative."""
    down = da < 0
    return float((a[down] / -da[down]).min(initial=np.inf))


def room_of_cones(
    t: np.ndarray | float, u: np.ndarray, dt: np.ndarray | float, du: np.ndarray
) -> float:
    """The longest step at which all |u| <= t."""
    a = np.asarray(dt**2 - (du**2).sum(axis=1))
    b = t * dt - (u * du).sum(axis=1)
    c = determinant(np.broadcast_to(t, len(u)), u)
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    down = (b < 0) & (b * b >= a * c) | (a < 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(down, c / (root - b), np.inf)
    return float(step[step > 0].min(initial=np.inf))

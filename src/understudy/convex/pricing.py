"""Directions along which |z' relu(X u)| is great, by majorised ascent from many starts.

With t = X u, samples with z_k > 0 make a convex sum, which lies above its tangent; those with
z_k < 0 a concave one,

    relu(t) = (t + |t|) / 2 <= (t + t^2 / 2 w + w / 2) / 2,     w = |t_k| or a floor,

so the value is at least c'u - u'Q u / 2, with equality where it was taken. On the sphere the step
is

    u <- unit((Q + h I)^-1 c),

h the value, and is taken where the value grows; floors fall from step to step, and at the end the
nearest kinks of falling samples are set to zero one by one: on such a face the peak is known.
Plain gradient ascent stops at the kinks, and calls a network optimal that is not; near an optimum
the peaks that are left are narrow and most lie beside neurons, so that starts do too.
"""

from dataclasses import dataclass
from typing import final, no_type_check

import numpy as np
from jaxtyping import Float
from numba import njit

__all__ = ["Priced", "Pricing", "value_of"]

_FLOORS = (0.03, 0.003, 1e-4, 1e-6)
"""Widths of the parabolas, over the mean sample's; wider ones pass over narrow peaks."""
_DRAWN = 5
"""Random directions of which one is the best, and a start."""
_COPIES, _APART = 8, (0.02, 0.8)
"""Starts around a direction; their distances, a component. Peaks that random starts miss are
narrow and lie beside neurons, a few kinks away."""
_LANDINGS = 5
"""How often a direction is put onto a face of the kinks near it, at most."""
_FEW, _SHARE, _LONGER = 50, 4, 3
"""Directions that go on, at least; one of how many; steps of theirs over those of all."""
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
    steps: int = 4

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
        many = max(1, int(share * max(self.starts, 20 * d)))
        drawn = rng.standard_normal((_DRAWN * many, d))
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        best = drawn[np.argsort(value_of(x, z, drawn))[-many:]]
        parts = [best, drawn[: many // 2]]
        if len(near):
            unit = near / np.linalg.norm(near, axis=1, keepdims=True)
            copies = np.repeat(unit, max(2, round(_COPIES * share)), axis=0)
            close, far = np.log(_APART)
            apart = np.exp(rng.uniform(close, far, (len(copies), 1)))
            parts += [unit, copies + apart * rng.standard_normal(copies.shape)]
            pairs = rng.integers(0, len(unit), (2 * len(unit), 2))
            parts.append(unit[pairs[:, 0]] + unit[pairs[:, 1]] + 1e-6)
        u = np.concatenate(parts)
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        u, values = self._ascended(x, z, u, self.steps, 0)
        # The promising ones are followed to their end, faces of kinks included: those are most of
        # the work, and rarely lift the others.
        top = np.argsort(-values)[: max(_FEW, len(u) // _SHARE)]
        u[top], values[top] = self._ascended(x, z, u[top], _LONGER * self.steps, _LANDINGS)
        order = np.argsort(-values)
        return Priced(directions=u[order], values=values[order])

    def _ascended(
        self, x: np.ndarray, z: np.ndarray, u: np.ndarray, steps: int, landings: int
    ) -> tuple[np.ndarray, np.ndarray]:
        # Samples that fall, which alone bend, go first.
        order = np.argsort(z >= 0, kind="stable")
        size = float(np.linalg.norm(x, axis=1).mean())
        rows, own = np.ascontiguousarray(x[order].T), np.ascontiguousarray(z[order])
        least = 1e-3 * float(np.abs(z).sum()) * size
        u = np.ascontiguousarray(u)
        values = _climbed(
            rows, own, int((z < 0).sum()), u, np.array(_FLOORS) * size, steps, least, landings
        )
        return u, values


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"})
@no_type_check
def _climbed(rows, z, bent, u, widths, steps, least, landings):
    """Moves unit vectors u uphill, and returns their values; the first `bent` samples fall."""
    d, n = rows.shape
    values = np.empty(len(u))
    t, ahead, pull, stiff = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(bent)
    matrix, c, new = np.zeros((d, d)), np.zeros(d), np.zeros(d)
    for s in range(len(u)):
        value = _said(rows, z, u[s], t)
        for width in widths:
            for _ in range(steps):
                for k in range(bent):
                    pull[k] = 0.5 * z[k]
                    stiff[k] = -0.5 * z[k] / max(abs(t[k]), width)
                for k in range(bent, n):
                    pull[k] = z[k] if t[k] > 0.0 else 0.0
                for i in range(d):
                    part = 0.0
                    for k in range(n):
                        part += pull[k] * rows[i, k]
                    c[i] = part
                    for k in range(bent):
                        ahead[k] = stiff[k] * rows[i, k]
                    for j in range(i + 1):
                        part = 0.0
                        for k in range(bent):
                            part += ahead[k] * rows[j, k]
                        matrix[i, j] = part
                    matrix[i, i] += max(value, least)
                if not _turned(matrix, c, new):
                    break
                trial = _said(rows, z, new, ahead)
                gain = trial - value
                if gain > 0.0:
                    u[s] = new
                    value = trial
                    t, ahead = ahead, t
                # What hardly rises has arrived, as far as this width goes.
                if gain <= _STILL * abs(trial):
                    break
        values[s] = _landed(rows, z, bent, u[s], value, t, landings)
    return values


@njit(cache=True)
@no_type_check
def _landed(rows, z, bent, u, value, t, landings):
    """The value at the peak of the best face that the nearest kinks of falling samples span.

    Where they are zero and the others keep their signs the value is c'u: greatest on the sphere
    along c without its part in their span.
    """
    d, n = rows.shape
    basis, c, new, ahead = np.empty((d, d)), np.empty(d), np.empty(d), np.empty(n)
    for _ in range(landings):
        left, before = np.abs(t[:bent]), value
        for i in range(d):
            c[i] = 0.0
            for k in range(n):
                if t[k] > 0.0:
                    c[i] += z[k] * rows[i, k]
        many = 0
        for _ in range(min(d - 1, bent)):
            k = np.argmin(left)
            left[k] = np.inf
            own = basis[many]
            long = 0.0
            for i in range(d):
                own[i] = rows[i, k]
                long += own[i] * own[i]
                if t[k] > 0.0:
                    c[i] -= z[k] * rows[i, k]
            for b in range(many):
                own -= (own @ basis[b]) * basis[b]
            rest = own @ own
            if rest <= 1e-20 * long:
                continue
            own /= np.sqrt(rest)
            many += 1
            new[:] = c
            for b in range(many):
                new -= (new @ basis[b]) * basis[b]
            rest = np.sqrt(new @ new)
            if not rest > 0.0:
                break
            new /= rest
            trial = _said(rows, z, new, ahead)
            if trial > value:
                value = trial
                u[:] = new
        if value <= before:
            break
        _said(rows, z, u, t)
    return value


@njit(cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"})
@no_type_check
def _said(rows, z, u, t):
    """The value z' relu(X u), and X u in t."""
    t[:] = 0.0
    for i in range(len(u)):
        for k in range(len(z)):
            t[k] += u[i] * rows[i, k]
    value = 0.0
    for k in range(len(z)):
        value += z[k] * max(t[k], 0.0)
    return value


@njit(cache=True)
@no_type_check
def _turned(a, c, out):
    """The unit vector along a^-1 c, from the lower half of a; false where there is none."""
    d = len(c)
    for i in range(d):
        for j in range(i + 1):
            part = a[i, j]
            for m in range(j):
                part -= a[i, m] * a[j, m]
            if i > j:
                a[i, j] = part / a[j, j]
            elif part > 0.0:
                a[i, i] = np.sqrt(part)
            else:
                return False
    length = 0.0
    for i in range(d):
        out[i] = c[i]
        for m in range(i):
            out[i] -= a[i, m] * out[m]
        out[i] /= a[i, i]
    for i in range(d - 1, -1, -1):
        for m in range(i + 1, d):
            out[i] -= a[m, i] * out[m]
        out[i] /= a[i, i]
        length += out[i] * out[i]
    if not length > 0.0:
        return False
    for i in range(d):
        out[i] /= np.sqrt(length)
    return True

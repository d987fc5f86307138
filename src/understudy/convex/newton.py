"""All neurons of a network at once by Newton's method, with kinks smoothed and sharpened again.

relu(t) is (t + R) / 2 with R = sqrt(t^2 + e^2), e = eps |x| |u| frozen during a step. With the
slope r of the loss (the error) and sigma = (1 + t / R) / 2, gradient and matrix of a step are

    g_j = s_j X' (sigma_j r) + beta u_j / |u_j|,
    H   = J'L J + blockdiag(X' diag(c_j) X + beta (I - u_j u_j' / |u_j|^2) / |u_j|),
    J_j = s_j diag(sigma_j) X,   c_kj = max(0, s_j r_k) (1 - theta_kj t_kj / R_kj) / (2 R_kj):

with L the loss's curvatures; only kinks that are ridges of the objective, s_j r_k > 0, are
curved; theta, in (-1, 1), is a variable of its own that t / R follows (a primal-dual method:
Chan, Golub & Mulet 1999, SIAM J. Sci. Comput. 20), so that a step may cross many kinks. A neuron
that a step would push through the origin goes there and is dropped, unless what is left of the
data would call it back; such a one goes a part of the way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve

from understudy.convex.network import ReluNetwork
from understudy.convex.problem import ReluProblem

__all__ = ["NetworkNewton"]

_RADIAL, _REFINEMENTS = 1e-6, 3
"""Share of the tangential curvature that makes a block definite along its neuron; how often the
solution is then refined against the matrix without it."""
_INSIDE = 0.95
"""Share of the way to -1 or 1 that theta may go in a step."""
_PART = 0.7
"""Share of the way to the origin of a neuron that would be called back from there."""
_THROUGH, _EMPTY = 1e-6, 1e-7
"""Share of its length below which a neuron has gone through; that of the longest below which it
is nothing."""
_ENOUGH, _HALVINGS = 1e-4, 20
"""Share of the expected descent that is enough (Armijo); how often a step is halved for it."""


@final
@dataclass(frozen=True, kw_only=True)
class NetworkNewton:
    """Settings.

    Attributes:
        steps: most of them.
        smoothing: eps at the start.
        sharpest: eps at the end.
        tolerance: decrement, as a share of the objective, at which it stops.
    """

    steps: int = 80
    smoothing: float = 1e-2
    sharpest: float = 1e-6
    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps: expected at least 1, got {self.steps}")
        if not 0 < self.sharpest <= self.smoothing:
            raise ValueError(
                f"smoothing, sharpest: expected 0 < sharpest <= smoothing, got "
                f"{self.smoothing:g} and {self.sharpest:g}"
            )
        if not self.tolerance > 0:
            raise ValueError(f"tolerance: expected more than 0, got {self.tolerance:g}")

    def improve(
        self, problem: ReluProblem, network: ReluNetwork, smoothing: float | None = None
    ) -> ReluNetwork:
        """A network near by whose objective is not greater.

        Args:
            problem: data.
            network: neurons that are not zero.
            smoothing: eps at the start, in place of the settings' own.

        Raises:
            ValueError: a neuron is zero; the loss is not smooth.
        """
        problem.need_slopes()
        if not len(network.neurons):
            return network
        empty = np.flatnonzero(~network.neurons.any(axis=1))
        if len(empty):
            raise ValueError(f"network: neuron {empty[0]} is zero, and has no direction")
        state = _State(problem, network.neurons.copy(), network.signs.copy())
        eps, since = max(self.smoothing if smoothing is None else smoothing, self.sharpest), 0
        for _ in range(self.steps):
            decrement, moved = state.step(eps)
            if not len(state.u):
                break
            since += 1
            settled = decrement < 0.05 * eps * state.value or not moved
            if eps <= self.sharpest:
                if decrement < self.tolerance * state.value or not moved:
                    break
            elif settled or since >= 4:
                eps, since = max(0.3 * eps, self.sharpest), 0
        made = ReluNetwork(neurons=state.u, signs=state.signs)
        return made if made.value(problem) < network.value(problem) else network


@dataclass(eq=False)
class _State:
    """Neurons in motion, and their smoothed objective."""

    problem: ReluProblem
    u: Float[np.ndarray, "m d"]
    signs: Float[np.ndarray, " m"]
    value: float = np.inf
    theta: Float[np.ndarray, "m n"] | None = None

    def __post_init__(self) -> None:
        x = self.problem.x
        self.sizes = np.linalg.norm(x, axis=1)
        self.outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)

    def step(self, eps: float) -> tuple[float, bool]:
        """One step: the decrement that was expected, and whether there was one."""
        length = np.linalg.norm(self.u, axis=1)
        e = eps * length[:, None] * self.sizes
        t = self.u @ self.problem.x.T
        radius = np.sqrt(t * t + e * e)
        slope = t / radius
        if self.theta is None:
            self.theta = slope
        gradient, p = self._direction(length, t, radius, self.theta)
        self.value = self._value(self.u, t, e)
        decrement = -float((gradient * p).sum())
        if not decrement > 0:
            return 0.0, False
        along, share = p @ self.problem.x.T, 1.0
        for _ in range(_HALVINGS):
            u = self.u + share * p
            trial = self._value(u, t + share * along, e)
            if trial <= self.value - _ENOUGH * share * decrement:
                break
            share *= 0.5
        else:
            return decrement, False
        change = (1.0 - self.theta * slope) * share * along / radius - (self.theta - slope)
        room = np.where(change > 0, 1.0 - self.theta, 1.0 + self.theta)
        theta = self.theta + change * np.minimum(
            1.0, _INSIDE * room / np.maximum(np.abs(change), 1e-300)
        )
        stay = np.linalg.norm(u, axis=1) > _EMPTY * length.max()
        self.value = trial
        self.u, self.signs, self.theta = u[stay], self.signs[stay], theta[stay]
        return decrement, True

    def _direction(
        self, length: np.ndarray, t: np.ndarray, radius: np.ndarray, theta: np.ndarray
    ) -> tuple[Float[np.ndarray, "m d"], Float[np.ndarray, "m d"]]:
        """Gradient and step."""
        x, beta, signs = self.problem.x, self.problem.beta, self.signs[:, None]
        f = self._said(t + radius)
        r = self.problem.loss.slope(f, self.problem.y)
        weight = np.sqrt(self.problem.loss.curvature(f, self.problem.y))
        slopes = 0.5 * signs * (1.0 + t / radius)
        unit = self.u / length[:, None]
        gradient = (slopes * r) @ x + beta * unit
        ridge = np.maximum(signs * r, 0.0)
        curved = ridge * np.maximum(1.0 - theta * t / radius, 0.0) / (2 * radius)
        system = _System(x, slopes * weight, curved @ self.outer, unit, beta / length)
        gone = np.zeros(len(self.u), dtype=bool)
        p = system.solve(-gradient, gone, -self.u)
        while True:
            more = np.einsum("jd,jd->j", self.u + p, self.u) <= _THROUGH * length**2
            if (more <= gone).all():
                break
            gone = gone | more
            p = system.solve(-gradient, gone, -self.u)
        if gone.any():
            ahead = t + p @ x.T
            left = self.problem.loss.slope(self._said(ahead + np.abs(ahead)), self.problem.y)
            back = gone & (-self.signs * (np.maximum(unit @ x.T, 0.0) @ left) > beta)
            if back.any():
                p = system.solve(-gradient, gone, -np.where(back[:, None], _PART, 1.0) * self.u)
        return gradient, p

    def _said(self, twice: Float[np.ndarray, "m n"]) -> Float[np.ndarray, " n"]:
        """The prediction, from twice the neurons' values."""
        return 0.5 * (self.signs @ twice)

    def _value(self, u: np.ndarray, t: np.ndarray, e: np.ndarray) -> float:
        said = self._said(t + np.sqrt(t * t + e * e))
        lengths = np.linalg.norm(u, axis=1)
        return self.problem.loss.value(said, self.problem.y) + self.problem.beta * float(
            lengths.sum()
        )


class _System:
    """The matrix of a step, factored as the sizes ask for."""

    def __init__(
        self,
        x: np.ndarray,
        slopes: Float[np.ndarray, "m n"],
        curved: Float[np.ndarray, "m dd"],
        unit: Float[np.ndarray, "m d"],
        bend: Float[np.ndarray, " m"],
    ) -> None:
        d = x.shape[1]
        self.x, self.slopes = x, slopes
        self.inverses: dict[bytes, Callable[[np.ndarray], np.ndarray]] = {}
        radial = unit[:, :, None] * unit[:, None, :]
        self.blocks = curved.reshape(-1, d, d) + bend[:, None, None] * (np.eye(d) - radial)
        extra = _RADIAL * bend[:, None, None] * radial
        # Rounding must not undo what the decay makes definite.
        extra += 1e-12 * np.trace(self.blocks, axis1=1, axis2=2)[:, None, None] * np.eye(d)
        self.firm = self.blocks + extra

    def solve(
        self, right: Float[np.ndarray, "m d"], gone: np.ndarray, told: Float[np.ndarray, "m d"]
    ) -> Float[np.ndarray, "m d"]:
        """The step; that of neurons that are gone is as told."""
        p = np.where(gone[:, None], told, 0.0)
        stay = ~gone
        if not stay.any():
            return p
        wanted = right[stay] - self._down(self._up(p, slice(None)), stay)
        key = gone.tobytes()
        if key not in self.inverses:
            self.inverses[key] = self._factored(stay)
        inverse = self.inverses[key]
        own = inverse(wanted)
        for _ in range(_REFINEMENTS):
            own = own + inverse(wanted - self._times(own, stay))
        p[stay] = own
        return p

    def _up(self, p: np.ndarray, which: np.ndarray | slice) -> np.ndarray:
        return np.asarray((self.slopes[which] * (p @ self.x.T)).sum(axis=0))

    def _down(self, values: np.ndarray, which: np.ndarray) -> np.ndarray:
        return np.asarray((self.slopes[which] * values) @ self.x)

    def _times(self, p: np.ndarray, stay: np.ndarray) -> np.ndarray:
        bent = np.einsum("jde,je->jd", self.blocks[stay], p)
        return bent + self._down(self._up(p, stay), stay)

    def _factored(self, stay: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        n, d = self.x.shape
        m = int(stay.sum())
        slopes, firm = self.slopes[stay], self.firm[stay]
        if m * d > 1.5 * n:
            back = np.linalg.inv(np.linalg.cholesky(firm))
            inner = (back.reshape(m * d, d) @ self.x.T).reshape(m, d, n) * slopes[:, None, :]
            inner = inner.reshape(m * d, n)
            small = inner.T @ inner
            small[np.diag_indices(n)] += 1.0
            factor = cho_factor(small, check_finite=False)

            def by_samples(v: np.ndarray) -> np.ndarray:
                half = (back @ v[..., None]).reshape(-1)
                half = half - inner @ cho_solve(factor, inner.T @ half, check_finite=False)
                return np.asarray((half.reshape(m, 1, d) @ back)[:, 0])

            return by_samples
        j = (slopes[:, None, :] * self.x.T[None]).reshape(m * d, n)
        whole = j @ j.T
        for k in range(m):
            whole[k * d : (k + 1) * d, k * d : (k + 1) * d] += firm[k]
        factor = cho_factor(whole, check_finite=False)

        def direct(v: np.ndarray) -> np.ndarray:
            return np.asarray(cho_solve(factor, v.reshape(-1), check_finite=False)).reshape(m, d)

        return direct

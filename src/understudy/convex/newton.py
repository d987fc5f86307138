"""All neurons of a network at once by Newton's method, with kinks smoothed and sharpened again.

relu(t) is (t + R) / 2 with R = sqrt(t^2 + e^2), e = eps |x| |u| frozen during a step. With the
error r = sum_j s_j relu(X u_j) - y and sigma = (1 + t / R) / 2, gradient and matrix of a step are

    g_j = s_j X' (sigma_j r) + beta u_j / |u_j|,
    H   = J'J + blockdiag(X' diag(c_j) X + beta (I - u_j u_j' / |u_j|^2) / |u_j|),
    J_j = s_j diag(sigma_j) X,   c_kj = max(0, s_j r_k) (1 - theta_kj t_kj / R_kj) / (2 R_kj):

only kinks that are ridges of the objective, s_j r_k > 0, are curved; theta, in (-1, 1), is a
variable of its own that t / R follows (a primal-dual method: Chan, Golub & Mulet 1999, SIAM J.
Sci. Comput. 20), so that a step may cross many kinks. A neuron that a step would push through the
origin goes there and is dropped, unless what is left of the data would call it back; such a one
goes a part of the way.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve

from understudy.convex.network import ReluNetwork
from understudy.convex.problem import ReluProblem

__all__ = ["NetworkNewton"]

_RADIAL, _REFINEMENTS = 1e-6, 3
_INSIDE, _PART = 0.95, 0.7


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
        """
        if not len(network.neurons):
            return network
        state = _State(problem, network.neurons.copy(), network.signs.copy())
        eps, since = max(smoothing or self.smoothing, self.sharpest), 0
        best = network
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
        return made if made.value(problem) < best.value(problem) else best


@dataclass(eq=False)
class _State:
    """Neurons in motion."""

    problem: ReluProblem
    u: Float[np.ndarray, "m d"]
    signs: Float[np.ndarray, " m"]
    value: float = np.inf
    theta: Float[np.ndarray, "m n"] = field(init=False)
    sizes: Float[np.ndarray, " n"] = field(init=False)

    def __post_init__(self) -> None:
        self.sizes = np.linalg.norm(self.problem.x, axis=1)
        self.theta = np.empty((0, 0))

    def step(self, eps: float) -> tuple[float, bool]:
        """One step: the decrement that was expected, and whether there was one."""
        x, beta = self.problem.x, self.problem.beta
        length = np.linalg.norm(self.u, axis=1)
        e = eps * length[:, None] * self.sizes
        t = self.u @ x.T
        radius = np.sqrt(t * t + e * e)
        if self.theta.shape != t.shape:
            self.theta = t / radius
        r = self._error(t, radius, self.signs)
        value = 0.5 * float(r @ r) + beta * float(length.sum())
        sigma = 0.5 * (1.0 + t / radius)
        unit = self.u / length[:, None]
        gradient = ((sigma * r) @ x) * self.signs[:, None] + beta * unit
        ridge = np.maximum(self.signs[:, None] * r, 0.0)
        curved = ridge * np.maximum(1.0 - self.theta * t / radius, 0.0) / (2 * radius)
        system = _System(x, sigma * self.signs[:, None], curved, unit, beta / length)
        p = system.solve(-gradient, np.zeros(len(self.u), dtype=bool), self.u)
        gone = np.einsum("jd,jd->j", self.u + p, self.u) <= 1e-6 * length**2
        for _ in range(3):
            if not gone.any():
                break
            p = system.solve(-gradient, gone, self.u)
            more = np.einsum("jd,jd->j", self.u + p, self.u) <= 1e-6 * length**2
            if (more <= gone).all():
                break
            gone |= more
        if gone.any():
            ahead = t + p @ x.T
            left = self._error(ahead, np.sqrt(ahead * ahead + e * e), self.signs)
            back = -self.signs * (np.maximum(unit @ x.T, 0.0) @ left) > beta
            if (back & gone).any():
                p = system.solve(-gradient, gone, np.where(back[:, None], _PART, 1.0) * self.u)
        decrement = -float((gradient * p).sum())
        if not decrement > 0:
            self.value = value
            return 0.0, False
        along = p @ x.T
        share, taken = 1.0, False
        for _ in range(20):
            u = self.u + share * p
            moved = t + share * along
            error = self._error(moved, np.sqrt(moved * moved + e * e), self.signs)
            trial = 0.5 * float(error @ error) + beta * float(np.linalg.norm(u, axis=1).sum())
            if trial <= value - 1e-4 * share * decrement:
                taken = True
                break
            share *= 0.5
        if not taken:
            self.value = value
            return decrement, False
        change = (1.0 - self.theta * t / radius) * along * share / radius - (
            self.theta - t / radius
        )
        room = np.where(change > 0, 1.0 - self.theta, 1.0 + self.theta)
        far = np.minimum(1.0, _INSIDE * room / np.maximum(np.abs(change), 1e-300))
        self.theta = self.theta + far * change
        self.u, self.value = u, trial
        stay = np.linalg.norm(u, axis=1) > 1e-7 * length.max()
        if not stay.all():
            self.u, self.signs, self.theta = u[stay], self.signs[stay], self.theta[stay]
        return decrement, True

    def _error(self, t: np.ndarray, radius: np.ndarray, signs: np.ndarray) -> np.ndarray:
        return 0.5 * (signs @ (t + radius)) - self.problem.y


class _System:
    """The matrix of a step, factored as the sizes ask for."""

    def __init__(
        self,
        x: np.ndarray,
        slopes: Float[np.ndarray, "m n"],
        curved: Float[np.ndarray, "m n"],
        unit: Float[np.ndarray, "m d"],
        bend: Float[np.ndarray, " m"],
    ) -> None:
        d = x.shape[1]
        outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        self.x, self.slopes = x, slopes
        radial = unit[:, :, None] * unit[:, None, :]
        self.blocks = (curved @ outer).reshape(-1, d, d) + bend[:, None, None] * (
            np.eye(d) - radial
        )
        extra = _RADIAL * bend[:, None, None] * radial
        # Rounding must not undo what the decay makes definite.
        extra += 1e-12 * np.trace(self.blocks, axis1=1, axis2=2)[:, None, None] * np.eye(d)
        self.firm = self.blocks + extra

    def solve(
        self, right: Float[np.ndarray, "m d"], gone: np.ndarray, u: Float[np.ndarray, "m d"]
    ) -> Float[np.ndarray, "m d"]:
        """The step; that of neurons that are gone is -u."""
        p = np.where(gone[:, None], -u, 0.0)
        stay = ~gone
        if not stay.any():
            return p
        wanted = right[stay] - self._down(self._up(p, slice(None)), stay)
        inverse = self._factored(stay)
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
            root = np.linalg.cholesky(firm)
            inner = np.linalg.solve(root, np.broadcast_to(self.x.T, (m, d, n)))
            inner = (inner * slopes[:, None, :]).reshape(m * d, n)
            small = inner.T @ inner
            small[np.diag_indices(n)] += 1.0
            factor = cho_factor(small, check_finite=False)

            def by_samples(v: np.ndarray) -> np.ndarray:
                half = np.linalg.solve(root, v[..., None])[..., 0].reshape(-1)
                half = half - inner @ cho_solve(factor, inner.T @ half, check_finite=False)
                full = np.linalg.solve(root.transpose(0, 2, 1), half.reshape(m, d, 1))
                return np.asarray(full[..., 0])

            return by_samples
        j = (slopes[:, None, :] * self.x.T[None]).reshape(m * d, n)
        whole = j @ j.T
        for k in range(m):
            whole[k * d : (k + 1) * d, k * d : (k + 1) * d] += firm[k]
        factor = cho_factor(whole, check_finite=False)

        def direct(v: np.ndarray) -> np.ndarray:
            return np.asarray(cho_solve(factor, v.reshape(-1), check_finite=False)).reshape(m, d)

        return direct

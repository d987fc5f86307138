"""The network's program on given patterns, by a primal-dual interior point method.

With |u_j| <= t_j and slacks s_j = E_j X u_j >= 0 of every block j (a pattern and a sign), and
duals (kappa_j, q_j) of the cone of t_j and mu_j of the slacks, a step solves

    (F'L F + blockdiag(B_j)) du = r,
    B_j = X' diag(mu_j / s_j) X + (I - 2 w w' / (2 w_0^2 - 1)) / eta^2,

L the curvatures of the loss, (w_0, w) and eta those of the scaling of Nesterov & Todd (1997,
Math. Oper. Res. 22) at block j, t_j eliminated; Mehrotra's predictor and corrector share the
matrix. It is factored as the cheaper of F'L F + B itself and, by Woodbury's identity,

    I + C C',    C = L^1/2 (D_p X M_p)_p,    M_p M_p' = sum of B_j^-1 over both blocks of p.

Blocks stay inside their cones, so every iterate is a network, and any mu >= 0 gives the bound.
Most blocks end at zero: those that look like it are left out on the way, and at the end each is
priced, |X'D z + X'E mu| lowered one multiplier at a time from those that it had; those that stay
above beta come back. The first blocks are along the analytic centres of their cones.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final, no_type_check

import numpy as np
from jaxtyping import Float
from numba import njit
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.blas import dsyrk

from understudy.convex.admm import patterns_of
from understudy.convex.network import ReluNetwork
from understudy.convex.patterns import Patterns
from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution, dual_value

__all__ = ["InteriorPoint"]

_FIRM, _SPARE = 1e-15, 0.1
_EXACT, _REFINEMENTS = 1e-13, 8
"""Residual of a step's system, relative; most steps towards it."""
_UNDER, _SWEEPS, _STALLED = 1 - 1e-9, 1000, 6
"""Share of beta that is low enough for a block; most sweeps over its multipliers; steps without a
better gap after which they are sought."""
_STEP, _LEAVE, _QUIET = 0.99, 0.1, 0.9
"""Share of the way to the border; relative gap below which blocks may be left out, and the share
of beta that the duals of those stay below."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class InteriorPoint:
    """Settings.

    Attributes:
        patterns: that neurons may have; None: `count` of random directions.
        count: of them.
        seed: of the directions.
        tolerance: gap at which it stops.
        iterations: most steps.
    """

    patterns: Patterns | None = None
    count: int = 50
    seed: int = 0
    tolerance: float = 1e-6
    iterations: int = 200

    def __post_init__(self) -> None:
        if min(self.count, self.iterations) < 1:
            raise ValueError(
                f"count, iterations: expected at least 1, got {self.count}, {self.iterations}"
            )
        if not self.tolerance > 0:
            raise ValueError(f"tolerance: expected more than 0, got {self.tolerance:g}")

    def solve(self, problem: ReluProblem) -> Solution:
        """The best network of the patterns, to the tolerance.

        Raises:
            ValueError: patterns of other samples, or more than there are; the loss is not smooth.
        """
        if not problem.loss.smooth:
            raise ValueError(
                f"loss: expected a smooth one, got {type(problem.loss).__name__}, which ADMM takes"
            )
        own = patterns_of(problem, self.patterns, self.count, self.seed)
        cones = _Cones(problem, own)
        blocks = _Blocks.start(cones)
        history: list[tuple[float, float]] = []
        bound, dual = 0.0, problem.residual(np.zeros(len(problem.y)))
        best = (np.inf, blocks.network(cones))
        known = blocks.mu.copy()
        whole, done, step, since = True, False, 0, 0
        nearest: tuple[float, np.ndarray, _Blocks] | None = None
        while step < self.iterations:
            network = blocks.network(cones)
            value = network.value(problem)
            if value < best[0]:
                best = value, network
            z = problem.residual(cones.said(blocks.u, blocks.index))
            low = dual_value(problem, z, blocks.greatest(cones, z))
            gap = (value - low) / value if value > 0 else 0.0
            if whole and low > bound:
                bound, dual = low, z
            since += 1
            if nearest is None or gap < nearest[0]:
                nearest, since = (gap, z, blocks), 0
            history.append((best[0], bound))
            if whole and gap <= self.tolerance:
                done = True
                break
            if gap <= self.tolerance or since >= _STALLED:
                # Rounding may spoil multipliers of iterates whose residual is good.
                _, z, blocks = nearest
                known[blocks.index] = blocks.mu
                norms = cones.priced(z, problem.beta, known)
                low = dual_value(problem, z, float(norms.max()))
                if low > bound:
                    bound, dual = low, z
                    history[-1] = (best[0], bound)
                done = bool(best[0] - bound <= self.tolerance * best[0])
                missing = np.setdiff1d(np.flatnonzero(norms > problem.beta), blocks.index)
                if done or not len(missing):
                    break
                blocks = blocks.joined(cones, missing)
                nearest, since = None, 0
            elif whole and gap < _LEAVE:
                known[blocks.index] = blocks.mu
                fewer = blocks.fewer(cones, problem.beta)
                if len(fewer.index) < len(blocks.index):
                    whole, nearest, blocks = False, None, fewer
            # Complementarity far below what the gap needs costs the digits that the bound needs.
            blocks = blocks.stepped(cones, _SPARE * self.tolerance * best[0])
            step += 1
        return Solution(
            network=best[1], value=best[0], lower_bound=bound, certified="sampled", dual=dual,
            converged=done, iterations=step, violation=0.0, history=np.array(history),
        )  # fmt: skip


class _Cones:
    """What does not change: samples, patterns, products of columns."""

    def __init__(self, problem: ReluProblem, patterns: Patterns) -> None:
        self.problem, self.x = problem, problem.x
        self.seen = patterns.seen.T.astype(float)
        self.turned = 2 * self.seen - 1
        self.count = len(self.seen)
        d = self.x.shape[1]
        self.row, self.column = np.tril_indices(d)
        self.outer = self.x[:, self.row] * self.x[:, self.column]
        self.centre = self._centres(patterns.directions)

    def bent(self, weights: Float[np.ndarray, "m n"]) -> Float[np.ndarray, "m d d"]:
        """X' diag(weights) X of each row."""
        d = self.x.shape[1]
        full = np.empty((len(weights), d, d))
        full[:, self.row, self.column] = full[:, self.column, self.row] = weights @ self.outer
        return full

    def _centres(self, u: Float[np.ndarray, "P d"]) -> Float[np.ndarray, "P d"]:
        """Unit vectors along the u of least n |u|^2 / 2 - sum log(E X u), by damped steps."""
        n, d = self.x.shape
        u = u.copy()
        for _ in range(30):
            s = self.turned * (u @ self.x.T)
            matrix = self.bent(1 / s**2) + n * np.eye(d)
            gradient = n * u - (self.turned / s) @ self.x
            step = -np.linalg.solve(matrix, gradient[..., None])[..., 0]
            decrement = np.sqrt(np.maximum(-(step * gradient).sum(axis=1), 0.0))
            if decrement.max() < 0.1:
                break
            share = np.where(decrement > 0.25, 1 / (1 + decrement), 1.0)
            u = u + share[:, None] * step
        return u / np.linalg.norm(u, axis=1, keepdims=True)

    def said(self, u: np.ndarray, index: np.ndarray) -> Float[np.ndarray, " n"]:
        """F u."""
        signs = np.where(index < self.count, 1.0, -1.0)[:, None]
        return (self.seen[index % self.count] * (signs * u @ self.x.T)).sum(axis=0)

    def spread(self, z: np.ndarray, index: np.ndarray) -> Float[np.ndarray, "m d"]:
        """F'z."""
        signs = np.where(index < self.count, 1.0, -1.0)[:, None]
        return signs * ((self.seen[index % self.count] * z) @ self.x)

    def priced(
        self, z: np.ndarray, beta: float, known: Float[np.ndarray, "b n"]
    ) -> Float[np.ndarray, " b"]:
        """A bound of |F'z + X'E mu| of each block; multipliers are left better than they were."""
        every = np.arange(2 * self.count)
        sums = self.spread(z, every)
        norms = _lowered(
            self.x, self.turned, every % self.count, every, sums, known, beta * _UNDER, _SWEEPS
        )
        slack = 1e-14 * float(np.abs(z).sum() + known.sum(axis=1).max()) * np.abs(self.x).max()
        return norms + float(slack)


@njit(cache=True)
@no_type_check
def _lowered(x, turned, pattern, outside, sums, known, enough, sweeps):
    """|F'z + X'E mu| of each block, lowered one multiplier at a time until it is enough."""
    n, d = x.shape
    norms = np.empty(len(outside))
    squares = np.empty(n)
    for k in range(n):
        squares[k] = 0.0
        for i in range(d):
            squares[k] += x[k, i] * x[k, i]
    for b in range(len(outside)):
        sign, mu, left = turned[pattern[b]], known[outside[b]], sums[b].copy()
        for k in range(n):
            if mu[k] > 0.0:
                for i in range(d):
                    left[i] += sign[k] * mu[k] * x[k, i]
        size = np.sqrt((left * left).sum())
        for _ in range(sweeps):
            if size <= enough:
                break
            before = size
            for k in range(n):
                along = 0.0
                for i in range(d):
                    along += x[k, i] * left[i]
                step = max(-mu[k], -sign[k] * along / squares[k])
                if step != 0.0:
                    mu[k] += step
                    for i in range(d):
                        left[i] += sign[k] * step * x[k, i]
            size = np.sqrt((left * left).sum())
            if before - size < 1e-10 * size:
                break
        norms[b] = size
    return norms


@dataclass(eq=False)
class _Blocks:
    """An iterate; `index` is the pattern, plus their number for those of sign -1."""

    index: np.ndarray
    u: Float[np.ndarray, "m d"]
    t: Float[np.ndarray, " m"]
    q: Float[np.ndarray, "m d"]
    mu: Float[np.ndarray, "m n"]

    @classmethod
    def start(cls, cones: _Cones) -> "_Blocks":
        """Both signs of all patterns, so that they cancel."""
        index = np.arange(2 * cones.count)
        problem = cones.problem
        z = problem.residual(np.zeros(len(problem.y)))
        size = problem.loss.value(np.zeros(len(z)), problem.y) / (4 * problem.beta * len(index))
        return cls.along(cones, index, size)

    @classmethod
    def along(cls, cones: _Cones, index: np.ndarray, size: float) -> "_Blocks":
        """Blocks of a size along the centres."""
        n = len(cones.x)
        u = size * cones.centre[index % cones.count]
        s = cones.turned[index % cones.count] * (u @ cones.x.T)
        level = cones.problem.beta * size
        return cls(
            index=index, u=u, t=np.full(len(index), 2 * size), q=np.zeros_like(u),
            mu=level / (2 * n) / s,
        )  # fmt: skip

    def slacks(self, cones: _Cones) -> Float[np.ndarray, "m n"]:
        """E X u."""
        return cones.turned[self.index % cones.count] * (self.u @ cones.x.T)

    def network(self, cones: _Cones) -> ReluNetwork:
        """All blocks as neurons, but those of no size."""
        size = np.linalg.norm(self.u, axis=1)
        there = size > 1e-12 * max(float(size.max(initial=0.0)), 1e-300)
        signs = np.where(self.index < cones.count, 1.0, -1.0)
        return ReluNetwork(neurons=self.u[there], signs=signs[there])

    def sums(self, cones: _Cones, z: np.ndarray) -> Float[np.ndarray, "m d"]:
        """F'z + X'E mu."""
        back = (cones.turned[self.index % cones.count] * self.mu) @ cones.x
        return cones.spread(z, self.index) + back

    def greatest(self, cones: _Cones, z: np.ndarray) -> float:
        """A bound of |z' relu(X u)| over unit vectors in the cones of these blocks."""
        slack = 1e-14 * float(np.abs(z).sum() + self.mu.sum(axis=1).max()) * np.abs(cones.x).max()
        return float(np.linalg.norm(self.sums(cones, z), axis=1).max()) + float(slack)

    def fewer(self, cones: _Cones, beta: float) -> "_Blocks":
        """Without those that look as if they would vanish."""
        z = cones.problem.residual(cones.said(self.u, self.index))
        size = np.linalg.norm(self.u, axis=1)
        quiet = np.linalg.norm(self.sums(cones, z), axis=1) < _QUIET * beta
        stay = ~(quiet & (size < 0.1 * size.max()))
        return self if not stay.any() else self._some(stay)

    def _some(self, stay: np.ndarray) -> "_Blocks":
        return _Blocks(
            index=self.index[stay], u=self.u[stay], t=self.t[stay], q=self.q[stay],
            mu=self.mu[stay],
        )  # fmt: skip

    def joined(self, cones: _Cones, more: np.ndarray) -> "_Blocks":
        """With blocks that were left out, all of them pushed away from the border."""
        size = np.linalg.norm(self.u, axis=1)
        new = _Blocks.along(cones, more, 1e-2 * float(size.mean()))
        level = 1e-3 * cones.problem.beta * float(size.mean())
        s = self.slacks(cones)
        mu = np.maximum(self.mu, level / (2 * s.shape[1]) / s)
        q = self.q * min(1.0, 0.999)
        t = np.maximum(self.t, size + level / cones.problem.beta)
        return _Blocks(
            index=np.concatenate([self.index, new.index]), u=np.concatenate([self.u, new.u]),
            t=np.concatenate([t, new.t]), q=np.concatenate([q, new.q]),
            mu=np.concatenate([mu, new.mu]),
        )  # fmt: skip

    def stepped(self, cones: _Cones, least: float) -> "_Blocks":
        """Predictor and corrector, towards a complementarity that is at least that in all."""
        problem, x = cones.problem, cones.x
        m = len(self.index)
        pattern = self.index % cones.count
        turned = cones.turned[pattern]
        s = turned * (self.u @ x.T)
        f = cones.said(self.u, self.index)
        left = cones.spread(problem.loss.slope(f, problem.y), self.index)
        left = left - self.q - (turned * self.mu) @ x
        scaling = _Scaling.of(self.t, self.u, problem.beta, self.q)
        ratio = self.mu / s
        reduced, curvature = scaling.reduced(), problem.loss.curvature(f, problem.y)
        matrix = cones.bent(ratio) + reduced
        # Rounding must not undo what the cones make definite; the solution is refined without it.
        trace = np.trace(matrix, axis1=1, axis2=2)
        matrix = matrix + _FIRM * trace[:, None, None] * np.eye(x.shape[1])
        near = _factored(cones, self.index, matrix, curvature)

        def times(p: np.ndarray) -> np.ndarray:
            own = np.einsum("jde,je->jd", reduced, p) + (ratio * (p @ x.T)) @ x
            return own + cones.spread(curvature * cones.said(p, self.index), self.index)

        def solve(v: np.ndarray) -> np.ndarray:
            return _refined(times, near, v)

        total = float((self.mu * s).sum() + problem.beta * self.t.sum() + (self.q * self.u).sum())
        level = total / (m * (s.shape[1] + 1))

        def moved(cone: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, ...]:
            """From the right sides of the cones and of the slacks."""
            h00, h01, h11 = scaling.h00, scaling.h01, scaling.h11
            rest = -left + (turned * line) @ x
            rest = rest + cone[:, 1:] - h01 * (cone[:, 0] / h00)[:, None]
            du = solve(rest)
            ds = turned * (du @ x.T)
            dt = (cone[:, 0] - (h01 * du).sum(axis=1)) / h00
            dq = cone[:, 1:] - h01 * dt[:, None] - np.einsum("jde,je->jd", h11, du)
            return du, dt, dq, ds, line - ratio * ds

        z = np.concatenate([np.full((m, 1), problem.beta), self.q], axis=1)
        du, dt, dq, ds, dmu = moved(-z, -self.mu)
        share = min(
            _room(self.t, self.u, dt, du), _room(problem.beta, self.q, 0.0, dq),
            _line(s, ds), _line(self.mu, dmu),
        )  # fmt: skip
        ahead = float(((self.mu + share * dmu) * (s + share * ds)).sum())
        ahead += float((problem.beta * (self.t + share * dt)).sum())
        ahead += float(((self.q + share * dq) * (self.u + share * du)).sum())
        centring = max(min(1.0, max(ahead / total, 0.0)) ** 3, min(least / total, 1.0))
        both = np.concatenate([dt[:, None], du], axis=1)
        dual = np.concatenate([np.zeros((m, 1)), dq], axis=1)
        right = -_product(scaling.back(both), scaling.forth(dual))
        right[:, 0] += centring * level
        cone = -z + scaling.back(scaling.divided(right))
        line = -self.mu + (centring * level - ds * dmu) / s
        du, dt, dq, ds, dmu = moved(cone, line)
        share = min(
            1.0,
            _STEP * min(
                _room(self.t, self.u, dt, du), _room(problem.beta, self.q, 0.0, dq),
                _line(s, ds), _line(self.mu, dmu), 1e3,
            ),
        )  # fmt: skip
        return _Blocks(
            index=self.index, u=self.u + share * du, t=self.t + share * dt,
            q=self.q + share * dq, mu=self.mu + share * dmu,
        )  # fmt: skip


@dataclass(eq=False)
class _Scaling:
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
    def of(cls, t: np.ndarray, u: np.ndarray, kappa: float, q: np.ndarray) -> "_Scaling":
        """At a primal and a dual point inside the cone."""
        primal = np.sqrt(_determinant(t, u))
        dual = np.sqrt(_determinant(np.full(len(t), kappa), q))
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
        determinant = _determinant(l0, rest)
        first = (l0 * v[:, 0] - (rest * v[:, 1:]).sum(axis=1)) / determinant
        return np.concatenate(
            [first[:, None], (v[:, 1:] - first[:, None] * rest) / l0[:, None]], axis=1
        )


def _product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    first = (a * b).sum(axis=1, keepdims=True)
    return np.concatenate([first, a[:, :1] * b[:, 1:] + b[:, :1] * a[:, 1:]], axis=1)


def _determinant(t: np.ndarray, u: np.ndarray) -> np.ndarray:
    size = np.linalg.norm(u, axis=1)
    # What rounding leaves of a point at the border is still inside.
    return np.maximum((t - size) * (t + size), 1e-15 * t * t)


def _line(a: np.ndarray, da: np.ndarray) -> float:
    """The longest step at which no entry of a is negative."""
    down = da < 0
    return float((a[down] / -da[down]).min(initial=np.inf))


def _room(t: np.ndarray | float, u: np.ndarray, dt: np.ndarray | float, du: np.ndarray) -> float:
    """The longest step at which all |u| <= t."""
    a = np.asarray(dt**2 - (du**2).sum(axis=1))
    b = t * dt - (u * du).sum(axis=1)
    c = _determinant(np.broadcast_to(t, len(u)), u)
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    down = (b < 0) & (b * b >= a * c) | (a < 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(down, c / (root - b), np.inf)
    return float(step[step > 0].min(initial=np.inf))


def _refined(
    times: Callable[[np.ndarray], np.ndarray],
    near: Callable[[np.ndarray], np.ndarray],
    right: np.ndarray,
) -> np.ndarray:
    """A p = r by conjugate gradients, with a factor that is nearly that of A."""
    p = near(right)
    left = right - times(p)
    enough, size = _EXACT * float(np.linalg.norm(right)), float(np.linalg.norm(left))
    direction, before = np.zeros_like(p), 1.0
    for _ in range(_REFINEMENTS):
        if size <= enough:
            break
        z = near(left)
        now = float((z * left).sum())
        direction = z + now / before * direction
        ahead = times(direction)
        curve = float((direction * ahead).sum())
        if not (now > 0 and curve > 0):
            break
        step = now / curve
        moved, rest = p + step * direction, left - step * ahead
        p, left, before = moved, rest, now
        size = float(np.linalg.norm(left))
    return p


def _factored(
    cones: _Cones, index: np.ndarray, blocks: np.ndarray, curvature: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Nearly the solution of the step's system for a right side."""
    n, d = cones.x.shape
    m = len(index)
    root = np.sqrt(curvature)
    signs = np.where(index < cones.count, 1.0, -1.0)
    pattern = index % cones.count
    kinds, place = np.unique(pattern, return_inverse=True)
    if (m * d) ** 3 / 3 + (m * d) ** 2 * n < n**2 * len(kinds) * d + n**3 / 3:
        j = signs[:, None, None] * (cones.seen[pattern] * root)[:, None, :] * cones.x.T[None]
        whole = dsyrk(1.0, j.reshape(m * d, n).T, trans=1, lower=1)
        for k in range(m):
            whole[k * d : (k + 1) * d, k * d : (k + 1) * d] += blocks[k]
        factor = cho_factor(whole, lower=True, overwrite_a=True, check_finite=False)
        return lambda v: cho_solve(factor, v.reshape(-1), check_finite=False).reshape(m, d)
    inverse = np.linalg.inv(blocks)
    sums = np.zeros((len(kinds), d, d))
    np.add.at(sums, place, inverse)
    half = np.linalg.cholesky(0.5 * (sums + sums.transpose(0, 2, 1)))
    c = np.matmul(half.transpose(0, 2, 1), cones.x.T[None])
    c *= (cones.seen[kinds] * root)[:, None, :]
    small = dsyrk(1.0, c.reshape(-1, n).T, lower=1)
    small[np.diag_indices(n)] += 1.0
    factor = cho_factor(small, lower=True, overwrite_a=True, check_finite=False)

    def once(v: np.ndarray) -> np.ndarray:
        first = np.einsum("jde,je->jd", inverse, v)
        inner = root * cho_solve(factor, root * cones.said(first, index), check_finite=False)
        return first - np.einsum("jde,je->jd", inverse, cones.spread(inner, index))

    return once

"""The network's program on given patterns, by a primal-dual interior point method.

With |u_j| <= t_j and slacks s_j = E_j X u_j >= 0 of every block j (a pattern and a sign), and
duals (kappa_j, q_j) of the cone of t_j and mu_j of the slacks, a step solves

    (F'L F + blockdiag(B_j)) du = r,
    B_j = X' diag(mu_j / s_j) X + (I - 2 w w' / (2 w_0^2 - 1)) / eta^2,

L the curvatures of the loss, (w_0, w) and eta those of the scaling of Nesterov & Todd at block j
(`second_order_cone`), t_j eliminated; Mehrotra's predictor and corrector share the matrix
(`step_system`).

Blocks stay inside their cones, so every iterate is a network, and any mu >= 0 gives the bound.
Most blocks end at zero: those that look like it are left out on the way, and at the end each is
priced, |X'D z + X'E mu| lowered one multiplier at a time from those that it had; those that stay
above beta come back. The first blocks are along the analytic centres of their cones.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.convex.admm import patterns_of
from understudy.convex.cones import Cones
from understudy.convex.network import ReluNetwork
from understudy.convex.patterns import Patterns
from understudy.convex.problem import ReluProblem
from understudy.convex.second_order_cone import Scaling, product, room_of_cones, room_of_lines
from understudy.convex.solution import Solution, dual_value
from understudy.convex.step_system import factored, refined

__all__ = ["InteriorPoint"]

_FIRM, _SPARE = 1e-15, 0.1
"""Share of a block's trace that keeps it definite in rounding; share of the tolerance that all
complementarity together keeps."""
_STALLED = 6
"""Steps without a better gap after which multipliers are sought anew."""
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
        problem.need_slopes()
        own = patterns_of(problem, self.patterns, self.count, self.seed)
        cones = Cones(problem, own)
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


@dataclass(eq=False)
class _Blocks:
    """An iterate; `index` is the pattern, plus their number for those of sign -1."""

    index: np.ndarray
    u: Float[np.ndarray, "m d"]
    t: Float[np.ndarray, " m"]
    q: Float[np.ndarray, "m d"]
    mu: Float[np.ndarray, "m n"]

    @classmethod
    def start(cls, cones: Cones) -> "_Blocks":
        """Both signs of all patterns, so that they cancel."""
        index = np.arange(2 * cones.count)
        problem = cones.problem
        z = problem.residual(np.zeros(len(problem.y)))
        size = problem.loss.value(np.zeros(len(z)), problem.y) / (4 * problem.beta * len(index))
        return cls.along(cones, index, size)

    @classmethod
    def along(cls, cones: Cones, index: np.ndarray, size: float) -> "_Blocks":
        """Blocks of a size along the centres."""
        n = len(cones.x)
        u = size * cones.centre[index % cones.count]
        s = cones.turned[index % cones.count] * (u @ cones.x.T)
        level = cones.problem.beta * size
        return cls(
            index=index, u=u, t=np.full(len(index), 2 * size), q=np.zeros_like(u),
            mu=level / (2 * n) / s,
        )  # fmt: skip

    def slacks(self, cones: Cones) -> Float[np.ndarray, "m n"]:
        """E X u."""
        return cones.turned[self.index % cones.count] * (self.u @ cones.x.T)

    def network(self, cones: Cones) -> ReluNetwork:
        """All blocks as neurons, but those of no size."""
        size = np.linalg.norm(self.u, axis=1)
        there = size > 1e-12 * max(float(size.max(initial=0.0)), 1e-300)
        signs = np.where(self.index < cones.count, 1.0, -1.0)
        return ReluNetwork(neurons=self.u[there], signs=signs[there])

    def sums(self, cones: Cones, z: np.ndarray) -> Float[np.ndarray, "m d"]:
        """F'z + X'E mu."""
        back = (cones.turned[self.index % cones.count] * self.mu) @ cones.x
        return cones.spread(z, self.index) + back

    def greatest(self, cones: Cones, z: np.ndarray) -> float:
        """A bound of |z' relu(X u)| over unit vectors in the cones of these blocks."""
        slack = 1e-14 * float(np.abs(z).sum() + self.mu.sum(axis=1).max()) * np.abs(cones.x).max()
        return float(np.linalg.norm(self.sums(cones, z), axis=1).max()) + float(slack)

    def fewer(self, cones: Cones, beta: float) -> "_Blocks":
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

    def joined(self, cones: Cones, more: np.ndarray) -> "_Blocks":
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

    def stepped(self, cones: Cones, least: float) -> "_Blocks":
        """Predictor and corrector, towards a complementarity that is at least that in all."""
        problem, x = cones.problem, cones.x
        m = len(self.index)
        pattern = self.index % cones.count
        turned = cones.turned[pattern]
        s = turned * (self.u @ x.T)
        f = cones.said(self.u, self.index)
        left = cones.spread(problem.loss.slope(f, problem.y), self.index)
        left = left - self.q - (turned * self.mu) @ x
        scaling = Scaling.of(self.t, self.u, problem.beta, self.q)
        ratio = self.mu / s
        reduced, curvature = scaling.reduced(), problem.loss.curvature(f, problem.y)
        matrix = cones.bent(ratio) + reduced
        # Rounding must not undo what the cones make definite; the solution is refined without it.
        trace = np.trace(matrix, axis1=1, axis2=2)
        matrix = matrix + _FIRM * trace[:, None, None] * np.eye(x.shape[1])
        near = factored(cones, self.index, matrix, curvature)

        def times(p: np.ndarray) -> np.ndarray:
            own = np.einsum("jde,je->jd", reduced, p) + (ratio * (p @ x.T)) @ x
            return own + cones.spread(curvature * cones.said(p, self.index), self.index)

        def solve(v: np.ndarray) -> np.ndarray:
            return refined(times, near, v)

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
            room_of_cones(self.t, self.u, dt, du), room_of_cones(problem.beta, self.q, 0.0, dq),
            room_of_lines(s, ds), room_of_lines(self.mu, dmu),
        )  # fmt: skip
        ahead = float(((self.mu + share * dmu) * (s + share * ds)).sum())
        ahead += float((problem.beta * (self.t + share * dt)).sum())
        ahead += float(((self.q + share * dq) * (self.u + share * du)).sum())
        centring = max(min(1.0, max(ahead / total, 0.0)) ** 3, min(least / total, 1.0))
        both = np.concatenate([dt[:, None], du], axis=1)
        dual = np.concatenate([np.zeros((m, 1)), dq], axis=1)
        right = -product(scaling.back(both), scaling.forth(dual))
        right[:, 0] += centring * level
        cone = -z + scaling.back(scaling.divided(right))
        line = -self.mu + (centring * level - ds * dmu) / s
        du, dt, dq, ds, dmu = moved(cone, line)
        share = min(
            1.0,
            _STEP * min(
                room_of_cones(self.t, self.u, dt, du),
                room_of_cones(problem.beta, self.q, 0.0, dq),
                room_of_lines(s, ds), room_of_lines(self.mu, dmu), 1e3,
            ),
        )  # fmt: skip
        return _Blocks(
            index=self.index, u=self.u + share * du, t=self.t + share * dt,
            q=self.q + share * dq, mu=self.mu + share * dmu,
        )  # fmt: skip

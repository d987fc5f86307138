"""The network's program on given patterns, by alternating directions.

With D_i = diag(1[X g_i >= 0]), E_i = 2 D_i - I and the cone K_i = {u: E_i X u >= 0},

    min over v_i, w_i in K_i   1/2 |sum_i D_i X (v_i - w_i) - y|^2 + beta sum_i (|v_i| + |w_i|)

is the best network whose neurons have these patterns (Pilanci & Ergen 2020). The splitting u = v,
G u = s with G = (E_i X) (Bai, Gautam & Sojoudi 2023, arXiv 2201.01965, algorithm 1) has the step

    (I + F'F / rho + G'G) u = F'y / rho + v - l + G'(s - nu),     F = (D_i X, -D_i X).

G'G is X'X in every block, so with C = I + X'X and Woodbury's identity one matrix of n by n is
left,

    rho I + 2 (X C^-1 X') o (D D'),

factorised once for each rho, instead of one of 2 d P by 2 d P. A loss that is not squared is
split off as well, F u = p with the step p = prox of the loss; the matrix is then that of rho = 1.
Multipliers of the cones give the bound; blocks that leave their cones a little are moved along a
direction inside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.linalg import cho_factor, cho_solve

from understudy.convex.losses import Squared
from understudy.convex.network import ReluNetwork
from understudy.convex.patterns import Patterns, sampled_patterns
from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution, dual_value

__all__ = ["ADMM", "Splitting", "alternated", "patterns_of"]

_OVER_BETA, _OTHERS = 1000.0, 0.1
"""First penalty over beta, of the squared loss; that of others."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ADMM:
    """Settings.

    Attributes:
        patterns: that neurons may have; None: `count` of random directions.
        count: of them.
        seed: of the directions.
        rho: first penalty of the splitting; None: a thousand times beta for the squared loss,
            else 0.1. Too small a one is not mended in thousands of steps.
        relaxation: of the steps, in [1, 2).
        tolerance: gap at which it stops.
        iterations: most of them.
        every: iterations between two looks at the gap, at which rho may change.
    """

    patterns: Patterns | None = None
    count: int = 50
    seed: int = 0
    rho: float | None = None
    relaxation: float = 1.6
    tolerance: float = 1e-3
    iterations: int = 5000
    every: int = 50

    def __post_init__(self) -> None:
        if min(self.count, self.iterations, self.every) < 1:
            raise ValueError(
                f"count, iterations, every: expected at least 1, got {self.count}, "
                f"{self.iterations}, {self.every}"
            )
        if (self.rho is not None and not self.rho > 0) or not 1 <= self.relaxation < 2:
            raise ValueError(
                f"rho, relaxation: expected more than 0 and in [1, 2), got {self.rho}, "
                f"{self.relaxation:g}"
            )

    def solve(self, problem: ReluProblem) -> Solution:
        """The best network of the patterns, to the tolerance.

        Raises:
            ValueError: patterns of other samples, or more than there are.
        """
        own = patterns_of(problem, self.patterns, self.count, self.seed)
        usual = _OVER_BETA * problem.beta if isinstance(problem.loss, Squared) else _OTHERS
        state = Splitting(problem, own, self.rho or usual, self.relaxation)
        return alternated(state, self.tolerance, self.iterations, self.every)


def patterns_of(problem: ReluProblem, given: Patterns | None, count: int, seed: int) -> Patterns:
    """Those given, or of random directions.

    Raises:
        ValueError: patterns of other samples, or more than there are.
    """
    own = given or sampled_patterns(problem.x, count, np.random.default_rng(seed))
    if len(own.seen) != len(problem.x):
        raise ValueError(f"patterns: expected of {len(problem.x)} samples, got of {len(own.seen)}")
    return own


def alternated(state: "Splitting", tolerance: float, iterations: int, every: int) -> Solution:
    """Steps until the gap is small, with a look at it now and then."""
    problem = state.problem
    history: list[tuple[float, float]] = []
    best: tuple[float, ReluNetwork] | None = None
    bound, dual, done, violation = 0.0, np.zeros(len(problem.y)), False, 0.0
    step = 0
    while step < iterations and not done:
        for _ in range(min(every, iterations - step)):
            state.step()
            step += 1
        network, violation = state.network()
        z = state.dual(network)
        value = network.value(problem)
        low = dual_value(problem, z, state.greatest(z))
        if best is None or value < best[0]:
            best = value, network
        if low > bound:
            bound, dual = low, z
        history.append((best[0], bound))
        done = bool(best[0] - bound <= tolerance * best[0])
        state.balance()
    if best is None:
        raise RuntimeError("iterations: expected at least one look at the gap")
    return Solution(
        network=best[1], value=best[0], lower_bound=bound, certified="sampled", dual=dual,
        converged=done, iterations=step, violation=violation, history=np.array(history),
    )  # fmt: skip


@final
class Splitting:
    """Iterates; the first axis of blocks is their sign."""

    def __init__(
        self,
        problem: ReluProblem,
        patterns: Patterns,
        rho: float,
        relaxation: float,
        joint: "Joint | None" = None,
    ) -> None:
        self.joint = joint or _exact
        self.problem, self.patterns, self.relaxation = problem, patterns, relaxation
        self.x, self.seen = problem.x, patterns.seen.astype(float)
        self.turned = 2 * self.seen - 1
        n, d = self.x.shape
        count = self.seen.shape[1]
        self.core = cho_factor(np.eye(d) + self.x.T @ self.x)
        inner = self.x @ cho_solve(self.core, self.x.T)
        self.coupled = 2 * inner * (self.seen @ self.seen.T)
        self.u, self.v, self.scaled = (np.zeros((2, count, d)) for _ in range(3))
        self.s, self.multiplier = (np.zeros((2, n, count)) for _ in range(2))
        self.said, self.push = np.zeros(n), np.zeros(n)
        self.plain = isinstance(problem.loss, Squared)
        self.moved = np.zeros(2)
        self._factorise(rho)

    def _factorise(self, rho: float) -> None:
        self.rho = rho
        diagonal = rho if self.plain else 1.0
        self.factor = cho_factor(diagonal * np.eye(len(self.x)) + self.coupled)

    def spread(self, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, "2 P d"]:
        """F'z."""
        own = (self.seen * z[:, None]).T @ self.x
        return np.stack([own, -own])

    def said_by(self, blocks: Float[np.ndarray, "2 P d"]) -> Float[np.ndarray, " n"]:
        """F u."""
        return (self.seen * (self.x @ (blocks[0] - blocks[1]).T)).sum(axis=1)

    def _cones(self, blocks: Float[np.ndarray, "2 P d"]) -> Float[np.ndarray, "2 n P"]:
        """G u."""
        return self.turned * (self.x @ blocks.transpose(0, 2, 1))

    def _back(self, s: Float[np.ndarray, "2 n P"]) -> Float[np.ndarray, "2 P d"]:
        """G's."""
        return (self.turned * s).transpose(0, 2, 1) @ self.x

    def solved(self, blocks: np.ndarray) -> np.ndarray:
        """C^-1 in every block."""
        flat = blocks.reshape(-1, blocks.shape[2])
        return cho_solve(self.core, flat.T).T.reshape(blocks.shape)

    def step(self) -> None:
        """One iteration."""
        goal = self.problem.y / self.rho if self.plain else self.said - self.push
        self.u = self.joint(
            self,
            self.spread(goal) + self.v - self.scaled + self._back(self.s - self.multiplier),
        )
        a = self.relaxation
        if not self.plain:
            said = a * self.said_by(self.u) + (1 - a) * self.said
            self.said = self.problem.loss.prox(said + self.push, self.problem.y, self.rho)
            self.push = self.push + said - self.said
        u, cones = a * self.u + (1 - a) * self.v, a * self._cones(self.u) + (1 - a) * self.s
        before_v, before_s = self.v, self.s
        v = u + self.scaled
        norm = np.linalg.norm(v, axis=2, keepdims=True)
        shrink = 1 - self.problem.beta / self.rho / np.maximum(norm, 1e-300)
        self.v = np.maximum(shrink, 0.0) * v
        self.s = np.maximum(cones + self.multiplier, 0.0)
        self.scaled = self.scaled + u - self.v
        self.multiplier = self.multiplier + cones - self.s
        primal = np.linalg.norm(self.u - self.v) + np.linalg.norm(self._cones(self.u) - self.s)
        dual = np.linalg.norm(self.v - before_v) + np.linalg.norm(self.s - before_s)
        self.moved = np.array([primal, self.rho * dual])

    def balance(self) -> None:
        """Bring both residuals to one size (Boyd et al. 2011, eq. 3.13)."""
        primal, dual = self.moved
        if primal > 10 * dual or dual > 10 * primal:
            factor = 2.0 if primal > dual else 0.5
            self.scaled, self.multiplier = self.scaled / factor, self.multiplier / factor
            self.push = self.push / factor
            self._factorise(self.rho * factor)

    def network(self) -> tuple[ReluNetwork, float]:
        """A network whose neurons are in their cones, and by how much they were not."""
        directions = self.patterns.directions
        room = self.turned * (self.x @ directions.T)
        need = np.maximum(-self._cones(self.v), 0.0)
        there = np.linalg.norm(self.v, axis=2) > 0
        with np.errstate(all="ignore"):
            shift = np.where(need > 0, need / np.maximum(room, 1e-300), 0.0).max(axis=1)
        shift = np.where(there, shift, 0.0)
        repaired = self.v + shift[..., None] * directions
        kept = [(sign, p) for sign in (0, 1) for p in np.flatnonzero(there[sign])]
        neurons = np.array([repaired[k] for k in kept]).reshape(-1, self.x.shape[1])
        signs = np.array([1.0 if sign == 0 else -1.0 for sign, _ in kept])
        size = max(float(np.abs(self._cones(self.v)).max()), 1e-300)
        violation = float(need[:, :][there[:, None] & (need > 0)].max(initial=0.0)) / size
        return ReluNetwork(neurons=neurons, signs=signs), violation

    def dual(self, network: ReluNetwork) -> Float[np.ndarray, " n"]:
        """The residual, or the multiplier of a loss that was split off."""
        if self.plain:
            return self.problem.residual(network.predict(self.x))
        y = self.problem.y
        a = np.maximum(-self.rho * self.push * y, 0.0)
        return y * (np.minimum(a, 1.0) if np.isfinite(self.problem.loss.farthest(y, y)) else a)

    def greatest(self, z: Float[np.ndarray, " n"]) -> float:
        """A bound of |z' relu(X u)| over unit vectors in the cones, from any multipliers >= 0.

        For u in K_i, z'D_i X u <= (X'D_i z + X'E_i mu)'u <= |X'D_i z + X'E_i mu|.
        """
        mu = self.rho * np.maximum(-self.multiplier, 0.0)
        sums = self.spread(z) + self._back(mu)
        found = float(np.linalg.norm(sums, axis=2).max())
        slack = 1e-14 * float(np.abs(z).sum() + mu.max(initial=0.0)) * np.abs(self.x).max()
        return found + slack


Joint = Callable[[Splitting, Float[np.ndarray, "2 P d"]], Float[np.ndarray, "2 P d"]]
"""How the blocks of a step are found from its right side."""


def _exact(state: Splitting, right: Float[np.ndarray, "2 P d"]) -> Float[np.ndarray, "2 P d"]:
    """By Woodbury's identity."""
    first = state.solved(right)
    inner = cho_solve(state.factor, state.said_by(first))
    return first - state.solved(state.spread(inner))

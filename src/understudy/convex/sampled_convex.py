"""The gated program on given patterns, whose cones are dropped, and the network that it becomes.

    min over u_i   l(sum_i D_i X u_i, y) + beta sum_i |u_i|

is a group lasso of 2 P blocks' worth of signs in P (Mishkin, Sahiner & Pilanci 2022, arXiv
2202.01331), solved by accelerated proximal steps with restarts (Beck & Teboulle 2009; O'Donoghue &
Candes 2015). Its blocks need not have their own patterns: as neurons, of both signs, they are a
start from which weights are found anew, and the network's objective is what it is. The bound is
that of the sampled program, at mu = 0; the distance between the two programs stays in the gap.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.convex.admm import patterns_of
from understudy.convex.network import ReluNetwork
from understudy.convex.patterns import Patterns
from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution, dual_value
from understudy.convex.weights import kept, weights_of

__all__ = ["SampledConvex"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class SampledConvex:
    """Settings.

    Attributes:
        patterns: of the gates; None: `count` of random directions.
        count: of them.
        seed: of the directions.
        tolerance: relative change of the gated objective at which it stops.
        iterations: most steps.
    """

    patterns: Patterns | None = None
    count: int = 50
    seed: int = 0
    tolerance: float = 1e-7
    iterations: int = 3000

    def __post_init__(self) -> None:
        if min(self.count, self.iterations) < 1 or not self.tolerance > 0:
            raise ValueError(
                f"count, iterations, tolerance: expected at least 1 and more than 0, got "
                f"{self.count}, {self.iterations}, {self.tolerance:g}"
            )

    def solve(self, problem: ReluProblem) -> Solution:
        """The network of the gated program's solution.

        Raises:
            ValueError: patterns of other samples, or more than there are; the loss is not smooth.
        """
        problem.need_slopes()
        own = patterns_of(problem, self.patterns, self.count, self.seed)
        gated, z, step, done = self._gated(problem, own)
        seen = own.seen.astype(float)
        greatest = float(np.linalg.norm((seen * z[:, None]).T @ problem.x, axis=1).max())
        network = _as_network(problem, gated)
        value = network.value(problem)
        low = dual_value(problem, z, greatest * (1 + 1e-12))
        return Solution(
            network=network, value=value, lower_bound=min(low, value), certified="sampled",
            dual=z, converged=done, iterations=step, violation=0.0,
            history=np.array([[value, low]]),
        )  # fmt: skip

    def _gated(
        self, problem: ReluProblem, patterns: Patterns
    ) -> tuple[Float[np.ndarray, "P d"], Float[np.ndarray, " n"], int, bool]:
        x, y, loss = problem.x, problem.y, problem.loss
        seen = patterns.seen.astype(float)
        bound = np.linalg.norm((x @ x.T) * (seen @ seen.T), 2)
        u = ahead = np.zeros((seen.shape[1], x.shape[1]))
        value, momentum = np.inf, 1.0
        for step in range(1, self.iterations + 1):
            f = (seen * (x @ ahead.T)).sum(axis=1)
            new = ahead - ((seen * loss.slope(f, y)[:, None]).T @ x) / bound
            size = np.linalg.norm(new, axis=1, keepdims=True)
            new = np.maximum(1 - problem.beta / bound / np.maximum(size, 1e-300), 0.0) * new
            said = (seen * (x @ new.T)).sum(axis=1)
            now = loss.value(said, y) + problem.beta * float(np.linalg.norm(new, axis=1).sum())
            if now > value:
                ahead, momentum = u, 1.0
                continue
            later = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
            ahead = new + (momentum - 1) / later * (new - u)
            u, momentum = new, later
            if value - now <= self.tolerance * now:
                return u, problem.residual(said), step, True
            value = now
        f = (seen * (x @ u.T)).sum(axis=1)
        return u, problem.residual(f), self.iterations, False


def _as_network(problem: ReluProblem, gated: Float[np.ndarray, "P d"]) -> ReluNetwork:
    """Blocks as directions of both signs, and their best sizes."""
    size = np.linalg.norm(gated, axis=1)
    there = size > 1e-9 * max(float(size.max(initial=0.0)), 1e-300)
    unit = gated[there] / size[there, None]
    both = np.concatenate([unit, -unit, unit, -unit])
    signs = np.repeat([1.0, -1.0], 2 * len(unit))
    if not len(both):
        return ReluNetwork(neurons=both.reshape(0, problem.x.shape[1]), signs=signs)
    sizes = weights_of(problem, both, signs, np.zeros(len(both)))
    return kept(both * sizes[:, None], signs)

"""One door to all solvers.

Without patterns the network itself is trained, and proved to be the best where that takes seconds
(three dimensions and fewer). On given patterns the choice follows the cost of a step, n the
samples: `InteriorPoint` takes about thirty, each of one product of n by n with the patterns'
columns; `ADMM` takes thousands of steps of n^2, cheaper where samples are few for their dimension
and the tolerance is coarse, and takes the hinge.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from understudy.convex.admm import ADMM
from understudy.convex.branch_and_bound import BranchAndBound
from understudy.convex.column_generation import ColumnGeneration
from understudy.convex.contract import Solver
from understudy.convex.interior_point import InteriorPoint
from understudy.convex.losses import Loss, Squared
from understudy.convex.network import ReluNetwork
from understudy.convex.patterns import Patterns
from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution

__all__ = ["auto", "solve", "solve_outputs"]

_PROVED, _FEW, _COARSE = 4, 5, 1e-4
"""Most columns for which a proof is sought unasked; samples per column below which, and tolerances
above which, alternating directions are cheaper (benchmarks/convex_solvers.py)."""


def auto(
    problem: ReluProblem,
    patterns: Patterns | None = None,
    *,
    tolerance: float = 1e-3,
    seed: int = 0,
) -> Solver:
    """The solver that a problem asks for."""
    n, d = problem.x.shape
    if patterns is None:
        proof = BranchAndBound(delta=0.7 * tolerance) if d <= _PROVED else None
        return ColumnGeneration(tolerance=tolerance, proof=proof, seed=seed)
    if not problem.loss.smooth or (n < _FEW * d and tolerance >= _COARSE):
        return ADMM(patterns=patterns, tolerance=tolerance, iterations=50_000)
    return InteriorPoint(patterns=patterns, tolerance=tolerance)


def solve(
    problem: ReluProblem,
    patterns: Patterns | None = None,
    *,
    tolerance: float = 1e-3,
    seed: int = 0,
) -> Solution:
    """The best network: of any width, or of given patterns.

    Args:
        problem: data, beta and loss.
        patterns: that neurons may have; None: any.
        tolerance: gap at which it stops.
        seed: of starts.

    Raises:
        ValueError: a hinge without patterns.
    """
    return auto(problem, patterns, tolerance=tolerance, seed=seed).solve(problem)


def solve_outputs(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, "n k"],
    betas: Sequence[float | int],
    *,
    loss: Loss | None = None,
    patterns: Patterns | None = None,
    tolerance: float = 1e-3,
    seed: int = 0,
) -> tuple[Solution, ...]:
    """Several outputs, one program each: the penalty sum_j |u_j| of each output is its own.

    On given patterns all outputs share them. Without, an output begins with the directions of
    those before it, of both signs.

    Args:
        x: samples.
        y: a column an output.
        betas: of the penalty, one an output.
        loss: of each output; None: the squared one.
        patterns: that neurons may have; None: any.
        tolerance: gap at which each stops.
        seed: of starts.

    Raises:
        ValueError: not as many betas as outputs; else those of `ReluProblem`, with the output.
    """
    if len(betas) != y.shape[1]:
        raise ValueError(f"betas: expected {y.shape[1]}, one an output, got {len(betas)}")
    found: list[Solution] = []
    for k, beta in enumerate(betas):
        try:
            problem = ReluProblem(x=x, y=y[:, k].copy(), beta=float(beta), loss=loss or Squared())
            solver = auto(problem, patterns, tolerance=tolerance, seed=seed)
        except ValueError as error:
            raise ValueError(f"output {k}: {error}") from error
        if isinstance(solver, ColumnGeneration) and found:
            known = np.concatenate([s.network.neurons for s in found])
            signs = np.repeat([1.0, -1.0], len(known))
            start = ReluNetwork(neurons=np.concatenate([known, known]), signs=signs)
            found.append(solver.solve(problem, start))
        else:
            found.append(solver.solve(problem))
    return tuple(found)

"""One door to all solvers.

Without patterns the network itself is trained, and proved to be the best where that takes seconds
(three dimensions and fewer). On given patterns the choice follows the cost of a step, n the
samples: `InteriorPoint` takes about thirty, each of one product of n by n with the patterns'
columns; `ADMM` takes thousands of steps of n^2, cheaper where samples are few for their dimension
and the tolerance is coarse, and takes the hinge.
"""

from understudy.convex.admm import ADMM
from understudy.convex.branch_and_bound import BranchAndBound
from understudy.convex.column_generation import ColumnGeneration
from understudy.convex.contract import Solver
from understudy.convex.interior_point import InteriorPoint
from understudy.convex.patterns import Patterns
from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution

__all__ = ["auto", "solve"]

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

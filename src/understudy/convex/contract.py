"""What every solver of ReLU networks can do."""

from typing import Protocol, runtime_checkable

from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution

__all__ = ["Solver"]


@runtime_checkable
class Solver(Protocol):
    """Trains networks."""

    def solve(self, problem: ReluProblem) -> Solution:
        """A network, its objective, and a bound."""
        ...

"""Two inputs: all 2 n activation patterns are listed, and nothing is left to luck.

Patterns drawn at random, as many as one likes to pay for, end above the best network; all of them
give it, and branch and bound says so.
"""

from pathlib import Path

import numpy as np

from understudy.convex import (
    BranchAndBound,
    InteriorPoint,
    ReluProblem,
    all_patterns,
    certified,
    sampled_patterns,
)
from understudy.figures import draw_lines


def problem(n: int = 30) -> ReluProblem:
    """A wave with noise; the second column is a bias."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.standard_normal(n), np.ones(n)])
    y = np.sin(3 * x[:, 0]) + 0.1 * rng.standard_normal(n)
    return ReluProblem(x=x, y=y, beta=0.1)


def drawn(count: int) -> float:
    """Objective of `count` random patterns."""
    data = problem()
    few = sampled_patterns(data.x, count, np.random.default_rng(0))
    return InteriorPoint(patterns=few).solve(data).value


def compared() -> tuple[float, float]:
    """Objective of eight random patterns over that of all; gap of the latter to any network."""
    data = problem()
    found = InteriorPoint(patterns=all_patterns(data.x)).solve(data)
    most = BranchAndBound(delta=1e-6).greatest(data.x, found.dual, data.beta)
    value, low, _ = certified(data, found.network, most.high, "global")
    return drawn(8) / value, (value - low) / value


if __name__ == "__main__":
    ratio, gap = compared()
    counts = np.array([4, 8, 16, 32, 48])
    objectives = np.array([drawn(int(n)) for n in counts])
    best = np.full(len(counts), drawn(8) / ratio)
    curves = {"random patterns": (counts, objectives), "all patterns": (counts, best)}
    draw_lines(Path("all_patterns.png"), curves, "random patterns drawn", "objective")
    print(f"random patterns: {ratio:.3f} of the best objective, proved to {gap:.1e}")

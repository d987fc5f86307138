"""Neurons along the strength of the decay: none, then one after another, as in the lasso."""

from pathlib import Path

import numpy as np

from understudy.convex import Solution, beta_max, path
from understudy.figures import draw_path
from understudy.surrogates.convex_problems import scaled_problem

SHARES = np.geomspace(1.01, 0.01, 12)


def along() -> tuple[Solution, ...]:
    """Solutions from just above the greatest beta down to a hundredth of it."""
    problem = scaled_problem("gap_bar", 100, 0, 0)
    most, _ = beta_max(problem)
    return path(problem, most * SHARES)


if __name__ == "__main__":
    found = along()
    sizes = [np.linalg.norm(s.network.neurons, axis=1) for s in found]
    draw_path(Path("relu_path.png"), SHARES, sizes)
    print("neurons:", [len(s) for s in sizes])

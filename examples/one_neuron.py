"""One sample, one neuron: the best two-layer ReLU network in closed form.

With one sample x the objective of the best network is Huber's function of |y| at beta / |x|: half
a square while the neuron is too dear, then a line.
"""

from pathlib import Path

import numpy as np

from understudy.convex import ReluProblem, solve
from understudy.figures import draw_lines


def objective(y: float, beta: float = 2.0) -> tuple[float, float]:
    """Of the solver, and in closed form."""
    x = np.array([[3.0, 4.0]])
    found = solve(ReluProblem(x=x, y=np.array([y]), beta=beta), tolerance=1e-6).value
    dear = beta / 5.0
    truth = y * y / 2 if abs(y) <= dear else dear * abs(y) - dear * dear / 2
    return found, truth


if __name__ == "__main__":
    ys = np.linspace(-2.0, 2.0, 41)
    pairs = np.array([objective(float(y)) for y in ys])
    draw_lines(
        Path("one_neuron.png"), {"solver": (ys, pairs[:, 0]), "closed form": (ys, pairs[:, 1])},
        "y", "objective",
    )  # fmt: skip
    print(f"largest difference: {np.abs(np.diff(pairs, axis=1)).max():.1e}")

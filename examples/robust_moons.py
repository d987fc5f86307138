"""Two moons whose points may each be off by 0.12: trained for the worst case, and not.

The margins of the robust network hold against every attack; those of the plain one are what
gradient steps leave of them, so the comparison favours it.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import make_moons

from understudy.convex import (
    ColumnGeneration,
    Logistic,
    ReluProblem,
    RobustColumns,
    attacked,
    linear_control,
)
from understudy.figures import draw_lines

MOVES = np.array([True, True, False])


def moons(seed: int, n: int = 150) -> ReluProblem:
    """Points with a bias, labels 1 and -1."""
    x, label = make_moons(n, noise=0.1, random_state=seed)
    x = np.column_stack([x - [0.5, 0.25], np.ones(n)])
    return ReluProblem(x=x, y=2.0 * label - 1.0, beta=0.05, loss=Logistic())


def accuracies(radius: float = 0.12) -> tuple[float, float, float]:
    """Share of unseen points right in their boxes: robust network, robust line, plain network."""
    own, new = moons(0), moons(1, 300)
    robust = RobustColumns(radius=radius).solve(own, MOVES).network
    plain = ColumnGeneration().solve(own).network
    line = linear_control(own, radius, MOVES)
    margins = new.y * (new.x @ line) - radius * np.abs(line[:2]).sum()
    held = [attacked(new, n, radius, MOVES, steps=30, restarts=4) > 0 for n in (robust, plain)]
    return float(held[0].mean()), float((margins > 0).mean()), float(held[1].mean())


if __name__ == "__main__":
    radii = np.array([0.04, 0.12, 0.2])
    found = np.array([accuracies(float(radius)) for radius in radii]).T
    curves = dict(zip(("robust network", "robust line", "plain network"), found, strict=True))
    draw_lines(
        Path("robust_moons.png"), {name: (radii, own) for name, own in curves.items()},
        "how far each point may be off", "share right whatever the move",
    )  # fmt: skip
    robust, line, plain = found[:, 1]
    print(f"robust network {robust:.3f}, robust line {line:.3f}, plain network {plain:.3f}")

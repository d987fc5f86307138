"""A stored certificate checked by other code: no function is shared with the solvers.

The bound of |z' relu(X u)| over all unit vectors is found here by cutting cubes instead of cones:
on a face of the cube [-1, 1]^d, u = p / |p|, and in a box about p the value changes by no more
than what p / |p| can move times a slope. Slow, and simple enough to believe.
"""

import heapq
from dataclasses import dataclass
from itertools import count
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.convex.network import ReluNetwork
from understudy.convex.problem import ReluProblem

__all__ = ["Checked", "check"]


@final
@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check found.

    Attributes:
        value: of the network.
        lower_bound: of all networks, proved here.
        greatest: bound of |z' relu(X u)|.
        boxes: that were looked at.
    """

    value: float
    lower_bound: float
    greatest: float
    boxes: int

    @property
    def gap(self) -> float:
        """Share of the value that a better network could save at most."""
        return (self.value - self.lower_bound) / self.value if self.value > 0 else 0.0


def check(
    problem: ReluProblem,
    network: ReluNetwork,
    dual: Float[np.ndarray, " n"],
    *,
    delta: float = 0.01,
    boxes: int = 200_000,
) -> Checked:
    """Objective of a network, and a lower bound from a dual point.

    Args:
        problem: data.
        network: whose value is claimed.
        dual: z of the claim.
        delta: the bound of the maximum is sought to this share of beta.
        boxes: most that are looked at; with too few the bound is poor but true.
    """
    u, s = network.neurons, network.signs
    said = sum(
        (float(s[j]) * np.clip(problem.x @ u[j], 0.0, None) for j in range(len(s))),
        start=np.zeros(len(problem.y)),
    )
    value = float(((said - problem.y) ** 2).sum() / 2)
    value += problem.beta * sum(float(np.sqrt((u[j] ** 2).sum())) for j in range(len(s)))
    greatest, looked = _greatest(problem.x, dual, problem.beta * (1 + delta), boxes)
    square, along = float((dual**2).sum()), float((dual * problem.y).sum())
    if square == 0.0:
        return Checked(value=value, lower_bound=0.0, greatest=0.0, boxes=looked)
    factor = min(problem.beta / greatest if greatest > 0 else np.inf, along / square)
    factor = max(factor, 0.0)
    bound = factor * along - factor**2 * square / 2
    bound -= 1e-14 * len(dual) * abs(bound)
    return Checked(value=value, lower_bound=bound, greatest=greatest, boxes=looked)


def _greatest(x: np.ndarray, z: np.ndarray, enough: float, most: int) -> tuple[float, int]:
    """Bound of |z' relu(X u)| by boxes on the faces of the cube, the worst first."""
    d = x.shape[1]
    order = count()
    queue: list[tuple[float, int, np.ndarray, np.ndarray]] = []

    def push(middle: np.ndarray, half: np.ndarray) -> None:
        length = float(np.sqrt((middle**2).sum()))
        reach = float(np.sqrt((half**2).sum()))
        # |p / |p| - q / |q|| <= |p - q| / min(|p|, |q|), and no point of a face is nearer than 1.
        moved = reach / max(length - reach, 1.0)
        seen = np.clip(x @ (middle / length), 0.0, None)
        near = np.abs(x @ (middle / length)) <= moved * np.sqrt((x**2).sum(axis=1))
        # Samples whose sign is fixed in the box change together, the others each for itself.
        fixed = (~near) & (x @ middle > 0)
        slope = np.sqrt(((z[fixed, None] * x[fixed]).sum(axis=0) ** 2).sum())
        loose = (np.abs(z[near]) * np.sqrt((x[near] ** 2).sum(axis=1))).sum()
        bound = abs(float(z @ seen)) + moved * float(slope + loose)
        heapq.heappush(queue, (-bound, next(order), middle, half))

    for axis in range(d):
        for side in (-1.0, 1.0):
            middle, half = np.zeros(d), np.ones(d)
            middle[axis], half[axis] = side, 0.0
            push(middle, half)
    looked = 2 * d
    while -queue[0][0] > enough and looked < most:
        _, _, middle, half = heapq.heappop(queue)
        axis = int(np.argmax(half))
        smaller = half.copy()
        smaller[axis] /= 2
        for side in (-1.0, 1.0):
            moved = middle.copy()
            moved[axis] += side * smaller[axis]
            push(moved, smaller)
        looked += 2
    return -queue[0][0] * (1 + 1e-12), looked

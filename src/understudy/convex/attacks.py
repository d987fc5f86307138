"""What inputs that are off do to a network: bounds, attacks, and the line of least harm."""

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize

from understudy.convex.network import ReluNetwork
from understudy.convex.problem import ReluProblem
from understudy.convex.worst_square import WorstSquare, boxed

__all__ = ["attacked", "linear_control", "worst_margins"]


def worst_margins(
    problem: ReluProblem, network: ReluNetwork, radius: float, moves: Bool[np.ndarray, " d"]
) -> Float[np.ndarray, " n"]:
    """No input of box k has less than m_k; of the squared loss, minus the greatest error.

    Args:
        problem: data.
        network: any.
        radius: of the boxes.
        moves: columns that may be off.
    """
    both = boxed(problem)
    agree = both.y[:, None] * network.signs
    reach = radius * np.abs(network.neurons[:, moves]).sum(axis=1)
    inner = np.maximum(both.x @ network.neurons.T - agree * reach, 0.0)
    margins = np.asarray((agree * inner).sum(axis=1))
    return -both.loss.worst(margins) if isinstance(both.loss, WorstSquare) else margins


def attacked(
    problem: ReluProblem,
    network: ReluNetwork,
    radius: float,
    moves: Bool[np.ndarray, " d"],
    *,
    steps: int = 100,
    restarts: int = 20,
    seed: int = 0,
) -> Float[np.ndarray, " n"]:
    """Least margins that projected gradient steps find in the boxes (Madry et al. 2018).

    Of the squared loss the margin is minus the error.

    Args:
        problem: data.
        network: any.
        radius: of the boxes.
        moves: columns that may be off.
        steps: of an attack.
        restarts: attacks, the first from the middle.
        seed: of the others.
    """
    rng = np.random.default_rng(seed)
    x, y = problem.x, problem.y
    labels = problem.loss.labels

    def margins(f: np.ndarray) -> np.ndarray:
        return np.asarray(y * f if labels else -np.abs(f - y))

    least = margins(network.predict(x))
    for attempt in range(restarts):
        spread = 0.0 if attempt == 0 else radius
        off = rng.uniform(-spread, spread, x.shape) * moves
        for step in np.geomspace(radius, 1e-2 * radius, steps):
            active = ((x + off) @ network.neurons.T > 0) * network.signs
            rise = y if labels else -np.sign(network.predict(x + off) - y)
            slope = rise[:, None] * (active @ network.neurons)
            off = np.clip(off - step * np.sign(slope) * moves, -radius, radius)
            least = np.minimum(least, margins(network.predict(x + off)))
    return np.asarray(least)


def linear_control(
    problem: ReluProblem, radius: float, moves: Bool[np.ndarray, " d"]
) -> Float[np.ndarray, " d"]:
    """Weights w of the line of least sum_k l(y_k x_k w - eps |w|_1) + beta |w|.

    Its worst case is exact; it is what a robust network should beat.
    """
    boxes = boxed(problem)
    ones = np.ones(len(boxes.y))
    turned = boxes.y[:, None] * boxes.x
    d = turned.shape[1]

    def objective(parts: np.ndarray) -> tuple[float, np.ndarray]:
        # w = up - down with both >= 0, so that |w|_1 is smooth.
        w, one = parts[:d] - parts[d:], (parts[:d] + parts[d:]) @ moves
        margins = turned @ w - radius * one
        slope = boxes.loss.slope(margins, ones)
        size = np.sqrt(w @ w + 1e-18)
        value = boxes.loss.value(margins, ones) + boxes.beta * size
        gradient = turned.T @ slope + boxes.beta * w / size
        cost = -radius * slope.sum() * moves
        return float(value), np.concatenate([gradient + cost, -gradient + cost])

    start = np.full(2 * d, 1e-3)
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * (2 * d),
        options={"maxiter": 2000},
    )  # fmt: skip
    return found.x[:d] - found.x[d:]

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

__all__ = ["Checked", "check", "probe"]


@final
@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check found.

    Attributes:
        value: of the network.
        lower_bound: of all networks, proved here.
        greatest: bound of |z' relu(X u)|.
        boxes: that were looked at, or starts.
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
    value = _objective(problem, network)
    greatest, looked = _greatest(problem.x, dual, problem.beta * (1 + delta), boxes)
    bound = _worth(problem, dual, problem.beta / greatest if greatest > 0 else 1e6)
    return Checked(value=value, lower_bound=bound, greatest=greatest, boxes=looked)


def probe(
    problem: ReluProblem,
    network: ReluNetwork,
    dual: Float[np.ndarray, " n"],
    *,
    starts: int = 20_000,
    seed: int = 0,
) -> Checked:
    """As `check`, with the greatest value that many starts find in place of a bound.

    Where boxes are too many it can refute a claim, and proves nothing.

    Args:
        problem: data.
        network: whose value is claimed.
        dual: z of the claim.
        starts: directions from which it climbs, for each sign; half of them beside neurons, where
            peaks hide.
        seed: of them.
    """
    rng = np.random.default_rng(seed)
    greatest, own = 0.0, network.neurons
    for first in range(0, starts, 1000):
        many = min(1000, starts - first)
        for turned in (dual, -dual):
            u = rng.normal(size=(many, problem.x.shape[1]))
            if len(own):
                beside = own[rng.integers(0, len(own), many // 2)]
                long = np.sqrt((beside**2).sum(axis=1))[:, None]
                u[: many // 2] *= 10 ** rng.uniform(-2, 0, (many // 2, 1)) * long
                u[: many // 2] += beside
            greatest = max(greatest, _climbed(problem.x, turned, u))
    bound = _worth(problem, dual, problem.beta / greatest if greatest > 0 else 1e6)
    return Checked(
        value=_objective(problem, network), lower_bound=bound, greatest=greatest, boxes=starts
    )


def _climbed(x: np.ndarray, z: np.ndarray, u: np.ndarray) -> float:
    """The best of many climbs: parabolas under |x u| that touch it, narrower from pass to pass."""
    size, best = float(np.sqrt((x**2).sum(axis=1)).mean()), 0.0
    u = u / np.sqrt((u**2).sum(axis=1))[:, None]
    for narrow in np.geomspace(0.03, 1e-6, 24) * size:
        said = u @ x.T
        value = (np.clip(said, 0.0, None) * z).sum(axis=1)
        best = max(best, float(value.max()))
        pull = np.where(z > 0, z * (said > 0), z / 2) @ x
        stiff = np.where(z < 0, -z, 0.0) / (2 * np.clip(np.abs(said), narrow, None))
        matrix = np.matmul(stiff[:, None, :] * x.T[None], x)
        matrix += np.clip(value, 1e-3 * np.abs(z).sum() * size, None)[:, None, None] * np.eye(
            x.shape[1]
        )
        ahead = np.linalg.solve(matrix, pull[..., None])[..., 0]
        ahead = ahead / np.clip(np.sqrt((ahead**2).sum(axis=1)), 1e-300, None)[:, None]
        more = (np.clip(ahead @ x.T, 0.0, None) * z).sum(axis=1) > value
        u = np.where(more[:, None], ahead, u)
    return max(best, float((np.clip(u @ x.T, 0.0, None) * z).sum(axis=1).max()))


def _objective(problem: ReluProblem, network: ReluNetwork) -> float:
    u, s = network.neurons, network.signs
    said = sum(
        (float(s[j]) * np.clip(problem.x @ u[j], 0.0, None) for j in range(len(s))),
        start=np.zeros(len(problem.y)),
    )
    decay = sum(float(np.sqrt((u[j] ** 2).sum())) for j in range(len(s)))
    return _loss(problem, said) + problem.beta * decay


def _loss(problem: ReluProblem, said: np.ndarray) -> float:
    name, short = type(problem.loss).__name__, 1.0 - problem.y * said
    if name == "Squared":
        return float(((said - problem.y) ** 2).sum() / 2)
    if name == "Logistic":
        margin = problem.y * said
        return float((np.log1p(np.exp(-np.abs(margin))) + np.clip(-margin, 0.0, None)).sum())
    if name == "SquaredHinge":
        return float((np.clip(short, 0.0, None) ** 2).sum() / 2)
    return float(np.clip(short, 0.0, None).sum())


def _worth(problem: ReluProblem, dual: np.ndarray, most: float) -> float:
    """The best of the dual values at a thousand multiples of the dual point, rounded down."""
    name, a = type(problem.loss).__name__, dual * problem.y
    if name in ("Logistic", "Hinge") and a.max() > 0:
        most = min(most, 1.0 / float(a.max()) * (1 - 1e-12))
    square = float((dual**2).sum())
    if square == 0.0:
        return 0.0
    if name == "Squared":
        tried = np.array([max(0.0, min(most, float(a.sum()) / square))])
    else:
        tried = min(most, 10.0) * np.linspace(0.0, 1.0, 1001)
    told = tried[:, None] * a
    if name in ("Squared", "SquaredHinge"):
        worth = told.sum(axis=1) - tried**2 * square / 2
    elif name == "Hinge":
        worth = told.sum(axis=1)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            parts = np.where(told > 0, told * np.log(told), 0.0)
            parts = parts + np.where(told < 1, (1 - told) * np.log(1 - told), 0.0)
        worth = -parts.sum(axis=1)
    if name != "Squared" and (a < 0).any():
        return 0.0
    best = float(worth.max())
    return best - 1e-14 * len(dual) * abs(best)


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

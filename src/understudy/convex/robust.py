"""Networks whose inputs may each be off by a radius, trained on their worst case.

In the box |delta|_inf <= eps a neuron is between relu(x u - eps |u|_1) and relu(x u + eps |u|_1),
so with y_k s_j = 1 where it helps and -1 where it harms, no input of box k has a margin below

    m_k = sum_j y_k s_j relu(x_k u_j - y_k s_j eps |u_j|_1)

(interval bounds: Gowal et al. 2018, arXiv 1810.12715). The columns are positively homogeneous in
u, so the least sum_k l(m_k) + beta sum_j |u_j| is again a convex program over directions, solved
by column generation: a hinge of a neuron may cross a box, which patterns that are the same in the
whole box do not allow. The value is a bound of the loss of the returned network under any attack.
Of the squared loss it is that of the greatest error of a box, from margins of both sides
(`worst_square`).
Columns that are free of error, as a bias, are left out of |u|_1.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize

from understudy.convex.attacks import worst_margins
from understudy.convex.network import ReluNetwork
from understudy.convex.problem import ReluProblem
from understudy.convex.weights import sizes_of
from understudy.convex.worst_square import Boxes, boxed

__all__ = ["Robust", "RobustColumns"]

_SAME = 1 - 1e-4


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Robust:
    """A network and what is known of its worst case.

    Attributes:
        network: what was found.
        value: of the bound of the worst loss, and the decay.
        margins: no input of a box has less, a number a sample; of the squared loss the greatest
            error of the box, negative.
        greatest: slope of the best direction that was found over beta, less one: zero at the best.
        history: value as it went.
    """

    network: ReluNetwork
    value: float
    margins: Float[np.ndarray, " n"]
    greatest: float
    history: Float[np.ndarray, " k"]


@final
@dataclass(frozen=True, kw_only=True)
class RobustColumns:
    """Settings.

    Attributes:
        radius: of the boxes, in the unit of x.
        rounds: most of them.
        starts: of the search for directions, for each sign.
        columns: most that are added in a round.
        tolerance: relative decrease at which it stops.
        seed: of the starts.
    """

    radius: float
    rounds: int = 25
    starts: int = 200
    columns: int = 30
    tolerance: float = 1e-5
    seed: int = 0

    def __post_init__(self) -> None:
        if self.radius < 0:
            raise ValueError(f"radius: expected 0 or more, got {self.radius:g}")
        if min(self.rounds, self.starts, self.columns) < 1:
            raise ValueError(
                f"rounds, starts, columns: expected at least 1, got {self.rounds}, {self.starts}, "
                f"{self.columns}"
            )

    def solve(self, problem: ReluProblem, moves: Bool[np.ndarray, " d"]) -> Robust:
        """Train against all boxes.

        Args:
            problem: data; its loss is the squared one, or smooth and takes labels.
            moves: columns that may be off.

        Raises:
            ValueError: another loss.
        """
        state = _State(boxed(problem), self.radius, moves)
        rng = np.random.default_rng(self.seed)
        d = problem.x.shape[1]
        u, signs = np.empty((0, d)), np.empty(0)
        history = [state.value(u, signs)]
        greatest = 0.0
        for _ in range(self.rounds):
            new, new_signs, most = self._priced(state, u, signs, rng)
            greatest = most / problem.beta - 1
            if not len(new):
                break
            u, signs = state.improved(
                np.concatenate([u, new]), np.append(signs, new_signs), len(u)
            )
            history.append(state.value(u, signs))
            if history[-2] - history[-1] <= self.tolerance * history[-1]:
                break
        network = ReluNetwork(neurons=u, signs=signs)
        margins = worst_margins(problem, network, self.radius, moves)
        value = history[-1]
        if not problem.loss.labels:
            decay = problem.beta * float(np.linalg.norm(u, axis=1).sum())
            value = 0.5 * float(margins @ margins) + decay
        return Robust(
            network=network, value=value, margins=margins,
            greatest=max(greatest, 0.0), history=np.array(history),
        )  # fmt: skip

    def _priced(
        self, state: "_State", u: np.ndarray, signs: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Distinct directions along which the value falls, and the greatest slope."""
        push = -state.loss.slope(state.margins(u, signs), state.ones)
        found, kinds, most = [], [], 0.0
        for sign in (1.0, -1.0):
            start = rng.standard_normal((self.starts, u.shape[1]))
            start = np.concatenate([start, u[signs == sign]])
            directions, values = state.climbed(push, sign, start)
            most = max(most, float(values.max()))
            kept: list[np.ndarray] = []
            for k in np.argsort(-values):
                if values[k] <= state.problem.beta * (1 + 1e-3) or len(kept) >= self.columns // 2:
                    break
                if not kept or (np.array(kept) @ directions[k]).max() < _SAME:
                    kept.append(directions[k])
            found += kept
            kinds += [sign] * len(kept)
        return np.array(found).reshape(-1, u.shape[1]), np.array(kinds), most


class _State:
    """Margins of boxes, their columns and slopes."""

    def __init__(self, problem: Boxes, radius: float, moves: np.ndarray) -> None:
        self.problem, self.radius = problem, radius
        self.moves = moves.astype(float)
        self.loss = problem.loss
        self.ones = np.ones(len(problem.y))

    def _inner(self, u: np.ndarray, agree: np.ndarray) -> np.ndarray:
        reach = self.radius * np.abs(u) @ self.moves
        return self.problem.x @ u.T - agree * reach

    def margins(self, u: np.ndarray, signs: np.ndarray) -> np.ndarray:
        agree = self.problem.y[:, None] * signs
        return np.asarray((agree * np.maximum(self._inner(u, agree), 0.0)).sum(axis=1))

    def value(self, u: np.ndarray, signs: np.ndarray) -> float:
        decay = self.problem.beta * float(np.linalg.norm(u, axis=1).sum())
        return self.loss.value(self.margins(u, signs), self.ones) + decay

    def climbed(
        self, push: np.ndarray, sign: float, u: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors of great push' column, by gradients whose steps shrink."""
        agree = (self.problem.y * sign)[:, None]
        weight = push[:, None] * agree
        u = u / np.linalg.norm(u, axis=1, keepdims=True)
        best = u.copy()
        top = (weight * np.maximum(self._inner(u, agree), 0.0)).sum(axis=0)
        for step in np.geomspace(1.0, 1e-3, 60):
            active = (self._inner(u, agree) > 0) * weight
            slope = active.T @ self.problem.x
            slope -= self.radius * (active * agree).sum(axis=0)[:, None] * np.sign(u) * self.moves
            slope /= np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-300)
            u = u + step * slope
            u /= np.linalg.norm(u, axis=1, keepdims=True)
            values = (weight * np.maximum(self._inner(u, agree), 0.0)).sum(axis=0)
            better = values > top
            best[better], top[better] = u[better], values[better]
        return best, top

    def improved(
        self, u: np.ndarray, signs: np.ndarray, old: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Sizes by their convex program, then all neurons by quasi-Newton steps."""
        length = np.linalg.norm(u, axis=1)
        unit = u / length[:, None]
        agree = self.problem.y[:, None] * signs
        columns = agree * np.maximum(self._inner(unit, agree), 0.0)
        # New directions come with unit length, and start at none.
        now = np.where(np.arange(len(u)) < old, length, 0.0)
        sizes = sizes_of(columns, self.loss, self.ones, self.problem.beta, now)
        stay = sizes > 1e-9 * max(float(sizes.max(initial=0.0)), 1e-300)
        u, signs = unit[stay] * sizes[stay, None], signs[stay]
        if not len(u):
            return u, signs
        agree = self.problem.y[:, None] * signs

        def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
            own = flat.reshape(u.shape)
            inner = self._inner(own, agree)
            margins = (agree * np.maximum(inner, 0.0)).sum(axis=1)
            slope = self.loss.slope(margins, self.ones)
            active = (inner > 0) * agree * slope[:, None]
            gradient = active.T @ self.problem.x
            shrink = (active * agree).sum(axis=0)[:, None] * np.sign(own) * self.moves
            gradient -= self.radius * shrink
            size = np.linalg.norm(own, axis=1)
            gradient += self.problem.beta * own / np.maximum(size, 1e-300)[:, None]
            value = self.loss.value(margins, self.ones) + self.problem.beta * float(size.sum())
            return value, gradient.ravel()

        found = minimize(
            objective, u.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 200}
        )
        moved = found.x.reshape(u.shape)
        there = np.linalg.norm(moved, axis=1) > 1e-9
        if self.value(moved[there], signs[there]) < self.value(u, signs):
            return moved[there], signs[there]
        return u, signs

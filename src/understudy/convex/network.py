"""A two-layer ReLU network as its neurons at their best scale."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.convex.problem import ReluProblem

__all__ = ["ReluNetwork"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ReluNetwork:
    """sum_j s_j relu(x u_j).

    Attributes:
        neurons: u_j, a row each.
        signs: s_j, 1 or -1.
    """

    neurons: Float[np.ndarray, "m d"]
    signs: Float[np.ndarray, " m"]

    def predict(self, x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, " k"]:
        """Its values."""
        return np.maximum(x @ self.neurons.T, 0.0) @ self.signs

    def value(self, problem: ReluProblem) -> float:
        """Its objective: the loss, and the decay at the best scale."""
        loss = problem.loss.value(self.predict(problem.x), problem.y)
        decay = np.linalg.norm(self.neurons, axis=1).sum()
        return float(loss + problem.beta * decay)

    @property
    def weights(self) -> tuple[Float[np.ndarray, "m d"], Float[np.ndarray, " m"]]:
        """Inner and outer weights w_j and a_j, of equal norms."""
        size = np.sqrt(np.linalg.norm(self.neurons, axis=1))
        safe = np.where(size > 0, size, 1.0)
        return self.neurons / safe[:, None], self.signs * size

    @property
    def lipschitz(self) -> float:
        """No two values differ by more than this times the distance of their places."""
        return float(np.linalg.norm(self.neurons, axis=1).sum())

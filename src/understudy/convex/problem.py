"""A two-layer ReLU network with weight decay.

    min over m, w_j, a_j   l(sum_j relu(X w_j) a_j, y) + beta / 2 sum_j (|w_j|^2 + a_j^2),

with the loss l half of the squared error where nothing else is said.

At the best scale of each neuron, u_j = |a_j| w_j, the penalty is beta sum_j |u_j| (Pilanci & Ergen
2020, arXiv 2002.10553, section 2). A column of ones in X is a bias, which is penalised as the
other weights.
"""

from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.convex.losses import Loss, Squared

__all__ = ["ReluProblem"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ReluProblem:
    """Data and the strength of the decay.

    Attributes:
        x: a row a sample.
        y: what the network should say.
        beta: of the penalty, more than 0.
        loss: of the predictions.
    """

    x: Float[np.ndarray, "n d"]
    y: Float[np.ndarray, " n"]
    beta: float
    loss: Loss = field(default_factory=Squared)

    def __post_init__(self) -> None:
        for name, values in (("x", self.x), ("y", self.y)):
            if not np.isfinite(values).all():
                raise ValueError(f"{name}: expected finite values, got NaN or infinity")
        if len(self.x) < 1 or len(self.x) != len(self.y):
            raise ValueError(
                f"x, y: expected as many rows, at least one, got {len(self.x)} and {len(self.y)}"
            )
        empty = np.flatnonzero(~self.x.any(axis=1))
        if len(empty):
            raise ValueError(f"x: row {empty[0]} is zero, and so is every network there")
        if not self.beta > 0:
            raise ValueError(f"beta: expected more than 0, got {self.beta:g}")
        other = np.flatnonzero(np.abs(self.y) != 1.0)
        if self.loss.labels and len(other):
            raise ValueError(
                f"y: expected labels 1 and -1 for {type(self.loss).__name__}, got "
                f"{self.y[other[0]]:g} in row {other[0]}"
            )

    def need_slopes(self) -> None:
        """Raise a ValueError where the loss has none."""
        if not self.loss.smooth:
            raise ValueError(
                f"loss: expected a smooth one, got {type(self.loss).__name__}, which ADMM "
                "on given patterns takes"
            )

    def residual(self, f: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """Z = -l'(f), the dual point of predictions; y - f for the squared loss."""
        return -self.loss.slope(f, self.y)

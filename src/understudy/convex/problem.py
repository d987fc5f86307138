"""Least squares by a two-layer ReLU network with weight decay.

    min over m, w_j, a_j   1/2 |sum_j relu(X w_j) a_j - y|^2 + beta / 2 sum_j (|w_j|^2 + a_j^2).

At the best scale of each neuron, u_j = |a_j| w_j, the penalty is beta sum_j |u_j| (Pilanci & Ergen
2020, arXiv 2002.10553, section 2). A column of ones in X is a bias, which is penalised as the
other weights.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

__all__ = ["ReluProblem"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ReluProblem:
    """Data and the strength of the decay.

    Attributes:
        x: a row a sample.
        y: what the network should say.
        beta: of the penalty, more than 0.
    """

    x: Float[np.ndarray, "n d"]
    y: Float[np.ndarray, " n"]
    beta: float

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

"""What a solver found, and what it can prove.

The dual of the network's problem is

    max over z of z'y - |z|^2 / 2   so that   |z' relu(X u)| <= beta for all |u| <= 1,

so for any z and any M that |z' relu(X u)| does not exceed, with t = max(0, min(beta / M,
z'y / |z|^2)), no network of any width has an objective below

    t z'y - t^2 |z|^2 / 2.

What M is a bound over decides what is proved: over some patterns, the program on those; over all
directions, the network itself.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.convex.network import ReluNetwork
from understudy.convex.problem import ReluProblem

__all__ = ["Solution", "certified", "dual_value"]

KINDS = ("sampled", "global", "heuristic")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """A network, and how far it is from the best.

    Attributes:
        network: what was found.
        value: its objective.
        lower_bound: no network of the kind that `certified` says has less.
        certified: `sampled`: on the given patterns; `global`: of all networks of any width;
            `heuristic`: nothing is proved.
        dual: z of the bound.
        converged: the solver stopped because it had arrived.
        iterations: of the solver.
        violation: of the constraints before they were repaired, over the size of the neurons.
        history: value and bound as they went.
    """

    network: ReluNetwork
    value: float
    lower_bound: float
    certified: str
    dual: Float[np.ndarray, " n"]
    converged: bool
    iterations: int
    violation: float
    history: Float[np.ndarray, "k 2"]

    def __post_init__(self) -> None:
        if self.certified not in KINDS:
            raise ValueError(
                f"certified: expected one of {', '.join(KINDS)}, got {self.certified!r}"
            )

    @property
    def gap(self) -> float:
        """Share of the value that a better network could save at most."""
        return (self.value - self.lower_bound) / self.value if self.value > 0 else 0.0


def dual_value(problem: ReluProblem, z: Float[np.ndarray, " n"], greatest: float) -> float:
    """The bound of a dual point.

    Args:
        problem: data.
        z: any.
        greatest: at least max |z' relu(X u)| over the unit vectors u that count.
    """
    along, square = float(z @ problem.y), float(z @ z)
    if square == 0.0:
        return 0.0
    most = np.inf if greatest <= 0.0 else problem.beta / greatest
    t = max(0.0, min(most, along / square))
    # What rounding could have added to the sums is taken off.
    slack = 4e-16 * len(z) * (np.abs(z) @ np.abs(problem.y) * t + t * t * square)
    return t * along - 0.5 * t * t * square - slack


def certified(
    problem: ReluProblem, network: ReluNetwork, greatest: float, kind: str
) -> tuple[float, float, Float[np.ndarray, " n"]]:
    """Value and bound of a network from its own residual, and the dual point.

    Args:
        problem: data.
        network: any.
        greatest: at least max |z' relu(X u)|, z = y - prediction.
        kind: `sampled` or `global`: what the maximum was over.

    Raises:
        ValueError: another kind.
    """
    if kind not in ("sampled", "global"):
        raise ValueError(f"kind: expected sampled or global, got {kind!r}")
    z = problem.y - network.predict(problem.x)
    return network.value(problem), dual_value(problem, z, greatest), z

"""What a solver found, and what it can prove.

The dual of the network's problem is

    max over z of z'y - |z|^2 / 2   so that   |z' relu(X u)| <= beta for all |u| <= 1,

so for any z and any M that |z' relu(X u)| does not exceed, with t = max(0, min(beta / M,
z'y / |z|^2)), no network of any width has an objective below

    t z'y - t^2 |z|^2 / 2.

Of another loss it is -sum l*(-t z_k), at the best t up to beta / M.

What M is a bound over decides what is proved: over some patterns, the program on those; over all
directions, the network itself.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from understudy.convex.losses import Squared
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
    if not z.any():
        return max(0.0, problem.loss.dual(z, problem.y))
    most = problem.loss.farthest(z, problem.y)
    if greatest > 0.0:
        most = min(most, problem.beta / greatest)
    along, square = float(z @ problem.y), float(z @ z)
    if isinstance(problem.loss, Squared):
        t = max(0.0, min(most, along / square))
    else:
        t = _best(problem, z, min(most, 1e6))
    # What rounding could have added to the sums is taken off.
    slack = 4e-16 * len(z) * (np.abs(z) @ np.abs(problem.y) * t + t * t * square + t * len(z))
    return problem.loss.dual(t * z, problem.y) - slack


def _best(problem: ReluProblem, z: Float[np.ndarray, " n"], most: float) -> float:
    """The t in [0, most] of the greatest dual value, which is concave in it; any t is a bound."""
    ends = (most * (1.0 - 1e-12), 0.0)
    found = minimize_scalar(
        lambda t: -problem.loss.dual(t * z, problem.y), bounds=(0.0, ends[0]), method="bounded",
        options={"xatol": 1e-9 * most},
    )  # fmt: skip
    tried = (*ends, float(found.x))
    return max(tried, key=lambda t: problem.loss.dual(t * z, problem.y))


def certified(
    problem: ReluProblem, network: ReluNetwork, greatest: float, kind: str
) -> tuple[float, float, Float[np.ndarray, " n"]]:
    """Value and bound of a network from its own residual, and the dual point.

    Args:
        problem: data.
        network: any.
        greatest: at least max |z' relu(X u)|, z the residual of the network.
        kind: `sampled` or `global`: what the maximum was over.

    Raises:
        ValueError: another kind.
    """
    if kind not in ("sampled", "global"):
        raise ValueError(f"kind: expected sampled or global, got {kind!r}")
    z = problem.residual(network.predict(problem.x))
    return network.value(problem), dual_value(problem, z, greatest), z

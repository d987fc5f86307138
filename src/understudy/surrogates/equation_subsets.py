"""The best of all sets of terms, as a fit with every term sees them.

Near a fit with numbers z and precision L of every term of a library (initial values integrated
out), the cost of a set S of terms is quadratic, and with h = L z its evidence is

    J(S) = logdet L_SS - h_S' L_SS^-1 h_S + sum_S (2 log q + price),

but for a constant, q the deviations of the prior. No trajectory is integrated for it, so that
thousands of sets can be compared: terms come, go, and change places as long as J falls. The fit
knows the noise of the trajectories, which least squares of rates do not.
"""

from collections.abc import Iterable
from typing import final

import numpy as np
from jaxtyping import Float

__all__ = ["Subsets"]

_STEPS = 100


@final
class Subsets:
    """J of sets of numbers.

    Args:
        values: of all numbers.
        covariance: of them.
        spread: deviations of their prior.
        price: of each.
    """

    def __init__(
        self,
        values: Float[np.ndarray, " k"],
        covariance: Float[np.ndarray, "k k"],
        spread: Float[np.ndarray, " k"],
        price: float,
    ) -> None:
        self.precision = np.linalg.pinv(covariance, hermitian=True)
        self.pull = self.precision @ values
        self.prices = 2 * np.log(spread) + price

    def score(self, chosen: Iterable[int]) -> float:
        """J of a set."""
        own = sorted(chosen)
        block = self.precision[np.ix_(own, own)]
        sign, determinant = np.linalg.slogdet(block)
        if sign <= 0:
            return np.inf
        gain = self.pull[own] @ np.linalg.solve(block, self.pull[own])
        return float(determinant - gain + self.prices[own].sum())

    def best(self, chosen: Iterable[int]) -> frozenset[int]:
        """Where terms that come, go or, if neither helps, change places lead from a set."""
        own = frozenset(chosen)
        value = self.score(own)
        for _ in range(_STEPS):
            others = [k for k in range(len(self.pull)) if k not in own]
            near = [own | {k} for k in others] + [own - {k} for k in own]
            lowest = min((self.score(s), sorted(s)) for s in near)
            if lowest[0] >= value:
                near = [(own - {k}) | {o} for k in own for o in others]
                lowest = min(((self.score(s), sorted(s)) for s in near), default=(value, []))
            if lowest[0] >= value:
                break
            value, own = lowest[0], frozenset(lowest[1])
        return own

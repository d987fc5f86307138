"""The classical Runge-Kutta method for many initial values at once.

Hairer, Norsett & Wanner 1993, section II.1:

    k_1 = f(t, u), k_2 = f(t + h/2, u + h k_1 / 2), k_3 = f(t + h/2, u + h k_2 / 2),
    k_4 = f(t + h, u + h k_3),   u <- u + h (k_1 + 2 k_2 + 2 k_3 + k_4) / 6.

Points go through a compiled loop (see `tape`), lines in blocks whose arrays stay in a core's
cache. What becomes infinite stays so: nothing is raised, for the samples beside it are well.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.rhs import Rate, RightHandSide
from understudy.equations.tape import Tape, states_at

__all__ = ["RungeKutta", "march"]


@final
@dataclass(frozen=True, kw_only=True)
class RungeKutta:
    """Settings.

    Attributes:
        substeps: steps between two times that are asked for.
        block: lines at once.
    """

    substeps: int = 6
    block: int = 1024

    def __post_init__(self) -> None:
        if min(self.substeps, self.block) < 1:
            raise ValueError(
                f"substeps, block: expected at least 1, got {self.substeps}, {self.block}"
            )

    def solve(
        self,
        right: RightHandSide,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "D n *X"],
        times: Float[np.ndarray, " T"],
    ) -> Float[np.ndarray, "n T D *X"]:
        """States at times.

        Args:
            right: of NumPy arrays.
            values: of the parameters, a column a sample.
            start: states at the first time.
            times: rising.
        """
        if start.ndim == 2:
            equation = right.equation
            tape = Tape.of(right.right, (*equation.states, *equation.parameters))
            return states_at(tape, values, start, times, self.substeps)
        many = start.shape[1]
        found = np.empty((many, len(times), len(start), *start.shape[2:]))
        with np.errstate(all="ignore"):
            for first in range(0, many, self.block):
                part = slice(first, first + self.block)
                march(
                    right.bind(values[:, part]), start[:, part], times, self.substeps, found[part]
                )
        return found


def march(
    rate: Rate,
    start: Float[np.ndarray, "c n *X"],
    times: Float[np.ndarray, " T"],
    substeps: int,
    found: Float[np.ndarray, "n T c *X"],
) -> None:
    """Write what becomes of one block of lines at all times to `found`."""
    u = np.array(start, dtype=float)
    found[:, 0] = np.moveaxis(u, 1, 0)
    for i, (t, later) in enumerate(pairwise(times), start=1):
        h = (later - t) / substeps
        for step in range(substeps):
            now = float(t + step * h)
            one = rate(now, u)
            two = rate(now + h / 2, u + (h / 2) * one)
            three = rate(now + h / 2, u + (h / 2) * two)
            four = rate(now + h, u + h * three)
            two += three
            two *= 2.0
            two += one
            two += four
            two *= h / 6
            u += two
        found[:, i] = np.moveaxis(u, 1, 0)

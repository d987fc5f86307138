"""Trajectories and what they depend on: the forward sensitivity equations.

With S = d u / d (theta, u_0), parameters first,

    u' = f(u, theta),    S' = (df/du) S + [df/dtheta, 0],    S(0) = [0, 1],

where df/du and df/dtheta are derived term by term from the equation itself (Dickinson & Gelinas
1976, eq. 6), and both are integrated together by the classical Runge-Kutta method, compiled (see
`tape`).
"""

from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.tape import Tape, carried, states_at
from understudy.equations.terms import Symbol

__all__ = ["Sensitivity"]


@final
class Sensitivity:
    """An equation of first order without space, and its derivatives.

    Args:
        equation: with the parameters that are to be known.
        substeps: of the Runge-Kutta method between two times.

    Raises:
        ValueError: an equation of second order, or on a line.
    """

    def __init__(self, equation: Equation, substeps: int = 4) -> None:
        if equation.space or set(equation.orders) != {1}:
            raise ValueError("equation: expected ordinary differential equations of first order")
        self.equation, self.substeps = equation, substeps
        self.states, self.parameters = len(equation.states), len(equation.parameters)
        names = [*equation.states, *equation.parameters]
        slopes = [
            (i, j, terms.partial(Symbol(name)))
            for i, terms in enumerate(equation.right)
            for j, name in enumerate(names)
        ]
        there = [(i, j, terms) for i, j, terms in slopes if len(terms)]
        self._plain = Tape.of(equation.right, names)
        self._whole = Tape.of((*equation.right, *(terms for *_, terms in there)), names)
        self._rows = np.array([i for i, _, _ in there], dtype=int)
        self._columns = np.array([j for _, j, _ in there], dtype=int)

    def solve(
        self,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "D n"],
        times: Float[np.ndarray, " T"],
    ) -> tuple[Float[np.ndarray, "n T D"], Float[np.ndarray, "n T D K"]]:
        """States at times, and their derivatives by parameters, then by initial values."""
        d, p = self.states, self.parameters
        first = np.zeros((d, 1 + p + d, start.shape[1]))
        first[:, 0] = start
        first[range(d), range(1 + p, 1 + p + d)] = 1.0
        found = carried(
            self._whole, self._rows, self._columns, values, first, times, self.substeps
        )
        return found[..., 0], found[..., 1:]

    def states_at(
        self,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "D n"],
        times: Float[np.ndarray, " T"],
    ) -> Float[np.ndarray, "n T D"]:
        """States alone."""
        return states_at(self._plain, values, start, times, self.substeps)

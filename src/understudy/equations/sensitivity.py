"""Trajectories and what they depend on: the forward sensitivity equations.

With S = d u / d (theta, u_0), parameters first,

    u' = f(u, theta),    S' = (df/du) S + [df/dtheta, 0],    S(0) = [0, 1],

where df/du and df/dtheta are derived term by term from the equation itself (Dickinson & Gelinas
1976, eq. 6), and both are integrated together by the classical Runge-Kutta method, many at once.
"""

from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.rhs import Rate, RightHandSide
from understudy.equations.runge_kutta import march
from understudy.equations.terms import Symbol, Terms

__all__ = ["Sensitivity"]


@final
class Sensitivity:
    """An equation of first order without space, and its derivatives.

    Args:
        equation: with the parameters that are to be known.
        substeps: of the Runge-Kutta method between two times.
        block: samples at once.

    Raises:
        ValueError: an equation of second order, or on a line.
    """

    def __init__(self, equation: Equation, substeps: int = 4, block: int = 512) -> None:
        if equation.space or set(equation.orders) != {1}:
            raise ValueError("equation: expected ordinary differential equations of first order")
        self.equation, self.substeps, self.block = equation, substeps, block
        self.states, self.parameters = len(equation.states), len(equation.parameters)
        self._plain = RightHandSide(equation)
        names = [*equation.states, *equation.parameters]
        slopes = [
            ((i, j), terms.partial(Symbol(name)))
            for i, terms in enumerate(equation.right)
            for j, name in enumerate(names)
        ]
        self._places = [place for place, terms in slopes if len(terms)]
        every: tuple[Terms, ...] = (*equation.right, *(t for _, t in slopes if len(t)))
        self._right = RightHandSide(equation, right=every)

    def solve(
        self,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "D n"],
        times: Float[np.ndarray, " T"],
    ) -> tuple[Float[np.ndarray, "n T D"], Float[np.ndarray, "n T D K"]]:
        """States at times, and their derivatives by parameters, then by initial values."""
        many, d, k = start.shape[1], self.states, self.states + self.parameters
        found = np.empty((many, len(times), d * (1 + k)))
        first = np.zeros((d * (1 + k), many))
        first[:d] = start
        for i in range(d):
            first[d + i * k + self.parameters + i] = 1.0
        with np.errstate(all="ignore"):
            for begin in range(0, many, self.block):
                part = slice(begin, begin + self.block)
                rate = self._rate(values[:, part])
                march(rate, first[:, part], times, self.substeps, found[part])
        return found[..., :d], found[..., d:].reshape(many, len(times), d, k)

    def states_at(
        self,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "D n"],
        times: Float[np.ndarray, " T"],
    ) -> Float[np.ndarray, "n T D"]:
        """States alone."""
        found = np.empty((start.shape[1], len(times), self.states))
        with np.errstate(all="ignore"):
            for begin in range(0, start.shape[1], self.block):
                part = slice(begin, begin + self.block)
                rate = self._plain.bind(values[:, part])
                march(rate, start[:, part], times, self.substeps, found[part])
        return found

    def _rate(self, values: np.ndarray) -> Rate:
        d, k = self.states, self.states + self.parameters
        every = self._right.bind(values)

        def rate(t: float, y: np.ndarray) -> np.ndarray:
            made = every(t, y[:d])
            found = np.zeros_like(y)
            found[:d] = made[:d]
            sensitivity, change = (a[d:].reshape(d, k, -1) for a in (y, found))
            for (i, j), slope in zip(self._places, made[d:], strict=True):
                if j < d:
                    change[i] += slope * sensitivity[j]
                else:
                    change[i, j - d] += slope
            return found

        return rate

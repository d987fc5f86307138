"""Finite volumes for conservation laws, which may form shocks.

    u_t = -f(u)_x + (terms without f),   f(u) = integral of what multiplies u_x.

Cell means are reconstructed with van Leer's limited slopes, fluxes between cells are those of
local Lax and Friedrichs, (f(a) + f(b)) / 2 - s (b - a) / 2 with s the greater speed (LeVeque 2002,
section 12.5), and time goes by the strong-stability-preserving method of Shu & Osher (1988, eq.
2.18). Total mass changes by the other terms alone, to round-off.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.rhs import Periodic, Rate, RightHandSide
from understudy.equations.terms import Call, Derivative, Monomial, Symbol, Terms

__all__ = ["FiniteVolumes", "flux"]


def flux(equation: Equation) -> tuple[Terms, Terms]:
    """f(u) of the equation, and the terms that are left.

    Raises:
        ValueError: not one state of first order, or a product with u_x that has no closed
            integral.
    """
    if equation.orders != (1,):
        raise ValueError("equation: expected one state of first order in time")
    state = Symbol(equation.states[0])
    slope = (Derivative(state.name, 1), 1.0)
    whole, rest = Terms(()), Terms(())
    for monomial, number in equation.right[0]:
        if slope in monomial:
            others = tuple(item for item in monomial if item != slope)
            whole = whole - _integral(others, number, state, equation.parameters)
        else:
            rest = rest + Terms.of([(monomial, number)])
    return whole, rest


def _integral(
    monomial: Monomial, number: float, state: Symbol, parameters: tuple[str, ...]
) -> Terms:
    constant = Terms.number(number)
    power, function = 0.0, None
    for factor, exponent in monomial:
        if factor == state:
            power = exponent
        elif isinstance(factor, Symbol) and factor.name in parameters:
            constant = constant * Terms.factor(factor, exponent)
        elif isinstance(factor, Call) and factor.argument == Terms.factor(state) and exponent == 1:
            function = factor.name
        else:
            raise ValueError(f"flux: no closed integral of a product with {factor}")
    u = Terms.factor(state)
    if function is None:
        return constant * u ** (power + 1) * Terms.number(1 / (power + 1))
    known = {
        "cos": Terms.call("sin", u), "sin": -Terms.call("cos", u), "exp": Terms.call("exp", u),
    }  # fmt: skip
    if power or function not in known:
        raise ValueError(f"flux: no closed integral of u^{power:g} {function}(u)")
    return constant * known[function]


@final
@dataclass(frozen=True, kw_only=True)
class FiniteVolumes:
    """Settings.

    Attributes:
        line: its points are the middles of cells.
        courant: greatest speed times step over cell width, at most.
        block: samples at once; they share their steps.
    """

    line: Periodic
    courant: float = 0.4
    block: int = 32

    def __post_init__(self) -> None:
        if not 0.0 < self.courant <= 0.5:
            raise ValueError(f"courant: expected in (0, 0.5], got {self.courant}")

    def solve(
        self,
        equation: Equation,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "1 n X"],
        times: Float[np.ndarray, " T"],
    ) -> Float[np.ndarray, "n T 1 X"]:
        """Fields at times, the first of which is that of the start.

        Raises:
            ValueError: the equation is no conservation law of one state.
        """
        whole, rest = flux(equation)
        speed = whole.partial(Symbol(equation.states[0]))
        rights = [
            RightHandSide(equation, derive=self.line.derivative, x=self.line.x, right=(terms,))
            for terms in (whole, speed)
        ]
        other = RightHandSide(equation, derive=self._difference, x=self.line.x, right=(rest,))
        found = np.empty((start.shape[1], len(times), 1, self.line.points))
        for first in range(0, start.shape[1], self.block):
            part = slice(first, first + self.block)
            bound = [r.bind(values[:, part]) for r in (*rights, other)]
            self._march(bound, start[:, part], times, found[part])
        return found

    def _march(
        self, rates: list[Rate], start: np.ndarray, times: np.ndarray, found: np.ndarray
    ) -> None:
        width, u = self.line.length / self.line.points, np.array(start, dtype=float)
        found[:, 0] = np.moveaxis(u, 1, 0)
        f, speed, other = rates

        def rate(v: np.ndarray) -> np.ndarray:
            back, ahead = v - np.roll(v, 1, axis=-1), np.roll(v, -1, axis=-1) - v
            both = back * ahead
            total = np.where(both > 0, back + ahead, 1.0)
            slope = np.where(both > 0, 2 * both / total, 0.0)
            left, right = v + slope / 2, np.roll(v - slope / 2, -1, axis=-1)
            fast = np.maximum(np.abs(speed(0.0, left)), np.abs(speed(0.0, right)))
            through = (f(0.0, left) + f(0.0, right) - fast * (right - left)) / 2
            return (np.roll(through, 1, axis=-1) - through) / width + other(0.0, v)

        for i in range(1, len(times)):
            t = times[i - 1]
            while t < times[i]:
                greatest = max(float(np.abs(speed(0.0, u)).max()), 1e-12)
                h = min(self.courant * width / greatest, self._diffusive(other, u), times[i] - t)
                one = u + h * rate(u)
                two = (3 * u + one + h * rate(one)) / 4
                u = (u + 2 * (two + h * rate(two))) / 3
                t = times[i] if times[i] - t <= h else t + h
            found[:, i] = np.moveaxis(u, 1, 0)

    def _diffusive(self, other: Rate, u: np.ndarray) -> float:
        """Greatest step that the remaining terms allow: their slope at the roughest mode."""
        rough = 1e-6 * np.cos(np.pi * np.arange(self.line.points))
        change = (other(0.0, u + rough) - other(0.0, u)) / 1e-6
        return 1.2 / max(float(np.abs(change).max()), 1e-12)

    def _difference(self, u: np.ndarray, order: int) -> np.ndarray:
        """Central differences; of second order."""
        width = self.line.length / self.line.points
        if order % 2:
            u = (np.roll(u, -1, axis=-1) - np.roll(u, 1, axis=-1)) / (2 * width)
        for _ in range(order // 2):
            u = (np.roll(u, -1, axis=-1) - 2 * u + np.roll(u, 1, axis=-1)) / width**2
        return u

"""Fourier methods on a periodic line: stiff linear terms exactly, the rest by Runge-Kutta.

First order in time, u_t = L u + N(u): exponential time differencing of fourth order (Cox &
Matthews 2002, eqs. 26 to 29), its coefficients as means over a circle in the complex plane (Kassam
& Trefethen 2005, eq. 2.5). Second order, u_tt = L u + N(u): with w^2 = -L a pair of a mode and its
rate turns by

    [cos(w h), sin(w h)/w; -w sin(w h), cos(w h)],

and the classical Runge-Kutta method acts in the turning frame (Lawson 1967). L are the terms that
are a number times one state or one of its derivatives. Products lose the highest third of the
modes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Complex, Float
from scipy.fft import irfft, rfft

from understudy.equations.equation import Equation
from understudy.equations.rhs import Periodic, RightHandSide
from understudy.equations.terms import Derivative, Monomial, Symbol, Terms

__all__ = ["Spectral"]


@final
@dataclass(frozen=True, kw_only=True)
class Spectral:
    """Settings.

    Attributes:
        line: with twice the points that are wanted, for products.
        steps: in all; a multiple of the number of intervals of times is taken.
        block: samples at once.
        circle: points of the means.
    """

    line: Periodic
    steps: int = 500
    block: int = 32
    circle: int = 32

    def __post_init__(self) -> None:
        if min(self.steps, self.block, self.circle) < 1:
            raise ValueError(
                f"steps, block, circle: expected at least 1, got {self.steps}, {self.block}, "
                f"{self.circle}"
            )

    def solve(
        self,
        equation: Equation,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "D n X"],
        times: Float[np.ndarray, " T"],
    ) -> Float[np.ndarray, "n T D X"]:
        """Fields at times.

        Args:
            equation: of one state.
            values: of its parameters, a column a sample.
            start: the field, and for an equation of second order its rate: D = 1 or 2.
            times: evenly spaced, the first is that of the start.

        Raises:
            ValueError: an equation of several states, or a start without its rate.
        """
        if len(equation.states) != 1:
            raise ValueError(f"equation: expected one state, got {', '.join(equation.states)}")
        if len(start) != equation.orders[0]:
            raise ValueError(
                f"start: expected {equation.orders[0]} fields (values, then rates), "
                f"got {len(start)}"
            )
        step = np.diff(times)
        if np.ptp(step) > 1e-6 * step.mean():
            raise ValueError("times: expected evenly spaced ones")
        substeps = -(-self.steps // len(step))
        found = np.empty((start.shape[1], len(times), *start.shape[::2]))
        march = self._first if equation.orders[0] == 1 else self._second
        with np.errstate(all="ignore"):
            for first in range(0, start.shape[1], self.block):
                part = slice(first, first + self.block)
                march(
                    equation, values[:, part], start[:, part], float(step.mean()) / substeps,
                    substeps, found[part],
                )  # fmt: skip
        return found

    def _first(
        self,
        equation: Equation,
        values: np.ndarray,
        start: np.ndarray,
        h: float,
        substeps: int,
        found: np.ndarray,
    ) -> None:
        linear, rest = _parts(equation)
        symbol = self._symbol(equation, linear, values)
        nonlinear = self._nonlinear(equation, rest, values)
        e, e2, q, f1, f2, f3 = _coefficients(h * symbol, h, self.circle)
        points = self.line.points
        v = rfft(start[0], axis=-1)
        found[:, 0] = np.moveaxis(start, 1, 0)
        for i in range(1, found.shape[1]):
            for _ in range(substeps):
                n_v = nonlinear(v)
                a = e2 * v + q * n_v
                n_a = nonlinear(a)
                b = e2 * v + q * n_a
                n_b = nonlinear(b)
                c = e2 * a + q * (2 * n_b - n_v)
                v = e * v + f1 * n_v + f2 * (n_a + n_b) + f3 * nonlinear(c)
            found[:, i, 0] = irfft(v, n=points, axis=-1)

    def _second(
        self,
        equation: Equation,
        values: np.ndarray,
        start: np.ndarray,
        h: float,
        substeps: int,
        found: np.ndarray,
    ) -> None:
        linear, rest = _parts(equation)
        w = np.sqrt(-self._symbol(equation, linear, values))
        nonlinear = self._nonlinear(equation, rest, values)
        points, safe = self.line.points, np.where(w == 0, 1, w)
        cos, sin = np.cos(w * h / 2), np.where(w == 0, h / 2, np.sin(w * h / 2) / safe)

        def turned(u: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return cos * u + sin * r, cos * r - w * w * sin * u

        u, r = rfft(start[0], axis=-1), rfft(start[1], axis=-1)
        found[:, 0] = np.moveaxis(start, 1, 0)
        for i in range(1, found.shape[1]):
            for _ in range(substeps):
                one = h * nonlinear(u)
                two = h * nonlinear(turned(u, r + one / 2)[0])
                middle = turned(u, r)
                three = h * nonlinear(middle[0])
                end = turned(*middle)
                four = h * nonlinear(end[0] + sin * three)
                u, r = turned(*turned(u, r + one / 6))
                more = turned(np.zeros_like(u), (two + three) / 3)
                u, r = u + more[0], r + more[1] + four / 6
            found[:, i, 0] = irfft(u, n=points, axis=-1)
            found[:, i, 1] = irfft(r, n=points, axis=-1)

    def _symbol(
        self, equation: Equation, linear: Terms, values: np.ndarray
    ) -> Complex[np.ndarray, "n K"]:
        """Of the linear terms, one row a sample."""
        total = np.zeros((values.shape[1], len(self.line.wave)), dtype=complex)
        for monomial, number in linear:
            size = np.full(values.shape[1], number)
            order = 0
            for factor, exponent in monomial:
                if isinstance(factor, Derivative):
                    order = factor.order
                elif isinstance(factor, Symbol) and factor.name in equation.parameters:
                    size = size * values[equation.parameters.index(factor.name)] ** exponent
            total += size[:, None] * self.line.symbol(order)
        return total

    def _nonlinear(
        self, equation: Equation, rest: Terms, values: np.ndarray
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Modes -> modes of the nonlinear terms, the highest third left out."""
        points, keep = self.line.points, self.line.points // 3
        if not len(rest):
            return np.zeros_like
        now = [np.empty(0)]

        def derive(_: np.ndarray, order: int) -> np.ndarray:
            return irfft(self.line.symbol(order) * now[0], n=points, axis=-1)

        rate = RightHandSide(equation, derive=derive, x=self.line.x, right=(rest,)).bind(values)

        def modes(v: np.ndarray) -> np.ndarray:
            now[0] = v
            found = rfft(rate(0.0, irfft(v, n=points, axis=-1)[None])[0], axis=-1)
            found[:, keep + 1 :] = 0.0
            return found

        return modes


def _parts(equation: Equation) -> tuple[Terms, Terms]:
    """Terms that are a number times a state or one of its derivatives, and the rest."""
    own = {*equation.states}
    known = {*equation.parameters}

    def linear(monomial: Monomial) -> bool:
        moving = [(f, e) for f, e in monomial if not (isinstance(f, Symbol) and f.name in known)]
        if len(moving) != 1 or moving[0][1] != 1.0:
            return False
        factor = moving[0][0]
        return isinstance(factor, Derivative) or (
            isinstance(factor, Symbol) and factor.name in own
        )

    items = [(linear(m), (m, c)) for m, c in equation.right[0]]
    first, second = (
        Terms.of(item for is_linear, item in items if is_linear == want) for want in (True, False)
    )
    return first, second


def _coefficients(z: Complex[np.ndarray, "n K"], h: float, circle: int) -> tuple[np.ndarray, ...]:
    """exp(z), exp(z/2), and the weights of the stages, from means over a circle around each z."""
    roots = np.exp(2j * np.pi * (np.arange(circle) + 0.5) / circle)
    q, f1, f2, f3 = (np.zeros(z.shape, dtype=complex) for _ in range(4))
    for root in roots:
        at = z + root
        e = np.exp(at)
        q += (np.exp(at / 2) - 1) / at
        f1 += (-4 - at + e * (4 - 3 * at + at**2)) / at**3
        f2 += (2 + at + e * (at - 2)) / at**3
        f3 += (-4 - 3 * at - at**2 + e * (4 - at)) / at**3
    scale = h / circle
    return np.exp(z), np.exp(z / 2), scale * q, scale * f1, 2 * scale * f2, scale * f3

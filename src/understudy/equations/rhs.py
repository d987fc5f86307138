"""Right-hand sides of equations on arrays: many samples at once, each with its own parameters.

States stand first, samples second, points of a line last: (D, n) or (D, n, X). Products that
several terms share are made once, and numbers times parameters once for all times. The library of
the arrays is an argument, NumPy or torch: only its names `sin`, `cos`, `exp`, `tanh` and `stack`
are used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, final

import numpy as np
from jaxtyping import Complex, Float
from scipy.fft import irfft, rfft

from understudy.equations.equation import Equation
from understudy.equations.terms import Call, Derivative, Factor, Monomial, Symbol, Terms

__all__ = ["Derive", "Periodic", "RightHandSide", "first_order", "residual"]

Array = Any
"""A NumPy array or a torch tensor."""
Derive = Callable[[Array, int], Array]
"""Values on a line and an order -> that derivative along the line."""
Rate = Callable[[float, Array], Array]
"""Time and states -> what the states do."""


@final
@dataclass(frozen=True, kw_only=True)
class Periodic:
    """A periodic line.

    Attributes:
        length: of the line.
        points: on it, the first at 0.
    """

    length: float
    points: int

    def __post_init__(self) -> None:
        if not self.length > 0.0 or self.points < 4:
            raise ValueError(
                f"line: expected a length and at least 4 points, got {self.length}, {self.points}"
            )

    @property
    def x(self) -> Float[np.ndarray, " X"]:
        """The points."""
        return np.arange(self.points) * (self.length / self.points)

    @property
    def wave(self) -> Float[np.ndarray, " K"]:
        """Wave numbers of `rfft`."""
        return 2 * np.pi * np.fft.rfftfreq(self.points, self.length / self.points)

    def symbol(self, order: int) -> Complex[np.ndarray, " K"]:
        """What a derivative multiplies modes by; the Nyquist mode has no odd one."""
        found = (1j * self.wave) ** order
        if order % 2 and self.points % 2 == 0:
            found[-1] = 0.0
        return found

    def derivative(self, u: Float[np.ndarray, "*b X"], order: int) -> Float[np.ndarray, "*b X"]:
        """By the Fourier series."""
        return irfft(self.symbol(order) * rfft(u, axis=-1), n=self.points, axis=-1)


def first_order(equation: Equation) -> Equation:
    """A second time derivative becomes a state of its own, `<name>dot`, behind the others."""
    twice = [s for s, order in zip(equation.states, equation.orders, strict=True) if order == 2]
    right = dict(zip(equation.states, equation.right, strict=True))
    now = [Terms.symbol(f"{s}dot") if s in twice else right[s] for s in equation.states]
    return Equation(
        states=(*equation.states, *(f"{s}dot" for s in twice)),
        orders=(1,) * (len(equation.states) + len(twice)),
        right=(*now, *(right[s] for s in twice)),
    )


@final
class RightHandSide:
    """An equation of first order, ready for arrays.

    Args:
        equation: of first order in time.
        library: of the arrays, `numpy` or `torch`.
        derive: derivatives along the line; needed where the equation has some.
        x: points of the line; needed where the equation has the coordinate.
        right: other right-hand sides of the same states, parameters and coordinates, of whatever
            order; None: those of the equation.

    Raises:
        ValueError: an equation of second order, or a line that is needed and missing.
    """

    def __init__(
        self,
        equation: Equation,
        library: ModuleType = np,
        derive: Derive | None = None,
        x: Array = None,
        right: tuple[Terms, ...] | None = None,
    ) -> None:
        if right is None and set(equation.orders) != {1}:
            raise ValueError("equation: expected first order in time; `first_order` makes it so")
        if equation.space and derive is None:
            raise ValueError("derive: expected one, for the equation has derivatives along x")
        self.equation, self.library, self.derive, self.x = equation, library, derive, x
        self.parameters = equation.parameters
        self._names = {s: i for i, s in enumerate(equation.states)}
        self.right = right or equation.right
        self._split = [self._grouped(terms) for terms in self.right]

    @property
    def products(self) -> list[tuple[Monomial, ...]]:
        """Of each component, the products without numbers and parameters."""
        return [tuple(group) for group in self._split]

    def bind(self, values: Array) -> Rate:
        """The rate of samples whose parameters are known.

        Args:
            values: a row a parameter, in the order of `parameters`; shape (P, n).
        """
        if len(values) != len(self.parameters):
            raise ValueError(
                f"values: expected a row for each of {self.parameters}, got {len(values)}"
            )
        line = self.equation.space or self.derive is not None
        known = {
            name: row[:, None] if line else row
            for name, row in zip(self.parameters, values, strict=True)
        }
        places: dict[Monomial, int] = {}
        plan = [
            [
                (self._coefficient(terms, known), places.setdefault(product, len(places)))
                for product, terms in group.items()
            ]
            for group in self._split
        ]
        products = [(product, self._of_states(product)) for product in places]

        def rate(t: float, state: Array) -> Array:
            made: dict[object, Array] = {}
            values = [
                _powers(state, own) if own else self._product(product, t, state, known, made)
                for product, own in products
            ]
            rows = []
            for group in plan:
                total: Array = None
                for number, place in group:
                    value = values[place]
                    if value is None:
                        term = number + 0.0 * state[0]
                    elif isinstance(number, float) and number == 1.0:
                        term = value
                    else:
                        term = number * value
                    total = term if total is None else total + term
                rows.append(0.0 * state[0] if total is None else total)
            return self.library.stack(rows)

        return rate

    def features(self, t: float, state: Array, values: Array) -> list[Array]:
        """Of each component, its products stacked: shape (terms, n) or (terms, n, X)."""
        line = self.equation.space or self.derive is not None
        known = {
            name: row[:, None] if line else row
            for name, row in zip(self.parameters, values, strict=True)
        }
        made: dict[object, Array] = {}
        found = []
        for group in self._split:
            rows = [self._product(p, t, state, known, made) for p in group]
            found.append(
                self.library.stack([1.0 + 0.0 * state[0] if r is None else r for r in rows])
            )
        return found

    def _grouped(self, terms: Terms) -> dict[Monomial, list[tuple[Monomial, float]]]:
        """Products of states -> products of parameters and numbers that multiply them."""
        groups: dict[Monomial, list[tuple[Monomial, float]]] = {}
        for monomial, number in terms:
            own = tuple(
                (f, e) for f, e in monomial if isinstance(f, Symbol) and f.name in self.parameters
            )
            rest = tuple(item for item in monomial if item not in own)
            groups.setdefault(rest, []).append((own, number))
        return groups

    def _coefficient(
        self, terms: list[tuple[Monomial, float]], known: Mapping[str, Array]
    ) -> Array:
        total: Array = 0.0
        for monomial, number in terms:
            product: Array = number
            for factor, exponent in monomial:
                product = product * _power(known[factor.name], exponent)
            total = total + product
        return total

    def _of_states(self, monomial: Monomial) -> list[tuple[int, float]]:
        """Places and exponents of the states, if there is nothing else in a product."""
        own = [(self._names.get(getattr(f, "name", ""), -1), e) for f, e in monomial]
        plain = all(isinstance(f, Symbol) for f, _ in monomial)
        return own if plain and all(place >= 0 for place, _ in own) else []

    def _product(
        self,
        monomial: Monomial,
        t: float,
        state: Array,
        known: Mapping[str, Array],
        made: dict[object, Array],
    ) -> Array:
        if not monomial:
            return None
        if monomial not in made:
            value: Array = None
            for factor, exponent in monomial:
                raised = _power(self._factor(factor, t, state, known, made), exponent)
                value = raised if value is None else value * raised
            made[monomial] = value
        return made[monomial]

    def _factor(
        self,
        factor: Factor,
        t: float,
        state: Array,
        known: Mapping[str, Array],
        made: dict[object, Array],
    ) -> Array:
        if isinstance(factor, Symbol):
            if factor.name in self._names:
                return state[self._names[factor.name]]
            if factor.name == "t":
                return t + 0.0 * state[0]
            if factor.name == "x" and self.equation.space:
                if self.x is None:
                    raise ValueError("x: expected points of the line, for the equation has them")
                return self.x + 0.0 * state[0]
            return known[factor.name]
        if factor not in made:
            if isinstance(factor, Derivative):
                derive = self.derive
                own = state[self._names[factor.name]]
                made[factor] = derive(own, factor.order) if derive else None
            else:
                made[factor] = self._call(factor, t, state, known, made)
        return made[factor]

    def _call(
        self,
        call: Call,
        t: float,
        state: Array,
        known: Mapping[str, Array],
        made: dict[object, Array],
    ) -> Array:
        total: Array = 0.0
        for monomial, number in call.argument:
            value = self._product(monomial, t, state, known, made)
            total = total + (number if value is None else number * value)
        return 1.0 / total if call.name == "inv" else getattr(self.library, call.name)(total)


def _powers(state: Array, factors: list[tuple[int, float]]) -> Array:
    """Product of powers of states."""
    total: Array = None
    for place, exponent in factors:
        value = state[place]
        raised = value if exponent == 1.0 else _power(value, exponent)
        total = raised if total is None else total * raised
    return total


def _power(value: Array, exponent: float) -> Array:
    if exponent == 1.0:
        return value
    if exponent == 2.0:
        return value * value
    if exponent == 3.0:
        return value * value * value
    return value**exponent


def residual(
    rate: Rate, times: Float[np.ndarray, " T"], states: Float[np.ndarray, "T D *b"]
) -> Float[np.ndarray, "S D *b"]:
    """What a trajectory leaves of its equation, u_t minus the right-hand side.

    Time derivatives are central differences of fourth order, so two times at either end are left
    out: S = T - 4.

    Raises:
        ValueError: times that are not uniform, or fewer than 5.
    """
    step = np.diff(times)
    if len(times) < 5 or np.ptp(step) > 1e-6 * abs(step.mean()):
        raise ValueError(f"times: expected at least 5, evenly spaced, got {len(times)} of them")
    slope = (8 * (states[3:-1] - states[1:-3]) - (states[4:] - states[:-4])) / (12 * step.mean())
    inner = zip(times[2:-2], states[2:-2], strict=True)
    return slope - np.stack([rate(float(t), state) for t, state in inner])

"""Sums of products: the normal form in which equations are kept.

An expression is a finite sum

    sum_k c_k prod_j f_kj^(e_kj)

of numbers c times powers of factors f: a symbol, a derivative of a symbol along x, or a function
of another such sum. Factors of a product and products of a sum stand in one order, so that equal
expressions are equal objects. Products of sums are multiplied out; what cannot be, as one over a
sum, becomes the function `inv`.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

__all__ = ["FUNCTIONS", "Call", "Derivative", "Factor", "Monomial", "Symbol", "Terms"]

FUNCTIONS: dict[str, Callable[[float], float]] = {
    "cos": math.cos, "exp": math.exp, "inv": lambda v: 1.0 / v, "sin": math.sin, "tanh": math.tanh,
}  # fmt: skip
"""Functions of one number that an expression may hold."""

_ODD, _EVEN = {"sin", "tanh", "inv"}, {"cos"}


@final
@dataclass(frozen=True)
class Symbol:
    """A state, a coordinate or a parameter, by its name."""

    name: str

    @property
    def key(self) -> tuple[Any, ...]:
        """Place in the order of factors."""
        return (1, self.name, 0, ())


@final
@dataclass(frozen=True)
class Derivative:
    """A derivative of a state along x."""

    name: str
    order: int

    @property
    def key(self) -> tuple[Any, ...]:
        """Place in the order of factors."""
        return (2, self.name, self.order, ())


@final
@dataclass(frozen=True)
class Call:
    """A function of an expression."""

    name: str
    argument: "Terms"

    @property
    def key(self) -> tuple[Any, ...]:
        """Place in the order of factors."""
        return (3, self.name, 0, self.argument.key)


Factor = Symbol | Derivative | Call
Monomial = tuple[tuple[Factor, float], ...]
"""Factors and their exponents, in order."""


def _key(monomial: Monomial) -> tuple[Any, ...]:
    degree = sum(abs(e) for _, e in monomial)
    return (degree, tuple((f.key, e) for f, e in monomial))


@final
@dataclass(frozen=True)
class Terms:
    """A sum of products; make one by `of`, `number`, `symbol` and arithmetic.

    Attributes:
        items: products and their numbers, in order, none of them zero.
    """

    items: tuple[tuple[Monomial, float], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[Monomial, float]]) -> "Terms":
        """Sum of products, equal ones joined."""
        found: dict[Monomial, float] = {}
        for monomial, number in pairs:
            found[monomial] = found.get(monomial, 0.0) + number
        kept = [(m, c) for m, c in found.items() if c != 0.0]
        return cls(tuple(sorted(kept, key=lambda item: _key(item[0]))))

    @classmethod
    def number(cls, value: float | int) -> "Terms":
        """A constant."""
        return cls.of([((), float(value))])

    @classmethod
    def symbol(cls, name: str) -> "Terms":
        """One name."""
        return cls.factor(Symbol(name))

    @classmethod
    def factor(cls, factor: Factor, exponent: float | int = 1) -> "Terms":
        """A power of one factor."""
        return cls.of([(((factor, float(exponent)),), 1.0)])

    @classmethod
    def call(cls, name: str, argument: "Terms") -> "Terms":
        """A function of an expression; its sign comes out where it can.

        Raises:
            ValueError: a function that is not known.
        """
        if name not in FUNCTIONS:
            raise ValueError(f"function: expected one of {', '.join(FUNCTIONS)}, got {name!r}")
        value = argument.constant
        if value is not None:
            return cls.number(FUNCTIONS[name](value))
        if argument.items[0][1] < 0.0 and name in _ODD | _EVEN:
            inner = cls.factor(Call(name, -argument))
            return -inner if name in _ODD else inner
        return cls.factor(Call(name, argument))

    @property
    def key(self) -> tuple[Any, ...]:
        """Place among expressions."""
        return tuple((_key(m), c) for m, c in self.items)

    @property
    def monomials(self) -> tuple[Monomial, ...]:
        """The products, in order."""
        return tuple(m for m, _ in self.items)

    @property
    def constant(self) -> float | None:
        """Its value if it is a number."""
        if not self.items:
            return 0.0
        monomial, number = self.items[0]
        return number if len(self.items) == 1 and not monomial else None

    def __iter__(self) -> Iterator[tuple[Monomial, float]]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __add__(self, other: "Terms") -> "Terms":
        return Terms.of([*self.items, *other.items])

    def __neg__(self) -> "Terms":
        return Terms(tuple((m, -c) for m, c in self.items))

    def __sub__(self, other: "Terms") -> "Terms":
        return self + -other

    def __mul__(self, other: "Terms") -> "Terms":
        return Terms.of((_product(a, b), c * d) for a, c in self for b, d in other)

    def __truediv__(self, other: "Terms") -> "Terms":
        return self * other**-1.0

    def __pow__(self, exponent: float | int) -> "Terms":
        """A power.

        Raises:
            ValueError: a power of a sum that is no whole number; of a negative number, likewise.
            ZeroDivisionError: zero to a negative power.
        """
        if exponent == int(exponent) and exponent >= 0:
            found = Terms.number(1.0)
            for _ in range(int(exponent)):
                found = found * self
            return found
        if len(self) == 1:
            (monomial, number), *_ = self.items
            if number < 0 and exponent != int(exponent):
                raise ValueError(f"power: expected a whole number, got {exponent} of {number:g}")
            raised = tuple((f, e * exponent) for f, e in monomial)
            return Terms.of([(raised, number**exponent)])
        if not self.items:
            raise ZeroDivisionError("power: expected something, got zero to a negative power")
        if exponent == int(exponent):
            return Terms.call("inv", self) ** -exponent
        raise ValueError(f"power: expected a whole number, got {exponent} of a sum")

    @property
    def factors(self) -> tuple[Factor, ...]:
        """All factors, those inside functions too, each once."""
        found: dict[Factor, None] = {}
        for monomial, _ in self:
            for factor, _ in monomial:
                found[factor] = None
                if isinstance(factor, Call):
                    found |= dict.fromkeys(factor.argument.factors)
        return tuple(found)

    @property
    def names(self) -> set[str]:
        """Names of symbols and of what is differentiated."""
        return {f.name for f in self.factors if not isinstance(f, Call)}

    def along_x(self, states: Iterable[str]) -> "Terms":
        """Derivative along x: states depend on it, the symbol x is it, the rest does not."""
        known = set(states)

        def slope(factor: Factor) -> Terms:
            if isinstance(factor, Call):
                return outer(factor) * factor.argument.along_x(known)
            if isinstance(factor, Derivative):
                return Terms.factor(Derivative(factor.name, factor.order + 1))
            if factor.name in known:
                return Terms.factor(Derivative(factor.name, 1))
            return Terms.number(1.0 if factor.name == "x" else 0.0)

        return self._derived(slope)

    def partial(self, factor: Factor) -> "Terms":
        """Derivative with respect to a symbol or a derivative, all others held."""

        def slope(other: Factor) -> Terms:
            if isinstance(other, Call):
                return outer(other) * other.argument.partial(factor)
            return Terms.number(1.0 if other == factor else 0.0)

        return self._derived(slope)

    def _derived(self, slope: Callable[[Factor], "Terms"]) -> "Terms":
        found = Terms(())
        for monomial, number in self:
            for i, (factor, exponent) in enumerate(monomial):
                rest = (*monomial[:i], *monomial[i + 1 :])
                outside = Terms.of([(rest, number * exponent)])
                found += outside * Terms.factor(factor, exponent - 1.0) * slope(factor)
        return found

    def replaced(self, values: Mapping[Factor, "Terms"]) -> "Terms":
        """With expressions in the place of factors."""
        found = Terms(())
        for monomial, number in self:
            product = Terms.number(number)
            for factor, exponent in monomial:
                if factor in values:
                    base = values[factor]
                elif isinstance(factor, Call):
                    base = Terms.call(factor.name, factor.argument.replaced(values))
                else:
                    base = Terms.factor(factor)
                product = product * base**exponent
            found += product
        return found


def _product(a: Monomial, b: Monomial) -> Monomial:
    found = dict(a)
    for factor, exponent in b:
        found[factor] = found.get(factor, 0.0) + exponent
    kept = [(f, e) for f, e in found.items() if e != 0.0]
    return tuple(sorted(kept, key=lambda item: item[0].key))


def outer(call: Call) -> Terms:
    """Derivative of a function with respect to its argument."""
    itself = Terms.factor(call)
    if call.name == "sin":
        return Terms.call("cos", call.argument)
    if call.name == "cos":
        return -Terms.call("sin", call.argument)
    if call.name == "exp":
        return itself
    if call.name == "tanh":
        return Terms.number(1.0) - itself * itself
    return -(itself * itself)

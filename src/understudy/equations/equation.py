"""Evolution equations: what each state does in time, as a sum of terms.

    d^m u_i / dt^m = sum of terms in states, their derivatives along x, coordinates and parameters.

Names on a right-hand side that are neither states nor coordinates (t, x) are parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.terms import Call, Derivative, Factor, Monomial, Symbol, Terms

__all__ = ["COORDINATES", "Equation", "freed", "renamed"]

COORDINATES = ("t", "x")


@final
@dataclass(frozen=True, kw_only=True)
class Equation:
    """A system of evolution equations.

    Attributes:
        states: names, in order.
        orders: order of the time derivative of each, 1 or 2.
        right: right-hand side of each.
    """

    states: tuple[str, ...]
    orders: tuple[int, ...]
    right: tuple[Terms, ...]

    def __post_init__(self) -> None:
        if not self.states or len(set(self.states)) != len(self.states):
            raise ValueError(f"states: expected names, each once, got {list(self.states)}")
        if not len(self.states) == len(self.orders) == len(self.right):
            raise ValueError(
                f"equation: expected an order and a right-hand side for each of "
                f"{len(self.states)} states, got {len(self.orders)} and {len(self.right)}"
            )
        for name, order in zip(self.states, self.orders, strict=True):
            if order not in (1, 2):
                raise ValueError(
                    f"{name}: expected a time derivative of order 1 or 2, got {order}"
                )
            if name == "t" or (name == "x" and self.space):
                raise ValueError(f"states: {name!r} is a coordinate")
        for factor in (f for terms in self.right for f in terms.factors):
            if isinstance(factor, Derivative) and factor.name not in self.states:
                raise ValueError(f"derivative: {factor.name!r} is no state")

    @property
    def space(self) -> bool:
        """Whether there are derivatives along x."""
        return any(isinstance(f, Derivative) for terms in self.right for f in terms.factors)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names that are neither states nor coordinates, in order."""
        names = set().union(*(terms.names for terms in self.right))
        known = {*self.states, "t"} | ({"x"} if self.space else set())
        return tuple(sorted(names - known, key=_natural))

    @property
    def skeleton(self) -> tuple[tuple[int, tuple[Monomial, ...]], ...]:
        """What is left without numbers and parameters: order and products of each component."""
        known = set(self.parameters)
        return tuple(
            (order, _bare(terms, known).monomials)
            for order, terms in zip(self.orders, self.right, strict=True)
        )

    def with_values(self, values: Mapping[str, float]) -> "Equation":
        """Numbers in the place of parameters; what is not named stays."""
        known: dict[Factor, Terms] = {Symbol(n): Terms.number(v) for n, v in values.items()}
        return Equation(
            states=self.states,
            orders=self.orders,
            right=tuple(r.replaced(known) for r in self.right),
        )


def _natural(name: str) -> tuple[str, int]:
    """Order in which c2 stands before c10."""
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or -1)


def _bare(terms: Terms, parameters: set[str]) -> Terms:
    """The products, those inside functions too, each with the number one."""
    found: dict[Monomial, float] = {}
    for monomial, _ in terms:
        kept = [
            (Call(f.name, _bare(f.argument, parameters)) if isinstance(f, Call) else f, e)
            for f, e in monomial
            if not (isinstance(f, Symbol) and f.name in parameters)
        ]
        found[tuple(kept)] = 1.0
    return Terms.of(found.items())


def freed(equation: Equation, prefix: str = "c") -> tuple[Equation, Float[np.ndarray, " p"]]:
    """Give every number that is not 1 or -1 a name, those inside functions too.

    Args:
        equation: without parameters.
        prefix: of the names; `c0`, `c1`, ... in the order of the terms.

    Returns:
        The equation with parameters, and their values.

    Raises:
        ValueError: the equation has parameters already.
    """
    if equation.parameters:
        raise ValueError(f"equation: expected numbers only, got {', '.join(equation.parameters)}")
    values: list[float] = []

    def free(terms: Terms) -> Terms:
        found = Terms(())
        for monomial, number in terms:
            product = Terms.number(1.0)
            if abs(number) == 1.0:
                product = Terms.number(number)
            else:
                product = Terms.symbol(f"{prefix}{len(values)}")
                values.append(number)
            for factor, exponent in monomial:
                inner = factor
                if isinstance(factor, Call):
                    inner = Call(factor.name, free(factor.argument))
                product = product * Terms.factor(inner, exponent)
            found += product
        return found

    right = tuple(free(terms) for terms in equation.right)
    named = Equation(states=equation.states, orders=equation.orders, right=right)
    return named, np.array(values)


def renamed(equation: Equation, states: tuple[str, ...]) -> Equation:
    """The same equation with other names of its states.

    Raises:
        ValueError: another number of names, or one that a parameter has.
    """
    taken = set(states) & set(equation.parameters)
    if len(states) != len(equation.states) or taken:
        raise ValueError(
            f"states: expected {len(equation.states)} names that no parameter has, "
            f"got {list(states)}"
        )
    names = dict(zip(equation.states, states, strict=True))
    found: dict[Factor, Terms] = {Symbol(a): Terms.symbol(b) for a, b in names.items()}
    for terms in equation.right:
        for factor in terms.factors:
            if isinstance(factor, Derivative):
                found[factor] = Terms.factor(Derivative(names[factor.name], factor.order))
    right = tuple(terms.replaced(found) for terms in equation.right)
    return Equation(states=states, orders=equation.orders, right=right)

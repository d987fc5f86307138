"""The numbers of an equation."""

from understudy.equations.equation import Equation
from understudy.equations.terms import Monomial

__all__ = ["number_by_product"]


def number_by_product(equation: Equation) -> dict[tuple[int, Monomial], float]:
    """Numbers of an equation without parameters, by component and product."""
    return {
        (i, monomial): number
        for i, terms in enumerate(equation.right)
        for monomial, number in terms
    }

"""The numbers of an equation."""

from understudy.equations.equation import Equation
from understudy.equations.terms import Call, Factor, Monomial, Terms

__all__ = ["number_by_product"]


def number_by_product(equation: Equation) -> dict[tuple[int, Monomial], float]:
    """Numbers of an equation without parameters, by component and product.

    Numbers within functions are left out: cos(2 t) and cos(3 t) are one product.
    """
    return {
        (i, _bare(monomial)): number
        for i, terms in enumerate(equation.right)
        for monomial, number in terms
    }


def _bare(monomial: Monomial) -> Monomial:
    return tuple((_factor(factor), exponent) for factor, exponent in monomial)


def _factor(factor: Factor) -> Factor:
    if not isinstance(factor, Call):
        return factor
    return Call(factor.name, Terms.of((_bare(inner), 1.0) for inner, _ in factor.argument))

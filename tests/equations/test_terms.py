"""The normal form of expressions."""

import math

import numpy as np
import pytest

from understudy.equations.equation import Equation, freed
from understudy.equations.numbers import number_by_product
from understudy.equations.parse import parse
from understudy.equations.terms import Derivative, Symbol, Terms

X, Y = Terms.symbol("x"), Terms.symbol("y")


def value(terms, **names):
    """By the definition, term by term."""
    total = 0.0
    for monomial, number in terms:
        for factor, exponent in monomial:
            if isinstance(factor, Symbol):
                base = names[factor.name]
            else:
                inner = value(factor.argument, **names)
                base = {"sin": math.sin, "cos": math.cos, "exp": math.exp, "tanh": math.tanh,
                        "inv": lambda v: 1 / v}[factor.name](inner)  # fmt: skip
            number *= base**exponent
        total += number
    return total


def test_equal_expressions_are_equal_objects():
    """(x + y)^2 is x^2 + 2 x y + y^2, in whatever order it was written."""
    two = Terms.number(2.0)
    assert (X + Y) ** 2 == Y * Y + two * Y * X + X**2
    assert X - X == Terms(())
    assert hash((X + Y) ** 2) == hash((Y + X) ** 2)
    assert Terms.call("sin", Y - X) == -Terms.call("sin", X - Y)
    assert Terms.call("cos", Y - X) == Terms.call("cos", X - Y)


@pytest.mark.parametrize(
    "text", ["x*sin(2*x - y)", "1/(1 + x^2*y)", "exp(-x)*y^-2", "tanh(x*y)^3"]
)
def test_a_partial_derivative_is_the_limit_of_differences(text):
    """Central differences of h = 1e-5 are right to h^2."""
    (terms,) = parse(f"u' = {text}").right
    slope = terms.partial(Symbol("x"))
    at = {"x": 0.7, "y": 1.3}
    h = 1e-5
    difference = value(terms, x=0.7 + h, y=1.3) - value(terms, x=0.7 - h, y=1.3)
    assert value(slope, **at) == pytest.approx(difference / (2 * h), rel=1e-7)


def test_the_derivative_along_x_follows_product_and_chain():
    """(x u^2)_x = u^2 + 2 x u u_x and (sin u)_xx = cos(u) u_xx - sin(u) u_x^2."""
    assert parse("u_t = (x*u^2)_x + u_x").right == parse("u_t = u^2 + 2*x*u*u_x + u_x").right
    assert parse("u_t = (sin(u))_xx").right == parse("u_t = cos(u)*u_xx - sin(u)*u_x^2").right
    assert parse("u_t = (u_x)_x").right == (Terms.factor(Derivative("u", 2)),)


def test_replacing_is_putting_in():
    """u -> x + 1 in u^2 + sin(u)."""
    u = Terms.symbol("u")
    one = Terms.number(1.0)
    found = (u**2 + Terms.call("sin", u)).replaced({Symbol("u"): X + one})
    assert found == X**2 + X + X + one + Terms.call("sin", X + one)


def test_what_cannot_be_said_is_refused():
    """Roots of sums, logarithms, one over nothing."""
    with pytest.raises(ValueError, match=r"expected a whole number, got 0.5 of a sum"):
        (X + Y) ** 0.5
    with pytest.raises(ValueError, match="expected one of cos, exp"):
        Terms.call("log", X)
    with pytest.raises(ZeroDivisionError):
        Terms(()) ** -1


def test_freed_numbers_come_back_with_their_values():
    """Numbers that are not one get names, and putting their values in gives the equation."""
    equation = parse("x' = 10*y - 10*x + x*y; y' = -y + 2.5*cos(0.5*x)")
    named, values = freed(equation)
    assert sorted(values) == [-10.0, 0.5, 2.5, 10.0]
    assert named.parameters == ("c0", "c1", "c2", "c3")
    assert named.with_values(dict(zip(named.parameters, values, strict=True))) == equation
    assert named.skeleton == equation.skeleton


def test_the_skeleton_knows_no_numbers_and_no_parameters():
    """nu u_xx and 3 u_xx are one skeleton, u u_x another."""
    one, two = parse("u_t = nu*u_xx - u*u_x"), parse("u_t = 3*u_xx + 2*u*u_x")
    assert one.skeleton == two.skeleton
    assert one.skeleton != parse("u_t = nu*u_xx").skeleton
    assert one.skeleton != parse("u_tt = nu*u_xx - u*u_x").skeleton


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"states": ("u", "u")}, "names, each once"),
        ({"orders": (3,)}, "order 1 or 2, got 3"),
        ({"right": ()}, "an order and a right-hand side for each of 1 states, got 1 and 0"),
        ({"states": ("t",)}, "'t' is a coordinate"),
        ({"right": (Terms.factor(Derivative("v", 1)),)}, "'v' is no state"),
    ],
)
def test_an_equation_that_makes_no_sense_is_refused(settings, message):
    """What is wrong is named."""
    whole = {"states": ("u",), "orders": (1,), "right": (X,)}
    with pytest.raises(ValueError, match=message):
        Equation(**(whole | settings))


def test_parameters_stand_in_the_order_of_people():
    """c2 before c10."""
    terms = Terms(())
    for i in (10, 2, 1):
        terms = terms + Terms.symbol(f"c{i}") * Terms.symbol("u") ** i
    equation = Equation(states=("u",), orders=(1,), right=(terms,))
    assert equation.parameters == ("c1", "c2", "c10")
    assert np.ndim(equation.space) == 0


def test_numbers_within_functions_are_no_part_of_a_product():
    """Of one skeleton, whatever the frequency of a drive."""
    first, second = (
        number_by_product(parse(text))
        for text in ("x' = -2*x + 3*cos(4*t)", "x' = -5*x + 6*cos(7*t)")
    )
    assert list(first) == list(second)
    assert sorted(first.values()) == [-2.0, 3.0]

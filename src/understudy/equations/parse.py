"""Equations that people type, read by a grammar and never evaluated.

    u_t = nu*u_xx - u*u_x          x' = s*(y - x); y' = x*(r - z) - y; z' = x*y - b*z
    u_tt = c^2*u_xx - sin(u)       u_t = -(u^2/2)_x

Left-hand sides name the states. `_x`, `_xx`, ... behind a state or a bracket is a derivative along
x.
"""

from functools import cache
from typing import cast, final

from lark import Lark, Token, Transformer, Tree, UnexpectedInput, v_args
from lark.exceptions import VisitError

from understudy.equations.equation import Equation
from understudy.equations.terms import FUNCTIONS, Derivative, Terms

__all__ = ["parse"]

_GRAMMAR = r"""
    start: equation (_BREAK equation)* _BREAK?
    equation: LEFT "=" sum
    ?sum: product | sum "+" product -> add | sum "-" product -> sub
    ?product: signed | product "*" signed -> mul | product "/" signed -> div
    ?signed: power | "-" signed -> neg | "+" signed
    ?power: atom | atom ("^" | "**") exponent -> pow
    ?exponent: atom | "-" exponent -> neg
    ?atom: NUMBER -> number | NAME -> name | FUNCTION "(" sum ")" -> call
         | "(" sum ")" | "(" sum ")" ALONG -> along
    LEFT.3: /[A-Za-z][A-Za-z0-9]*(_tt?|'{1,2})(?=\s*=)/
    FUNCTION.2: /[A-Za-z]+(?=\s*\()/
    ALONG: /_x+/
    NAME: /[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)?/
    NUMBER: /(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/
    _BREAK: /[;\n]\s*/
    %ignore /[ \t]+/
"""


@cache
def _grammar() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual")


def parse(text: str) -> Equation:
    """The equation of a text, one component a line or between semicolons.

    Raises:
        ValueError: what is wrong, and where.
    """
    try:
        tree = _grammar().parse(text.strip())
    except UnexpectedInput as error:
        where = error.get_context(text.strip(), span=20).rstrip()
        raise ValueError(
            f"equation: cannot be read at line {error.line}, column {error.column}:\n{where}"
        ) from error
    lefts = [_left(str(cast(Tree[Token], node).children[0])) for node in tree.children]
    states = tuple(name for name, _ in lefts)
    try:
        right = cast(list[Terms], _Reader(states).transform(tree))
    except VisitError as error:
        raise ValueError(f"equation: {error.orig_exc}") from error
    return Equation(states=states, orders=tuple(order for _, order in lefts), right=tuple(right))


def _left(token: str) -> tuple[str, int]:
    name = token.rstrip("'")
    if name != token:
        return name, len(token) - len(name)
    name, _, times = token.rpartition("_")
    return name, len(times)


@final
@v_args(inline=True)
class _Reader(Transformer[Token, Terms]):
    """A tree of the grammar to expressions."""

    def __init__(self, states: tuple[str, ...]) -> None:
        super().__init__()
        self.states = states

    def start(self, *right: Terms) -> list[Terms]:
        return list(right)

    def equation(self, left: Token, right: Terms) -> Terms:  # noqa: ARG002
        return right

    def add(self, a: Terms, b: Terms) -> Terms:
        return a + b

    def sub(self, a: Terms, b: Terms) -> Terms:
        return a - b

    def mul(self, a: Terms, b: Terms) -> Terms:
        return a * b

    def div(self, a: Terms, b: Terms) -> Terms:
        return a / b

    def neg(self, a: Terms) -> Terms:
        return -a

    def pow(self, base: Terms, exponent: Terms) -> Terms:
        number = exponent.constant
        if number is None:
            raise ValueError("power: expected a number as exponent, got an expression")
        return base**number

    def number(self, token: Token) -> Terms:
        return Terms.number(float(token))

    def name(self, token: Token) -> Terms:
        base, _, end = str(token).partition("_")
        if end and set(end) == {"x"}:
            if base not in self.states:
                raise ValueError(
                    f"{token}: expected a derivative of {', '.join(self.states)}, "
                    f"got one of {base}"
                )
            return Terms.factor(Derivative(base, len(end)))
        if end in ("t", "tt"):
            raise ValueError(f"{token}: a time derivative may stand on the left only")
        return Terms.symbol(str(token))

    def call(self, name: Token, argument: Terms) -> Terms:
        if str(name) not in FUNCTIONS:
            raise ValueError(
                f"{name}: expected a function, one of {', '.join(FUNCTIONS)}, or a * before '('"
            )
        return Terms.call(str(name), argument)

    def along(self, inner: Terms, token: Token) -> Terms:
        for _ in range(len(token) - 1):
            inner = inner.along_x(self.states)
        return inner

"""Equations as text that `parse` reads, as LaTeX, and as SymPy expressions."""

from collections.abc import Callable
from typing import Any

from understudy.equations.equation import Equation
from understudy.equations.terms import Call, Derivative, Factor, Terms

__all__ = ["expressions", "latex", "lines"]

Expression = Any
"""Of SymPy, which has no types."""
_GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "eta", "theta", "kappa", "lambda", "mu", "nu",
    "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
}  # fmt: skip


def lines(equation: Equation, digits: int = 17) -> list[str]:
    """One line a component; with 17 digits `parse` gives the equation back."""

    def number(value: float) -> str:
        short = f"{value:.{digits}g}"
        return repr(value) if digits >= 17 else short

    def factor(f: Factor, exponent: float) -> str:
        if isinstance(f, Call):
            base = f"{f.name}({total(f.argument)})"
        elif isinstance(f, Derivative):
            base = f"{f.name}_{'x' * f.order}"
        else:
            base = f.name
        return base if exponent == 1 else f"{base}^{exponent:g}"

    def total(terms: Terms) -> str:
        return _sum(terms, number, factor, "*")

    left = ("_t", "_tt") if equation.space else ("'", "''")
    return [
        f"{name}{left[order - 1]} = {total(terms)}"
        for name, order, terms in zip(
            equation.states, equation.orders, equation.right, strict=True
        )
    ]


def latex(equation: Equation, digits: int = 3) -> str:
    """An `aligned` environment."""

    def name(word: str) -> str:
        letters = word.rstrip("0123456789")
        index = word[len(letters) :]
        base = f"\\{letters}" if letters in _GREEK else letters
        base = base if len(letters) == 1 or letters in _GREEK else f"\\mathrm{{{letters}}}"
        return f"{base}_{{{index}}}" if index else base

    def number(value: float) -> str:
        mantissa, _, power = f"{value:.{digits}g}".partition("e")
        return f"{mantissa} \\cdot 10^{{{int(power)}}}" if power else mantissa

    def factor(f: Factor, exponent: float) -> str:
        power = "" if exponent == 1 else f"^{{{exponent:g}}}"
        if isinstance(f, Call):
            if f.name == "inv":
                return f"\\left({total(f.argument)}\\right)^{{{-exponent:g}}}"
            return f"\\{f.name}{power}\\left({total(f.argument)}\\right)"
        if isinstance(f, Derivative):
            return f"{name(f.name)}_{{{'x' * f.order}}}{power}"
        return f"{name(f.name)}{power}"

    def total(terms: Terms) -> str:
        return _sum(terms, number, factor, " ")

    rows = []
    for state, order, terms in zip(equation.states, equation.orders, equation.right, strict=True):
        dots = f"{name(state)}_{{{'t' * order}}}"
        left = dots if equation.space else ("\\dot " if order == 1 else "\\ddot ") + name(state)
        rows.append(f"{left} &= {total(terms)}")
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def expressions(equation: Equation) -> dict[str, Expression]:
    """Right-hand sides as SymPy expressions by state; derivatives along x as symbols `u_x`."""
    import sympy

    functions: dict[str, Any] = {
        "cos": sympy.cos, "exp": sympy.exp, "sin": sympy.sin, "tanh": sympy.tanh,
        "inv": lambda v: 1 / v,
    }  # fmt: skip

    def one(f: Factor) -> Expression:
        if isinstance(f, Call):
            return functions[f.name](total(f.argument))
        if isinstance(f, Derivative):
            return sympy.Symbol(f"{f.name}_{'x' * f.order}")
        return sympy.Symbol(f.name)

    def whole(value: float) -> Expression:
        return sympy.Integer(int(value)) if value == int(value) else sympy.Float(value)

    def total(terms: Terms) -> Expression:
        return sympy.Add(
            *(sympy.Mul(whole(c), *(sympy.Pow(one(f), whole(e)) for f, e in m)) for m, c in terms)
        )

    return {s: total(terms) for s, terms in zip(equation.states, equation.right, strict=True)}


def _sum(
    terms: Terms,
    number: Callable[[float], str],
    factor: Callable[[Factor, float], str],
    times: str,
) -> str:
    text = ""
    for monomial, value in terms:
        size = number(abs(value))
        shown = [factor(f, e) for f, e in monomial]
        if abs(value) != 1.0 or not shown:
            shown.insert(0, size)
        sign = "-" if value < 0 else "+"
        product = times.join(shown)
        text += f" {sign} {product}" if text else ("-" if value < 0 else "") + product
    return text or "0"

"""Fifteen families of ordinary differential equations, most of them chaotic, and an oscillator.

The fifteen are those of Liu, Zhang & Schaeffer 2024 (arXiv 2309.16816, table 1) with the means of
their parameters. The oscillator has damping and a cubic spring; in a window that a surrogate sees
it swings about twice.
"""

from understudy.equations.family import Family
from understudy.equations.parse import parse

__all__ = ["ODE_FAMILIES", "SIX"]


def _lorenz96(size: int) -> str:
    def name(i: int) -> str:
        return f"u{i % size}"

    return "; ".join(
        f"u{i}' = ({name(i + 1)} - {name(i - 2)})*{name(i - 1)} - u{i} + f" for i in range(size)
    )


_PENDULUM = """
    a' = v; b' = w
    v' = (-3*g*sin(a) - g*sin(a - 2*b) - 2*l*sin(a - b)*(w^2 + v^2*cos(a - b)))/(l*S)
    w' = 2*sin(a - b)*(2*l*v^2 + 2*g*cos(a) + l*w^2*cos(a - b))/(l*S)
""".replace("S", "(3 - cos(2*a - 2*b))")


def _family(name: str, text: str, spread: float = 0.1, **means: float) -> Family:
    return Family(name=name, equation=parse(text), means=means, spread=spread)


ODE_FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        _family("thomas", "x' = sin(y) - b*x; y' = sin(z) - b*y; z' = sin(x) - b*z", b=0.17),
        _family(
            "lorenz", "x' = s*(y - x); y' = x*(r - z) - y; z' = x*y - b*z", s=10.0, r=28.0, b=8 / 3
        ),
        _family(
            "aizawa",
            "x' = (z - b)*x - d*y; y' = d*x + (z - b)*y;"
            "z' = c + a*z - z^3/3 - x^2 + f*z*x^3 - e*z*x^2 - y^2 - e*z*y^2",
            a=0.95, b=0.7, c=0.6, d=3.5, e=0.25, f=0.1,
        ),
        _family("chen_lee", "x' = a*x - y*z; y' = -10*y + x*z; z' = d*z + x*y/3", a=5.0, d=-0.38),
        _family(
            "dadras",
            "x' = y/2 - a*x + b*y*z; y' = c*y - x*z/2 + z/2; z' = d*x*y - e*z",
            a=1.25, b=1.15, c=0.75, d=0.8, e=4.0,
        ),
        _family("roessler", "x' = -y - z; y' = x + a*y; z' = b + z*(x - c)", a=0.1, b=0.1, c=14.0),
        _family(
            "halvorsen",
            "x' = a*x - y - z - y^2/4; y' = a*y - z - x - z^2/4; z' = a*z - x - y - x^2/4",
            a=-0.35,
        ),
        _family(
            "rabinovich_fabrikant",
            "x' = y*(z - 1 + x^2) + g*x; y' = x*(3*z + 1 - x^2) + g*y; z' = h*z - 2*x*y*z",
            h=-1.96, g=0.1,
        ),
        _family("sprott_b", "x' = a*y*z; y' = x - b*y; z' = c - x*y", a=0.4, b=1.2, c=1.0),
        _family("sprott_linz_f", "x' = y + z; y' = -x + a*y; z' = x^2 - z", a=0.5),
        _family(
            "four_wing",
            "x' = a*x + y*z; y' = b*x + c*y - x*z; z' = -z - x*y",
            a=0.2, b=0.01, c=-0.4,
        ),
        _family("lorenz96_4", _lorenz96(4), f=8.0),
        _family("lorenz96_5", _lorenz96(5), f=8.0),
        _family(
            "duffing",
            "x' = 1; y' = z; z' = d*z + a*y + b*y^3 + g*cos(w*x)",
            a=-1.0, b=-5.0, g=8.0, d=-0.02, w=0.5,
        ),
        _family("double_pendulum", _PENDULUM, g=9.81, l=1.0),
        _family(
            "oscillator", "x' = w*v; v' = -c*v - k*x - h*x^3",
            w=6.3, c=0.8, k=6.3, h=2.5, spread=0.3,
        ),
    )
}  # fmt: skip
"""By name, in the order of the paper's table, the oscillator last."""

SIX = ("lorenz", "thomas", "roessler", "sprott_b", "chen_lee", "four_wing")
"""Those that small studies use."""

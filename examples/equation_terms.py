"""One list of terms and what comes from it: fields, words, a guess, a residual, LaTeX.

Burgers' equation is typed once. A wave that meets its equation leaves a residual that is the error
of the differences in time alone; it leaves a large one of an equation without diffusion.
"""

from pathlib import Path

import numpy as np

from understudy.equations.family import guess
from understudy.equations.parse import parse
from understudy.equations.printing import latex, lines
from understudy.equations.rhs import Periodic, RightHandSide, residual
from understudy.equations.spectral import Spectral
from understudy.equations.tokens import Tokenizer
from understudy.figures import draw_lines

BURGERS = parse("u_t = nu*u_xx - u*u_x")
LINE, TIMES = Periodic(length=2.0, points=256), np.linspace(0.0, 0.5, 101)


def fields() -> np.ndarray:
    """A sine wave that steepens, viscosity 0.05; shape (T, X)."""
    start = np.sin(np.pi * LINE.x)[None, None]
    solver = Spectral(line=LINE, steps=400)
    return solver.solve(BURGERS, np.array([[0.05]]), start, TIMES)[0, :, 0]


def leftover(text: str) -> float:
    """Greatest residual of the wave in an equation, over the greatest rate of change."""
    rate = RightHandSide(parse(text), derive=LINE.derivative).bind(np.empty((0, 1)))
    states = fields()[:, None, None]
    size = np.abs(np.gradient(fields(), TIMES, axis=0)).max()
    return float(np.abs(residual(rate, TIMES, states)).max() / size)


if __name__ == "__main__":
    tokenizer = Tokenizer(states=("u",), space=2)
    words = tokenizer.encode(BURGERS.with_values({"nu": 0.05}))
    print("words:  ", " ".join(tokenizer.words[w] for w in words))
    print("back:   ", *lines(tokenizer.decode(words)))
    wrong = guess(BURGERS, np.random.default_rng(0), "added").equation
    print("a guess:", *lines(wrong))
    print(latex(BURGERS))
    right, poor = leftover("u_t = 0.05*u_xx - u*u_x"), leftover("u_t = -u*u_x")
    print(f"residual: {right:.1e} in its own equation, {poor:.1e} in one without diffusion")
    shown = {f"t = {TIMES[i]:.2f}": (LINE.x, fields()[i]) for i in (0, 50, 100)}
    draw_lines(Path("equation_terms.png"), shown, "x", "u")

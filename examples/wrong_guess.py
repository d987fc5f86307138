"""A wrong guess of Lorenz' equations, corrected from four noisy windows.

The user believes that x y stands in the second equation and forgets it in the third. Each window
has 64 points and noise of 2 %; all share their numbers, which the user does not know. The search
edits the guess, refines each candidate through the integrator and weighs evidence against the
price of edits.
"""

from pathlib import Path

import numpy as np

from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.parse import parse
from understudy.equations.printing import lines
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta
from understudy.equations.trajectories import TIMES, noisy
from understudy.figures import draw_bars
from understudy.surrogates.equation_bench import Searched
from understudy.surrogates.equation_search import EquationSearch

TRUTH = ODE_FAMILIES["lorenz"].equation
NUMBERS = np.array([8 / 3, 28.0, 10.0])
GUESS = parse("x' = a*x + b*y; y' = c*x + d*y + e*x*z + f*x*y; z' = g*z")


def found(count: int) -> Searched:
    """From some windows that begin anywhere."""
    rng = np.random.default_rng(0)
    start = rng.uniform(-2.0, 2.0, (3, count))
    clean = RungeKutta().solve(
        RightHandSide(TRUTH), np.tile(NUMBERS[:, None], count), start, TIMES[:64]
    )
    windows = noisy(clean, 0.02, rng)
    return EquationSearch().solve(TIMES[:64], windows, ("x", "y", "z"), GUESS)


def certainty(searched: Searched) -> float:
    """Probability of the true form among the candidates."""
    return sum(
        float(w)
        for c, w in zip(searched.candidates, searched.weights, strict=True)
        if c.equation.skeleton == TRUTH.skeleton
    )


if __name__ == "__main__":
    results = {count: found(count) for count in (1, 2, 4)}
    for count, searched in results.items():
        print(f"{count} windows, {searched.tried} candidates refined:")
        for line in lines(searched.candidates[0].equation, digits=4):
            print("   ", line)
    bars = {f"{count} windows": certainty(searched) for count, searched in results.items()}
    draw_bars(Path("wrong_guess.png"), {"true form": bars}, "probability")
    print("probability of the true form:", bars)

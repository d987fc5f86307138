"""An equation that is in no library, and an answer that refuses to be believed.

Sines of large arguments: no polynomial of third degree follows x' = sin(3 y), y' = -sin(3 x) + 0.3
cos(2 x) for long. The best candidate leaves many times the noise in the windows, and the verdict
says so. The same question about a polynomial system is answered and trusted.
"""

from pathlib import Path

import numpy as np

from understudy.equations.equation import Equation
from understudy.equations.parse import parse
from understudy.equations.sensitivity import Sensitivity
from understudy.figures import draw_forecast
from understudy.surrogates.equation_discovery import Answer, Discovery
from understudy.surrogates.equation_search import EquationSearch

SINES = parse("x' = sin(3*y); y' = -sin(3*x) + 0.3*cos(2*x)")
PREY = parse("x' = 1.1*x - 0.4*x*y; y' = 0.1*x*y - 0.4*y")
TIMES, AHEAD = np.linspace(0.0, 8.0, 48), np.linspace(0.0, 16.0, 95)


def windows_of(truth: Equation) -> np.ndarray:
    """Two windows with noise of 2 %."""
    rng = np.random.default_rng(0)
    clean = Sensitivity(truth, substeps=10).states_at(
        np.empty((0, 2)), rng.uniform(2.0, 6.0, (2, 2)), TIMES
    )
    return clean + 0.02 * clean.std() * rng.standard_normal(clean.shape)


def answer(truth: Equation, guess: str) -> Answer:
    """What is found, and what is said of it."""
    spec = Discovery(search=EquationSearch(rounds=2))
    return spec.solve(
        TIMES, windows_of(truth), ("x", "y"), ahead=AHEAD, rng=np.random.default_rng(0),
        guess=parse(guess),
    )  # fmt: skip


if __name__ == "__main__":
    for name, truth, guess in (
        ("sines", SINES, "x' = a*y; y' = b*x + c"),
        ("prey", PREY, "x' = a*x - b*x*y; y' = c*x*y - d*y"),
    ):
        found = answer(truth, guess)
        print(f"{name}: {found.verdict}")
        for reason in found.reasons:
            print("   ", reason)
        draw_forecast(
            Path(f"unseen_equation_{name}.png"), AHEAD, found.forecast, found.low, found.high,
            names=("x", "y"), seen=(TIMES, windows_of(truth)[-1]), horizon=found.horizon,
        )  # fmt: skip

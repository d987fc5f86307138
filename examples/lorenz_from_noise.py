"""The numbers of Lorenz' equations from a noisy window, with error bars, and their forecast.

64 points of [0, 2] carry noise of 2 % of their size. The user knows the form and numbers that are
15 % off. Numbers and initial state are refined through the integrator; the equation then runs on
to t = 4, which is compared with the clean truth.
"""

from pathlib import Path

import numpy as np

from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta
from understudy.equations.trajectories import TIMES, noisy
from understudy.figures import draw_lines
from understudy.surrogates.equation_refinement import Refined, Refinement, noise_level

EQUATION = ODE_FAMILIES["lorenz"].equation
TRUTH = np.array([8 / 3, 28.0, 10.0])
SEEN, LATER = TIMES[:64], TIMES[64:128]


def clean() -> np.ndarray:
    """States from (1, 1, 1) on, shape (T, 3)."""
    right = RightHandSide(EQUATION)
    return RungeKutta().solve(right, TRUTH[:, None], np.ones((3, 1)), TIMES[:128])[0]


def refined() -> Refined:
    """From noise whose size is estimated too."""
    window = noisy(clean()[None, :64], 0.02, np.random.default_rng(0))
    first = TRUTH[None] * [[1.15, 0.85, 1.15]]
    return Refinement().fit(
        EQUATION, SEEN, window[:, None], centre=first, spread=0.2 * first,
        noise=noise_level(window),
    )  # fmt: skip


def error(found: Refined) -> float:
    """Relative error of the forecast over (2, 4]."""
    ahead, truth = found.forecast(TIMES[:128])[0, 64:], clean()[64:]
    return float(np.linalg.norm(ahead - truth) / np.linalg.norm(truth))


if __name__ == "__main__":
    found = refined()
    for name, value, bar, truth in zip(
        EQUATION.parameters, found.values[0], found.deviation[0], TRUTH, strict=True
    ):
        print(f"{name} = {value:.3f} +- {bar:.3f}, truth {truth:.3f}")
    print(f"misfit over noise {found.chi2[0]:.2f}, error of the forecast {error(found):.4f}")
    ahead = found.forecast(TIMES[:128])[0]
    curves = {
        "truth": (LATER, clean()[64:, 0]), "forecast": (LATER, ahead[64:, 0]),
    }  # fmt: skip
    draw_lines(Path("lorenz_from_noise.png"), curves, "t", "x")

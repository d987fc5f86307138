"""Reaction and diffusion identified from noisy slices of a finite-element solution.

The truth is Fisher's equation on an interval with free ends, u_t = nu u_xx + r u (1 - u), on a
strip of triangles that is finer than the points that are seen: sixteen slices with 2 % noise, over
a quarter of the time. The interval is the even half of a periodic line, so a Fourier solver can
follow it; the initial field is found along with the two numbers.
"""

from pathlib import Path

import numpy as np

from understudy.figures import draw_lines  # isort: skip  (VTK before DOLFINx)

from understudy.equations.parse import parse
from understudy.equations.rhs import Periodic
from understudy.equations.spectral import Spectral
from understudy.fem.domains import domain
from understudy.fem.evolution import Evolution
from understudy.surrogates.field_places import Line
from understudy.surrogates.field_refinement import FieldRefinement, RefinedFields

FISHER = parse("u_t = nu*u_xx + r*u*(1 - u)")
TRUTH = {"nu": 0.003, "r": 1.05}
TIMES, SEEN = np.linspace(0.0, 2.0, 64), 16
CELLS, EVERY = 256, 4


def simulated() -> np.ndarray:
    """Slices at every fourth node, without noise."""

    def start(x: np.ndarray) -> np.ndarray:
        return 0.45 + 0.3 * np.cos(np.pi * x[0]) - 0.2 * np.cos(4 * np.pi * x[0])

    solver = Evolution(equation=FISHER, substeps=2)
    return solver.solve(domain("interval", 1 / CELLS), TRUTH, start, TIMES)[:, : CELLS + 1 : EVERY]


def found(clean: np.ndarray) -> RefinedFields:
    """Numbers and initial field from noisy early slices; half as many points as the truth has."""
    rng = np.random.default_rng(0)
    size = 0.02 * np.sqrt((clean**2).mean())
    windows = clean[:SEEN] + size * rng.standard_normal((SEEN, clean.shape[1]))
    points = 2 * CELLS // EVERY
    line = Line(
        solver=Spectral(line=Periodic(length=2.0, points=points), steps=120),
        count=points,
        parity="even",
    )
    return FieldRefinement().fit(
        FISHER, line.solver, TIMES[:SEEN], windows[None], modes=line.modes(10), at=line.own,
        centre=np.array([[0.004, 0.8]]), spread=np.array([[0.002, 0.4]]), noise=np.array([size]),
    )  # fmt: skip


def forecast_error(clean: np.ndarray, refined: RefinedFields) -> float:
    """Relative, over the three quarters of the time that were not seen."""
    made = refined.forecast(TIMES, 0)[SEEN:, : clean.shape[1]]
    return float(np.linalg.norm(made - clean[SEEN:]) / np.linalg.norm(clean[SEEN:]))


if __name__ == "__main__":
    clean = simulated()
    refined = found(clean)
    for name, value, sigma in zip(
        FISHER.parameters, refined.values[0], refined.deviation[0], strict=True
    ):
        print(f"{name} = {value:.5f} +- {sigma:.5f}, truth {TRUTH[name]:g}")
    print(f"chi2 {refined.chi2[0]:.2f}, forecast error {forecast_error(clean, refined):.4f}")
    x = np.linspace(0.0, 1.0, clean.shape[1])
    made = refined.forecast(TIMES, 0)[:, : clean.shape[1]]
    draw_lines(
        Path("field_from_noise.png"),
        {"start": (x, clean[0]), "truth at t = 2": (x, clean[-1]), "forecast": (x, made[-1])},
        "x", "u",
    )  # fmt: skip

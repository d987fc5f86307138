"""A wave on a plate with a hole: its speed from noisy slices, the field to come, a wrong rival.

The truth is made with quadratic finite elements; the equation is solved again with linear ones at
the nodes that are seen. Two equations are proposed without their numbers, a wave and a diffusion:
their numbers begin where the weak form wants them, evidence decides, draws of the posterior are
the band.
"""

from pathlib import Path

import numpy as np

from understudy.figures import draw_panels  # isort: skip  (VTK before DOLFINx)

from understudy.equations.parse import parse
from understudy.equations.pde_families import TIMES
from understudy.fem.evolving_field import EvolvingField
from understudy.surrogates.field_discovery import FieldAnswer, FieldDiscovery
from understudy.surrogates.field_places import Plane

SPEED, SEEN, NOISE = 0.48, 16, 0.02
GUESSES = ("u_tt = c*u_xx", "u_t = nu*u_xx")


def simulated() -> tuple[Plane, np.ndarray]:
    """The plate and slices at its nodes, without noise."""
    problem = EvolvingField(
        family="wave", domain="plate_with_hole", mesh_size=0.07, refinements=0, substeps=4
    )
    sample = problem.simulate(0, {"c": SPEED}, 3)
    if sample.mesh is None:
        raise RuntimeError(sample.error)
    return Plane(mesh=sample.mesh), np.stack([*sample.fields.values()])


def found(place: Plane, clean: np.ndarray) -> tuple[FieldAnswer, np.ndarray]:
    """The answer to the first quarter of the time, and what was seen of it."""
    rng = np.random.default_rng(0)
    size = NOISE * np.sqrt((clean**2).mean())
    window = clean[:SEEN] + size * rng.standard_normal((SEEN, clean.shape[1]))
    discovery = FieldDiscovery()
    made = (discovery.believed(parse(g), place, TIMES[:SEEN], window) for g in GUESSES)
    priors = [prior for prior in made if prior is not None]
    (answer,) = discovery.solve(
        place, TIMES[:SEEN], window[None], [priors], ahead=TIMES, rng=np.random.default_rng(1)
    )
    if answer is None:
        raise RuntimeError("neither equation could be followed")
    return answer, window


def forecast_error(clean: np.ndarray, answer: FieldAnswer) -> float:
    """Relative, over the three quarters of the time that were not seen."""
    return float(
        np.linalg.norm(answer.forecast[SEEN:] - clean[SEEN:]) / np.linalg.norm(clean[SEEN:])
    )


if __name__ == "__main__":
    place, clean = simulated()
    answer, window = found(place, clean)
    best, rival = answer.candidates
    print(f"c = {best.values[0]:.4f} +- {best.deviation[0]:.4f}, truth {SPEED:g}")
    print(f"misfit {best.chi2:.2f}; of a diffusion {rival.chi2:.1f}; {answer.verdict}")
    print(f"forecast error {forecast_error(clean, answer):.4f}")
    limits = (float(clean[-1].min()), float(clean[-1].max()))
    off = np.abs(answer.forecast[-1] - clean[-1])
    draw_panels(
        Path("field_on_plate.png"),
        [[("last slice seen", place.mesh, window[-1], limits, "viridis"),
          ("truth at t = 2", place.mesh, clean[-1], limits, "viridis")],
         [("forecast", place.mesh, answer.forecast[-1], limits, "viridis"),
          ("its error", place.mesh, off, (0.0, float(off.max())), "magma")]],
    )  # fmt: skip

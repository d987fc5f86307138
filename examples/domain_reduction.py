"""A changed hole under old histories: the edge must let out what the change scatters.

Histories are recorded around a round hole. The hole becomes an ellipse. Held at its edge the
changed zone mirrors the waves that the ellipse scatters anew; driven by domain reduction, with
dashpots and springs of the surrounding steel, it lets them out.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

# Figures before finite elements: both bring a C++ library of the same name.
from understudy.figures import draw_bars  # isort: skip
from understudy.fem.impact_plate import ImpactPlate
from understudy.fem.zone import Hole
from understudy.surrogates.submodel import DomainReduction, Held


def errors(runs: int = 8, mesh_size: float = 0.01) -> dict[str, np.ndarray]:
    """Relative errors of the greatest stress against full runs with the ellipse."""
    spec = ImpactPlate(mesh_size=mesh_size)
    ellipse = replace(spec, hole=Hole(half_length=0.025, half_width=0.008, angle=-0.6))
    round_hole, changed = spec.prepare(), ellipse.prepare()
    history = np.stack([round_hole.run(0, i).displacement for i in range(runs)])
    truth = np.array([changed.run(0, i).peak.max() for i in range(runs)])
    nominal, zone = round_hole.zone(), changed.zone()
    models = {"held": Held(zone=zone), "reduced": DomainReduction(nominal=nominal, zone=zone)}
    return {name: m.run(history).max(axis=1) / truth - 1 for name, m in models.items()}


if __name__ == "__main__":
    found = errors()
    bars = {name: {"mean size": float(np.abs(e).mean())} for name, e in found.items()}
    draw_bars(Path("domain_reduction.png"), bars, "error of the greatest stress")
    for name, error in found.items():
        print(f"{name}: mean {error.mean():+.3f}, worst {np.abs(error).max():.3f}")

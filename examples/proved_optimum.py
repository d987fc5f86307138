"""The notch of least stress, by a mixed-integer program, checked by finite elements.

A network learns the greatest stress of a notched plate from simulations; the program finds its
least value over the radii, with a proof that none is better for the network; the solver is asked
there.
"""

from pathlib import Path

import numpy as np

from understudy.figures import draw_lines  # isort: skip  (VTK before DOLFINx)
from understudy.fem.tensile_plate import TensilePlate
from understudy.surrogates.network_optimum import Optimum, optimum
from understudy.surrogates.quantity_of_interest import QuantityModel, QuantityOfInterest


def peak(radius: float) -> float:
    """Greatest stress along the pull over the pull, by finite elements."""
    plate = TensilePlate(mesh_size=0.08)
    inputs = {"notch_radius": radius, "P": 1.0, "E": 7e4}
    return float(plate.simulate(index=0, inputs=inputs, seed=0).fields["sigma_yy"].max())


def learned() -> tuple[np.ndarray, np.ndarray, QuantityModel]:
    """Radii, their peaks, and a network of these."""
    radii = np.linspace(0.2, 0.8, 25)
    peaks = np.array([peak(float(r)) for r in radii])
    spec = QuantityOfInterest(beta=1e-3, calibration=0.4, level=0.9)
    return radii, peaks, spec.fit(radii[:, None], peaks, names=("radius",), name="peak")


def least(model: QuantityModel) -> tuple[Optimum, float]:
    """The radius of the least peak by the network, and what the solver says there."""
    found = optimum(model, model.low, model.high)
    return found, peak(float(found.x[0]))


if __name__ == "__main__":
    radii, peaks, model = learned()
    found, checked = least(model)
    fine = np.linspace(0.2, 0.8, 241)
    curves = {
        "finite elements": (radii, peaks), "network": (fine, model.predict(fine[:, None])),
        "proved bound": (fine, np.full(len(fine), found.bound)),
    }  # fmt: skip
    draw_lines(Path("proved_optimum.png"), curves, "radius of the notch", "greatest stress")
    print(
        f"radius {found.x[0]:.3f}: network {found.value:.3f} (none below {found.bound:.3f}), "
        f"finite elements {checked:.3f}"
    )

"""Stress concentration at two half-circle notches, by quadratic finite elements.

With t = 2 r / D for notches of radius r in a strip of width D, the largest stress over the mean
stress in the neck is  K = 3.065 - 3.472 t + 1.009 t^2 + 0.405 t^3  (W. D. Pilkey, "Peterson's
Stress Concentration Factors", chart 2.4). The plate is as long as wide, which adds a little.
"""

from pathlib import Path

from understudy.figures import draw_panels  # isort: skip  (VTK before DOLFINx)
from understudy.fem.tensile_plate import TensilePlate


def handbook(t: float) -> float:
    """Stress concentration factor of the strip."""
    return 3.065 - 3.472 * t + 1.009 * t**2 + 0.405 * t**3


def concentration(radius: float = 0.1) -> float:
    """Largest stress along the pull over the mean stress in the neck."""
    pull = 40.0
    plate = TensilePlate(mesh_size=0.02)
    sample = plate.simulate(index=0, inputs={"notch_radius": radius, "P": pull, "E": 7e4}, seed=0)
    neck = pull * plate.side / (plate.side - 2 * radius)
    return float(sample.fields["sigma_yy"].max() / neck)


if __name__ == "__main__":
    shown = TensilePlate().simulate(
        index=0, inputs={"notch_radius": 0.4, "P": 40.0, "E": 7e4}, seed=0
    )
    panel = ("sigma_yy [MPa]", shown.mesh, shown.fields["sigma_yy"], None, "viridis")
    draw_panels(Path("notched_plate.png"), [[panel]])
    print(f"stress concentration: {concentration():.3f}, strip: {handbook(0.1):.3f}")

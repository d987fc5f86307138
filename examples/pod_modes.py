"""POD of travelling bumps: how many modes a moving front needs.

Bumps exp(-(x - c)^2 / (2 w^2)) of width w at all places c are far from any low-dimensional space;
the narrower the bump, the more modes hold 99.9 % of the energy.
"""

from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from understudy.figures import draw_spectra
from understudy.linalg import POD, Basis


def bumps(width: float) -> Basis:
    """Basis of 60 bumps on 400 points."""
    x, centre = np.linspace(0, 1, 400), np.linspace(0.2, 0.8, 60)
    fields = np.exp(-((x - centre[:, None]) ** 2) / (2 * width**2))
    return POD(rank=30).fit(fields, csr_array(np.eye(400) / 400))


def modes_needed(width: float) -> int:
    """Modes that hold 99.9 % of the energy."""
    energy = np.cumsum(bumps(width).values ** 2)
    return int(np.searchsorted(energy, 0.999 * energy[-1]) + 1)


if __name__ == "__main__":
    spectra = {f"width {w}": bumps(w).values for w in (0.2, 0.1, 0.05)}
    draw_spectra(Path("pod_modes.png"), spectra, modes_needed(0.1))
    for width in (0.2, 0.1, 0.05):
        print(f"width {width}: {modes_needed(width)} modes")

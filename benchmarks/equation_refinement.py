"""Refinement of an equation's numbers: ours, all samples at once, and SciPy one by one, CPU time.

Lorenz' system from windows of 64 points with 2 % noise, parameters and initial values free with a
prior. The peer is `scipy.optimize.least_squares` over `solve_ivp` (RK45, rtol 1e-6) with
differences for slopes, from the same start with the same residuals. Both must end at the same sum
of squares; the greatest relative difference where both arrived is printed too.
"""

import argparse
import json
import os
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.rhs import RightHandSide
from understudy.equations.trajectories import TIMES, draw, noisy
from understudy.surrogates.equation_refinement import Refinement

SHARE = 0.1


def main(samples: int = 256, peers: int = 6, points: int = 64) -> dict[str, float]:
    """Ratio of CPU times a sample, and how far apart the costs are."""
    family, rng = ODE_FAMILIES["lorenz"], np.random.default_rng(0)
    times = TIMES[:points]
    clean = draw(family, samples, rng, times=times).states
    windows = noisy(clean, 0.02, rng)
    noise = np.sqrt(((windows - clean) ** 2).mean(axis=(1, 2)))
    centre = np.tile(family.centre, (samples, 1))
    spread = SHARE * np.abs(centre)
    began = time.process_time()
    ours = Refinement().fit(
        family.equation, times, windows[:, None], centre=centre, spread=spread, noise=noise
    )
    own = (time.process_time() - began) / samples
    right, p = RightHandSide(family.equation), centre.shape[1]
    peer, apart = 0.0, 0.0
    for i in range(peers):

        def residuals(z: np.ndarray, i: int = i) -> np.ndarray:
            rate = right.bind(z[:p, None])
            made = solve_ivp(
                lambda t, u: rate(t, u[:, None])[:, 0], (0, times[-1]), z[p:], t_eval=times,
                rtol=1e-6, atol=1e-8,
            )  # fmt: skip
            error = (made.y.T - windows[i]) / noise[i]
            return np.concatenate([error.ravel(), (z[:p] - centre[i]) / spread[i]])

        began = time.process_time()
        found = least_squares(residuals, np.concatenate([centre[i], windows[i, 0]]))
        peer += (time.process_time() - began) / peers
        if found.success and 2 * found.cost < 3 * windows[i].size:
            apart = max(apart, abs(2 * found.cost / float(ours.cost[i]) - 1))
    return {
        "ratio_scipy_over_ours": peer / own,
        "ours_cpu_seconds_a_sample": own,
        "difference_of_costs": apart,
        "share_arrived": float((ours.chi2 < 1.5).mean()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = main()
    if given.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<28} {value:.4g}")

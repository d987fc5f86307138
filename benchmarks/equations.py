"""Trajectories of equations: ours, many at once, and SciPy's BDF one by one, CPU time of both.

Six families on 192 times of [0, 6] from the same parameters and initial values; BDF runs at rtol
1e-5, as a data generator would use it. Errors are relative, against DOP853 at rtol 1e-11, and
printed beside the ratios: the faster one must not be the worse one. The compiled loop is compared
with the same method in NumPy arrays too, for few samples and for many. Fields of four equations on
a line are counted for each CPU second.
"""

import argparse
import json
import os
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from scipy.integrate import solve_ivp

from understudy.equations.ode_families import ODE_FAMILIES, SIX
from understudy.equations.pde_families import PDE_FAMILIES
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta, march
from understudy.equations.trajectories import TIMES

LINES = ("advection", "burgers", "fisher", "kdv")


def compared(name: str, many: int, peers: int) -> tuple[dict[str, float], float, float]:
    """Ratio of CPU times and the greatest errors of both, and the times a trajectory."""
    family, rng = ODE_FAMILIES[name], np.random.default_rng(0)
    right = RightHandSide(family.equation)
    values, start = family.values(many, rng), family.initial(many, rng)
    began = time.process_time()
    ours = RungeKutta().solve(right, values, start, TIMES)
    own_time = (time.process_time() - began) / many
    peer_time, own_error, peer_error = 0.0, 0.0, 0.0
    for i in range(peers):
        rate = right.bind(values[:, i : i + 1])

        def scalar(t: float, u: np.ndarray, rate=rate) -> np.ndarray:  # noqa: ANN001
            return rate(t, u[:, None])[:, 0]

        began = time.process_time()
        peer = solve_ivp(scalar, (0, 6), start[:, i], "BDF", t_eval=TIMES, rtol=1e-5, atol=1e-8)
        peer_time += (time.process_time() - began) / peers
        exact = solve_ivp(
            scalar, (0, 6), start[:, i], "DOP853", t_eval=TIMES, rtol=1e-11, atol=1e-12
        )
        size = np.linalg.norm(exact.y)
        own_error = max(own_error, float(np.linalg.norm(ours[i].T - exact.y) / size))
        peer_error = max(peer_error, float(np.linalg.norm(peer.y - exact.y) / size))
    found = {
        f"{name}_ratio_bdf_over_ours": peer_time / own_time,
        f"{name}_error_ours": own_error,
        f"{name}_error_bdf": peer_error,
    }
    return found, peer_time, own_time


def in_arrays(many: int) -> dict[str, float]:
    """Ratio of CPU times of the six families together, and the greatest difference."""
    method, rng = RungeKutta(), np.random.default_rng(0)
    own_time, array_time, apart = 0.0, 0.0, 0.0
    for family in (ODE_FAMILIES[name] for name in SIX):
        right = RightHandSide(family.equation)
        values, start = family.values(many, rng), family.initial(many, rng)
        began = time.process_time()
        ours = method.solve(right, values, start, TIMES)
        own_time += time.process_time() - began
        arrays = np.empty_like(ours)
        began = time.process_time()
        march(right.bind(values), start, TIMES, method.substeps, arrays)
        array_time += time.process_time() - began
        # Rounding grows where paths part: only the beginning of a chaotic one can be compared.
        early = slice(None), slice(len(TIMES) // 6)
        apart = max(apart, float(np.abs(ours[early] / arrays[early] - 1).max()))
    return {
        f"ratio_arrays_over_ours_{many}": array_time / own_time,
        f"difference_from_arrays_{many}": apart,
    }


def main(many: int = 4096, peers: int = 3, fields: int = 64) -> dict[str, float]:
    """Ratios and errors by family, and fields a CPU second."""
    in_arrays(1)  # compiles
    parts, peer_times, own_times = zip(*(compared(n, many, peers) for n in SIX), strict=True)
    found = {name: value for part in parts for name, value in part.items()}
    found["six_ratio_bdf_over_ours"] = sum(peer_times) / sum(own_times)
    for count in (8, 64, 1024):
        found |= in_arrays(count)
    total = 0.0
    for name in LINES:
        began = time.process_time()
        PDE_FAMILIES[name].draw(fields, np.random.default_rng(0))
        total += time.process_time() - began
    return found | {"fields_a_cpu_second": len(LINES) * fields / total}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = main()
    if given.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<32} {value:.4g}")

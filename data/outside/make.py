"""Trajectories of systems that no library of polynomials holds, from the collection `dysts`.

W. Gilpin, "Chaos as an interpretable benchmark for forecasting and data-driven modelling", NeurIPS
Datasets and Benchmarks 2021. Right-hand sides and parameters are the collection's own; time is
counted so that the 64 points of a window are four thirds of the system's period.

    envs/setup.sh peers && .venv-peers/bin/python data/outside/make.py
"""

import warnings
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

warnings.filterwarnings("ignore", message="Numba not installed")
import dysts  # noqa: E402
from dysts import flows  # noqa: E402

SYSTEMS = (
    "Blasius", "Chua", "HastingsPowell", "JerkCircuit",
    "SanUmSrisuchinwong", "SprottMore", "WindmiReduced", "YuWang",
)  # fmt: skip
SAMPLES, WINDOWS, POINTS, PERIOD, SEED = 8, 4, 192, 48, 2026


def trajectories(name: str, rng: np.random.Generator) -> np.ndarray:
    """States, shape (samples, windows, points, components), from places on the attractor."""
    model = getattr(flows, name)()
    step = model.period / PERIOD
    many = SAMPLES * WINDOWS
    starts = np.sort(rng.uniform(20, 220, many)) * model.period
    whole = solve_ivp(
        lambda t, u: np.array(model.rhs(u, t), dtype=float), (0.0, starts[-1] + 1.0),
        np.array(model.ic, dtype=float), method="DOP853", rtol=1e-9, atol=1e-12,
        t_eval=starts,
    )  # fmt: skip
    found = []
    for first in rng.permutation(whole.y.T):
        one = solve_ivp(
            lambda t, u: np.array(model.rhs(u, t), dtype=float), (0.0, step * (POINTS - 1)),
            first, method="DOP853", rtol=1e-10, atol=1e-13, t_eval=step * np.arange(POINTS),
        )  # fmt: skip
        if not one.success or one.y.shape[1] != POINTS:
            raise RuntimeError(f"{name}: {one.message}")
        found.append(one.y.T)
    return np.array(found).reshape(SAMPLES, WINDOWS, POINTS, -1)


if __name__ == "__main__":
    rng = np.random.default_rng(SEED)
    arrays = {name: trajectories(name, rng).astype(np.float32) for name in SYSTEMS}
    path = Path(__file__).with_name("systems.npz")
    temporary = path.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, **arrays)
    temporary.replace(path)
    for name, values in arrays.items():
        print(f"{name}: {values.shape}, greatest magnitude {np.abs(values).max():.3g}")
    print(f"dysts {dysts.__version__ if hasattr(dysts, '__version__') else ''}, seed {SEED}")

"""Active learning spends simulations where they teach: a ridge that two of eight inputs make.

From 24 designs of a Sobol sequence to 48: those that lower the integrated predictive variance
most, learned again after every four, or the next ones of the sequence, or any.
"""

from pathlib import Path

import numpy as np
from scipy.stats import qmc

from understudy.figures import draw_curves
from understudy.regression import GP
from understudy.surrogates.active import next_designs

INPUTS, FIRST, LAST, STEP = 8, 24, 48, 4


def simulated(x: np.ndarray) -> np.ndarray:
    """A stand-in for a simulation: a ridge, high near x_0 = 0.3 (1 + x_1), shape (k, 1)."""
    return np.exp(-(((x[:, :1] - 0.3 - 0.3 * x[:, 1:2]) / 0.15) ** 2))


def error(chosen: np.ndarray, rng: np.random.Generator) -> float:
    """Root mean square error at 1,000 fresh designs after training on those chosen."""
    fresh = rng.random((1000, INPUTS))
    found = GP().fit(chosen, simulated(chosen)).predict(fresh)
    return float(np.sqrt(np.mean((found.mean - simulated(fresh)) ** 2)))


def active(pool: np.ndarray, last: int = LAST) -> np.ndarray:
    """Rows of `pool` chosen by integrated variance."""
    taken = np.arange(FIRST)
    while len(taken) < last:
        process = GP().fit(pool[taken], simulated(pool[taken]))
        more = next_designs([(process, np.ones(1))], pool, taken, STEP)
        taken = np.append(taken, more)
    return taken


def errors(last: int = LAST, pools: int = 5) -> dict[str, float]:
    """Geometric mean over pools of the error by way of choosing."""
    logs: dict[str, list[float]] = {"integrated variance": [], "Sobol": [], "random": []}
    for seed in range(pools):
        rng = np.random.default_rng(seed)
        pool = qmc.Sobol(INPUTS, rng=rng).random_base2(8)
        rows = {
            "integrated variance": active(pool, last),
            "Sobol": np.arange(last),
            "random": rng.permutation(len(pool))[:last],
        }
        for name, chosen in rows.items():
            logs[name].append(np.log(error(pool[chosen], np.random.default_rng([seed, 1]))))
    return {name: float(np.exp(np.mean(values))) for name, values in logs.items()}


if __name__ == "__main__":
    sizes = np.arange(FIRST, LAST + 1, STEP)
    found = [errors(int(size)) for size in sizes]
    curves = {name: (sizes, np.array([e[name] for e in found])) for name in found[0]}
    draw_curves(Path("active_learning.png"), curves, "simulations", "root mean square error")
    for name, value in found[-1].items():
        print(f"{name:<20} {value:.4f}")

"""A scalar that is zero below a threshold: probability of a positive value x what it then is.

A relief valve pops open at a pressure that the model is not told; the flow through it is that of a
thin film, the pressure times the cube of the gap, and none before.
"""

from pathlib import Path

import numpy as np

from understudy.figures import draw_parity
from understudy.regression import GP
from understudy.surrogates.hurdle import Hurdle, fit_hurdle


def valves(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Gap and pressure of random valves, and the flow through them, without units."""
    rng = np.random.default_rng(seed)
    gap, pressure = rng.uniform(0.5, 2.0, size=count), rng.uniform(0.0, 2.0, size=count)
    flow = np.where(pressure > 0.8, pressure * gap**3, 0.0)
    return np.stack([gap, pressure], axis=1), flow


def trained(seed: int = 0) -> Hurdle:
    """A hurdle of a hundred valves."""
    return fit_hurdle(*valves(100, seed), GP())


def scores(designs: int = 4) -> tuple[float, float]:
    """Error of one process over that of the hurdle; Brier score over that of the base rate."""
    squares = np.zeros(4)
    for seed in range(designs):
        (x, flow), (new, truth) = valves(100, seed), valves(500, 100 + seed)
        probability, mean, _, _ = trained(seed).predict(new)
        direct = GP().fit(x, flow[:, None]).predict(new).mean[:, 0]
        opened = truth > 0
        gaps = direct - truth, mean - truth, probability - opened, np.mean(flow > 0) - opened
        squares += [np.mean(gap**2) for gap in gaps]
    return float(np.sqrt(squares[0] / squares[1])), float(squares[2] / squares[3])


if __name__ == "__main__":
    new, truth = valves(200, 100)
    _, mean, deviation, _ = trained().predict(new)
    draw_parity(Path("hurdle.png"), {"flow": (truth, mean)}, {"flow": deviation})
    gain, brier = scores()
    print(f"error of one process over that of the hurdle {gain:.2f}, relative Brier {brier:.2f}")

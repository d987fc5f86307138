"""A load that resonates once in ten thousand times, found with a few thousand runs.

Sixteen latent variables drive a generator of loads; a structure with little damping answers to
their part at its own frequency, A cos(w t) + B sin(w t) with A, B ~ N(0, 1). Its peak sqrt(A^2 +
B^2) is beyond b with the probability exp(-b^2 / 2). The event lies all around in the plane of A
and B, so a search for one most likely point would miss most of it.
"""

import math
from pathlib import Path

import numpy as np

from understudy.figures import draw_bars
from understudy.surrogates.importance_sampling import ImportanceSampling
from understudy.surrogates.rare_events import RareEvent, SubsetSimulation

PROBABILITY = 1e-4
THRESHOLD = math.sqrt(-2 * math.log(PROBABILITY))
TIME = np.linspace(0, 2 * np.pi, 200)
MIXING = np.linalg.qr(np.random.default_rng(0).normal(size=(16, 2)))[0]


def peak(z: np.ndarray) -> np.ndarray:
    """Greatest value of the response over a period, a value a row of latent variables."""
    return (z @ MIXING @ np.stack([np.cos(TIME), np.sin(TIME)])).max(axis=1)


def found() -> dict[str, RareEvent]:
    """Both methods on the same structure."""
    methods = {"subset simulation": SubsetSimulation(), "cross entropy": ImportanceSampling()}
    return {
        name: method.solve(peak, THRESHOLD, 16, np.random.default_rng(0))
        for name, method in methods.items()
    }


def saving(event: RareEvent) -> float:
    """Runs of plain Monte Carlo of the same coefficient of variation, over those needed."""
    return (1 - PROBABILITY) / (PROBABILITY * event.cov**2) / event.evaluations


if __name__ == "__main__":
    events = found()
    bars = {"saving": {name: saving(event) for name, event in events.items()}}
    draw_bars(Path("rare_event.png"), bars, "times fewer runs than plain Monte Carlo")
    for name, event in events.items():
        print(
            f"{name}: {event.probability:.2e} in [{event.low:.2e}, {event.high:.2e}], "
            f"{event.evaluations} runs, {saving(event):.0f} times fewer than plain Monte Carlo"
        )

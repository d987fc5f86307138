"""A WGAN-GP learns a law of two peaks in one variable, where the Wasserstein distance is known.

Half of the samples are normal around -1, half around 1, both of deviation 0.1. In one dimension W1
is the mean distance of equal quantiles (Vallender 1974); the quantiles of the law are roots of a
known function. A normal law of the same mean and variance misses both peaks.
"""

from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from understudy.figures import draw_curves
from understudy.generative import WGANGP, Gaussian, Generator, Stopping, Training

LEVELS = (np.arange(2000) + 0.5) / 2000


def quantiles() -> np.ndarray:
    """Of the law, at `LEVELS`."""

    def above(x: float, level: float) -> float:
        return 0.5 * ndtr((x + 1) / 0.1) + 0.5 * ndtr((x - 1) / 0.1) - level

    return np.array([brentq(above, -2, 2, args=(level,)) for level in LEVELS])


def drawn(method: Generator) -> np.ndarray:
    """Sorted draws of a method that has seen 1,000 samples of the law."""
    rng = np.random.default_rng(0)
    x = rng.choice([-1.0, 1.0], size=(1000, 1)) + 0.1 * rng.standard_normal((1000, 1))
    return np.sort(method.fit(x).sample(len(LEVELS), np.random.default_rng(1))[:, 0])


def wgan() -> WGANGP:
    """Small networks, and a small penalty: gradients of the best critic change sign here."""
    return WGANGP(
        latent=2,
        width=32,
        depth=2,
        training=Training(iterations=600, batch=64, learning_rate=3e-3, penalty=0.1, ema=0.02),
        stopping=Stopping(validation=0.3, every=20, patience=20),
    )


def distances() -> tuple[float, float]:
    """W1 to the law of the WGAN-GP and of the normal law."""
    truth = quantiles()
    network, normal = (np.abs(drawn(m) - truth).mean() for m in (wgan(), Gaussian()))
    return float(network), float(normal)


if __name__ == "__main__":
    shown, above = slice(10, None, 20), 3.0  # axes are logarithmic
    found = {"law": quantiles(), "WGAN-GP": drawn(wgan()), "normal law": drawn(Gaussian())}
    curves = {name: (LEVELS[shown], values[shown] + above) for name, values in found.items()}
    draw_curves(Path("wgan_closed_form.png"), curves, "level", "quantile + 3")
    network, normal = distances()
    print(f"W1 to the law: WGAN-GP {network:.3f}, normal law {normal:.3f}")

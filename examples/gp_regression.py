"""A Gaussian process learns a function of one variable from 25 noisy values."""

from pathlib import Path

import numpy as np

from understudy.figures import draw_parity
from understudy.regression import GP


def predictions(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth, mean and deviation at 200 points."""
    x = np.linspace(0, 2 * np.pi, 25)[:, None]
    y = np.sin(x) + 0.05 * rng.normal(size=x.shape)
    at = rng.uniform(0, 2 * np.pi, size=(200, 1))
    found = GP().fit(x, y).predict(at)
    return np.sin(at[:, 0]), found.mean[:, 0], np.sqrt(found.variance[:, 0])


def error(rng: np.random.Generator) -> float:
    """Root-mean-square error of the mean; the data have noise of deviation 0.05."""
    truth, mean, _ = predictions(rng)
    return float(np.sqrt(np.mean((truth - mean) ** 2)))


if __name__ == "__main__":
    truth, mean, deviation = predictions(np.random.default_rng(0))
    draw_parity(Path("gp_regression.png"), {"sin x": (truth, mean)}, {"sin x": deviation})
    print(f"error {error(np.random.default_rng(0)):.3f}, noise of the data 0.05")

"""Bands that are too narrow, and how leaving one out widens them.

A process believes that a function is equally smooth everywhere; here is one with a ridge. Each
training value, predicted by the process without it, tells how far off the deviations are: the
factor that makes 95 % of these residuals fit makes the bands fit fresh samples better, too.
"""

from pathlib import Path

import numpy as np

from understudy.figures import draw_parity
from understudy.metrics import HALF_WIDTH_95, band_coverage, conformal_factors
from understudy.regression import GP


def ridge(x: np.ndarray) -> np.ndarray:
    """A roof over the unit square, shape (k, 1)."""
    return np.abs(x[:, :1] + 0.5 * x[:, 1:] - 0.7)


def predictions(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Truth, mean and deviation at 500 fresh points, and the factor of the deviation."""
    rng = np.random.default_rng(seed)
    x, fresh = rng.random((50, 2)), rng.random((500, 2))
    process = GP(noise_bounds=(1e-9, 1e-6)).fit(x, ridge(x))
    held_out, found = process.leave_one_out(), process.predict(fresh)
    factor = conformal_factors(ridge(x), held_out.mean, np.sqrt(held_out.variance))
    return ridge(fresh)[:, 0], found.mean[:, 0], np.sqrt(found.variance[:, 0]), float(factor[0])


def coverage(seeds: range = range(20)) -> tuple[float, float]:
    """Share of fresh values within their 95 % bands, before and after; mean over training sets."""
    before, after = [], []
    for seed in seeds:
        truth, mean, deviation, factor = predictions(seed)
        for shares, scale in ((before, 1.0), (after, factor)):
            half = HALF_WIDTH_95 * scale * deviation
            shares.append(band_coverage([truth], [np.stack([mean - half, mean + half])]))
    return float(np.mean(before)), float(np.mean(after))


if __name__ == "__main__":
    truth, mean, deviation, factor = predictions(0)
    draw_parity(
        Path("calibrated_bands.png"),
        {"as they come": (truth[:60], mean[:60]), "calibrated": (truth[:60], mean[:60])},
        {"as they come": deviation[:60], "calibrated": factor * deviation[:60]},
    )
    before, after = coverage()
    print(f"fresh values within their 95 % bands: {before:.1%}, calibrated {after:.1%}")

"""How far a sample lies from the law that it should follow, and whether it was learned by heart.

For laws P, Q with distribution functions F, G (one variable) or unit directions u (several),

    W1(P, Q)   = int |F - G| dx,
    SW2(P, Q)  = (mean_u int_0^1 (F_u^-1 - G_u^-1)^2 dp)^(1/2),
    E(P, Q)    = 2 E|X - Y| - E|X - X'| - E|Y - Y'|,

each of the empirical laws (Bonneel et al. 2015, section 3; Szekely & Rizzo 2013, eq. 5). With
probability `level` an empirical F_n stays within sqrt(log(2 / (1 - level)) / 2n) of F everywhere
(Massart 1990). A generator that copies has its samples nearer to the training set than fresh
samples of the truth are.
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

__all__ = [
    "coverage_of",
    "energy_distance",
    "ks_band",
    "moments",
    "nearest_neighbour_ratio",
    "relative_errors",
    "sliced_wasserstein",
    "two_half_ratio",
    "wasserstein1",
]

_BLOCK = 1024
"""Rows whose distances are in memory at a time."""


def wasserstein1(a: Float[np.ndarray, " n"], b: Float[np.ndarray, " m"]) -> float:
    """Wasserstein distance of order 1 between two samples of one variable, in its unit."""
    return float(wasserstein_distance(a, b))


def moments(sample: Float[np.ndarray, " n"]) -> dict[str, float]:
    """Mean, standard deviation and the quantiles at 95 % and 99 %: mean, std, q95, q99.

    Raises:
        ValueError: fewer than two values.
    """
    if len(sample) < 2:
        raise ValueError(f"sample: expected at least 2 values, got {len(sample)}")
    q95, q99 = np.quantile(sample, [0.95, 0.99])
    return {
        "mean": float(sample.mean()),
        "std": float(sample.std(ddof=1)),
        "q95": float(q95),
        "q99": float(q99),
    }


def relative_errors(
    sample: Float[np.ndarray, " n"], reference: Float[np.ndarray, " m"]
) -> dict[str, float]:
    """Signed errors of the `moments` of a sample, each over that of the reference."""
    true = moments(reference)
    return {k: (v - true[k]) / abs(true[k]) for k, v in moments(sample).items()}


def sliced_wasserstein(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, "m d"],
    directions: int,
    rng: np.random.Generator,
) -> float:
    """Sliced Wasserstein distance of order 2, in the unit of the values.

    Args:
        x: a sample, a row a point.
        y: another, of any number of points.
        directions: number of random unit vectors.
        rng: draws them.
    """
    u = rng.normal(size=(directions, x.shape[1]))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    ends = np.union1d(*(np.arange(len(v) + 1) / len(v) for v in (x, y)))
    middle, width = (ends[1:] + ends[:-1]) / 2, np.diff(ends)
    first, second = (np.sort(v @ u.T, axis=0)[(middle * len(v)).astype(int)] for v in (x, y))
    return float(np.sqrt(np.mean(width @ (first - second) ** 2)))


def energy_distance(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"]) -> float:
    """Energy distance between two samples, in the unit of the values; 0 for equal sets."""
    return 2 * _mean_distance(x, y) - _mean_distance(x, x) - _mean_distance(y, y)


def nearest_neighbour_ratio(
    generated: Float[np.ndarray, "k d"],
    training: Float[np.ndarray, "n d"],
    unseen: Float[np.ndarray, "m d"],
) -> float:
    """Median distance to the nearest training point, of generated over unseen true points.

    0: copies; 1: generated points are as far from the training set as fresh ones.
    """
    return _median_nearest(generated, training) / _median_nearest(unseen, training)


def two_half_ratio(
    generated: Float[np.ndarray, "k d"],
    used: Float[np.ndarray, "n d"],
    other: Float[np.ndarray, "m d"],
) -> float:
    """Median distance to the nearest point of the half trained on, over that to the other half.

    Both halves follow one law, so that the ratio is 1 unless the half trained on was learned by
    heart; copies have 0. It needs no choice of coordinates: rows may be whole histories.

    Raises:
        ValueError: the halves differ by more than one point; nearest distances depend on numbers.
    """
    if abs(len(used) - len(other)) > 1:
        raise ValueError(f"halves: expected equal numbers, got {len(used)} and {len(other)}")
    return _median_nearest(generated, used) / _median_nearest(generated, other)


def ks_band(n: int, level: float = 0.95) -> float:
    """Half width of the band of Dvoretzky, Kiefer and Wolfowitz about an empirical law.

    Args:
        n: size of the sample.
        level: probability that the law lies in the band everywhere.
    """
    if n < 1 or not 0 < level < 1:
        raise ValueError(f"band: expected n >= 1 and a level in (0, 1), got {n} and {level}")
    return math.sqrt(math.log(2 / (1 - level)) / (2 * n))


def coverage_of(
    intervals: Float[np.ndarray, "2 k"], truth: Float[np.ndarray, " k"] | float
) -> float:
    """Share of intervals, lower and upper ends, that hold the truth."""
    low, high = intervals
    return float(np.mean((low <= truth) & (truth <= high)))


def _mean_distance(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"]) -> float:
    total = sum(float(cdist(x[i : i + _BLOCK], y).sum()) for i in range(0, len(x), _BLOCK))
    return total / (len(x) * len(y))


def _median_nearest(x: Float[np.ndarray, "n d"], to: Float[np.ndarray, "m d"]) -> float:
    parts = [cdist(x[i : i + _BLOCK], to).min(axis=1) for i in range(0, len(x), _BLOCK)]
    return float(np.median(np.concatenate(parts)))

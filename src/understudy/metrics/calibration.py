"""Whether stated uncertainties are true: a 95 % band should hold 95 % of the truth."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr, ndtri

__all__ = [
    "HALF_WIDTH_95",
    "band_coverage",
    "conformal_by_group",
    "conformal_factors",
    "crps_normal",
]

HALF_WIDTH_95 = float(ndtri(0.975))
"""Half width of the central 95 % interval of a Gaussian, in standard deviations."""


def band_coverage(
    truth: Sequence[Float[np.ndarray, " _"]],
    bands: Sequence[Float[np.ndarray, "2 _"]],
    where: Sequence[np.ndarray] | None = None,
) -> float:
    """Share of values within their bands: mean over samples of the share in each.

    Args:
        truth: values of each sample.
        bands: lower and upper ends.
        where: masks of the values that count; a sample without any is left out. None: all.

    Raises:
        ValueError: nothing counts.
    """
    shares = []
    masks = [np.ones(len(u), dtype=bool) for u in truth] if where is None else where
    for u, (low, high), mask in zip(truth, bands, masks, strict=True):
        if mask.any():
            shares.append(np.mean(((low <= u) & (u <= high))[mask]))
    if not shares:
        raise ValueError("coverage: expected values that count, got none")
    return float(np.mean(shares))


def crps_normal(
    truth: Sequence[Float[np.ndarray, " _"]],
    mean: Sequence[Float[np.ndarray, " _"]],
    deviation: Sequence[Float[np.ndarray, " _"]],
) -> float:
    """Continuous ranked probability score of normal predictions, mean over samples; small is good.

    With z = (u - m) / s: s (z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)), in the unit of the
    values (Gneiting & Raftery 2007, section 4.2).
    """
    scores = []
    for u, m, s in zip(truth, mean, deviation, strict=True):
        z = (u - m) / np.maximum(s, 1e-300)
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        scores.append(np.mean(s * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))))
    return float(np.mean(scores))


def conformal_factors(
    truth: Float[np.ndarray, "N m"],
    mean: Float[np.ndarray, "N m"],
    deviation: Float[np.ndarray, "N m"],
) -> Float[np.ndarray, " m"]:
    """Factors of deviations that make 95 % bands true, one a column, from held-out predictions.

    Of the N ratios |u - m| / s, sorted, that of rank ceil(0.95 (N + 1)) over 1.96 (Vovk, Gammerman
    & Shafer 2005, section 4.1; Lei et al. 2018, section 2.2), or the largest if N < 19: were the
    predictions of a split set, a fresh value would lie in its band with 95 % probability or more.
    """
    ratio = np.sort(np.abs(truth - mean) / np.maximum(deviation, 1e-300), axis=0)
    rank = min(len(ratio), int(np.ceil(0.95 * (len(ratio) + 1))))
    return ratio[rank - 1] / HALF_WIDTH_95


def conformal_by_group(
    scores: Float[np.ndarray, "n s"],
    group: Int[np.ndarray, " n"],
    groups: int,
    *,
    each: int = 1,
    level: float = 0.95,
) -> Float[np.ndarray, "g s"]:
    """Least scores that a fresh one of a group does not exceed with a probability, and of all.

    Of the n scores of a group, sorted, that of rank ceil((n + 1) level): where the group is a
    function of what is seen before the answer, its bands hold in each group (Mondrian conformal
    prediction; Vovk, Gammerman & Shafer 2005, section 4.5).

    Args:
        scores: errors over their sizes, a column a quantity.
        group: number of each row's; negative: of none.
        groups: how many there are.
        each: rows, at most, of one sample; they are alike, and count as one of those needed.
        level: the probability.

    Returns:
        A row a group and a last one of all rows together, which stands for groups that have too
        few samples for the rank.
    """

    def of(rows: Float[np.ndarray, "m s"]) -> Float[np.ndarray, " s"]:
        rank = min(len(rows), int(np.ceil((len(rows) + 1) * level)))
        return np.sort(rows, axis=0)[rank - 1]

    least = each * level / (1.0 - level)
    every = of(scores)
    rows = [scores[group == g] for g in range(groups)]
    return np.stack([*(of(own) if len(own) >= least else every for own in rows), every])

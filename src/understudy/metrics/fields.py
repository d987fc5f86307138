"""Errors of predicted fields and scalars, as the MMGP benchmarks define them.

With truth U_i and prediction V_i on the N_i nodes of sample i (Casenave et al. 2023, section 4):

    RRMSE_field  = sqrt( mean_i |U_i - V_i|_2^2 / (N_i |U_i|_inf^2) )
    RRMSE_scalar = sqrt( mean_i |w_i - v_i|^2 / |w_i|^2 )
    Q2           = 1 - sum (U - V)^2 / sum (U - mean U)^2     over all nodes of all samples

RRMSE_field divides by the largest value of each field and so flatters fields with peaks; the
relative L2 error  mean_i |U_i - V_i|_2 / |U_i|_2  stands beside it.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

__all__ = ["f1", "q2", "relative_l2", "rmse_over_deviation", "rrmse_field", "rrmse_scalar"]


def _check(truth: Sequence[np.ndarray], predicted: Sequence[np.ndarray]) -> None:
    if len(truth) == 0 or [len(u) for u in truth] != [len(v) for v in predicted]:
        raise ValueError(
            f"expected as many predicted as true values in at least one sample, got "
            f"{[len(v) for v in predicted][:5]} and {[len(u) for u in truth][:5]}"
        )


def rrmse_field(
    truth: Sequence[Float[np.ndarray, " _"]], predicted: Sequence[Float[np.ndarray, " _"]]
) -> float:
    """Relative root-mean-square error of fields, one array of nodal values a sample."""
    _check(truth, predicted)
    ratios = [
        np.mean((u - v) ** 2) / np.abs(u).max() ** 2 for u, v in zip(truth, predicted, strict=True)
    ]
    return float(np.sqrt(np.mean(ratios)))


def rrmse_scalar(truth: Float[np.ndarray, " k"], predicted: Float[np.ndarray, " k"]) -> float:
    """Relative root-mean-square error of a scalar, one value a sample."""
    _check([truth], [predicted])
    return float(np.sqrt(np.mean((truth - predicted) ** 2 / truth**2)))


def q2(
    truth: Sequence[Float[np.ndarray, " _"]],
    predicted: Sequence[Float[np.ndarray, " _"]],
    reference: Sequence[Float[np.ndarray, " _"]] | None = None,
) -> float:
    """Share of the variance that is explained; 1 is perfect, 0 is no better than the mean.

    Args:
        truth: one array of values a sample.
        predicted: likewise.
        reference: what to beat instead of the global mean, likewise.
    """
    _check(truth, predicted)
    u, v = np.concatenate(truth), np.concatenate(predicted)
    base = u.mean() if reference is None else np.concatenate(reference)
    return float(1.0 - np.sum((u - v) ** 2) / np.sum((u - base) ** 2))


def relative_l2(
    truth: Sequence[Float[np.ndarray, " _"]], predicted: Sequence[Float[np.ndarray, " _"]]
) -> float:
    """Mean over samples of |U - V|_2 / |U|_2."""
    _check(truth, predicted)
    return float(
        np.mean(
            [
                np.linalg.norm(u - v) / np.linalg.norm(u)
                for u, v in zip(truth, predicted, strict=True)
            ]
        )
    )


def rmse_over_deviation(
    truth: Sequence[Float[np.ndarray, " _"]], predicted: Sequence[Float[np.ndarray, " _"]]
) -> float:
    """Root mean square error over the standard deviation of all true values: sqrt(1 - Q2)."""
    return float(np.sqrt(max(1.0 - q2(truth, predicted), 0.0)))


def f1(truth: Bool[np.ndarray, " k"], predicted: Bool[np.ndarray, " k"]) -> float:
    """Harmonic mean of precision and recall; 1 when both have no positive."""
    total = int(truth.sum()) + int(predicted.sum())
    return 2 * int((truth & predicted).sum()) / total if total else 1.0

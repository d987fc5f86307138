"""Errors of forecasts, and what else methods are judged by.

The error of a forecast is its relative L2 norm over what lies beyond the window, at most one, so
that a chaotic trajectory that was lost does not rule a mean. A forecast is bad from .2 on.
"""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Bool, Float

__all__ = ["BAD", "Judged", "banded", "judged"]

BAD = 0.2


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What one method did with a split.

    Attributes:
        error: of each forecast, at most one.
        halves: of its first and second half.
        curve: mean error at each later time, over the size of the truth, at most one.
        exact: the skeleton was found; None: the method gives none.
        coverage: share of the truth within the band; None: it gives none.
        coverage_halves: the same in the first and second half of what lies beyond the window.
        trusted: the answer says that it can be; None: it says nothing.
        named: source of the forecast, `search`, `network`, `operator` or `none`.
        number_error: mean relative error of the numbers where the skeleton is exact, else NaN.
        number_coverage: share of the numbers within their intervals, likewise.
        seconds: of CPU time a sample.
    """

    error: Float[np.ndarray, " n"]
    halves: Float[np.ndarray, "n 2"]
    curve: Float[np.ndarray, " S"]
    exact: Bool[np.ndarray, " n"] | None = None
    coverage: Float[np.ndarray, " n"] | None = None
    coverage_halves: Float[np.ndarray, "n 2"] | None = None
    trusted: Bool[np.ndarray, " n"] | None = None
    named: tuple[str, ...] = ()
    number_error: Float[np.ndarray, " n"] | None = None
    number_coverage: Float[np.ndarray, " n"] | None = None
    seconds: float = 0.0


def judged(truth: Float[np.ndarray, "n S D"], forecast: Float[np.ndarray, "n S D"]) -> Judged:
    """Errors of forecasts."""

    def error(part: slice) -> Float[np.ndarray, " n"]:
        with np.errstate(all="ignore"):
            off = np.linalg.norm((forecast - truth)[:, part], axis=(1, 2))
            size = np.linalg.norm(truth[:, part], axis=(1, 2))
            return np.minimum(np.nan_to_num(off / size, nan=1.0, posinf=1.0), 1.0)

    half = truth.shape[1] // 2
    size = np.sqrt((truth**2).mean(axis=(1, 2)))[:, None]
    with np.errstate(all="ignore"):
        each = np.sqrt(((forecast - truth) ** 2).mean(axis=2)) / size
    curve = np.minimum(np.nan_to_num(each, nan=1.0, posinf=1.0), 1.0).mean(axis=0)
    return Judged(
        error=error(slice(None)),
        halves=np.stack([error(slice(half)), error(slice(half, None))], axis=1),
        curve=curve,
    )


def banded(
    one: Judged,
    truth: Float[np.ndarray, "n S D"],
    low: Float[np.ndarray, "n S D"],
    high: Float[np.ndarray, "n S D"],
) -> Judged:
    """With how much of the truth lies in bands; NaN where a band is NaN."""
    inside = np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high))
    half = truth.shape[1] // 2
    halves = [inside[:, part].mean(axis=(1, 2)) for part in (slice(half), slice(half, None))]
    return replace(
        one, coverage=inside.mean(axis=(1, 2)), coverage_halves=np.stack(halves, axis=1)
    )

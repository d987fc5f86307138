"""How far a figure of a test set would move had other samples been drawn.

    theta_b = T(x_{i_1}, ..., x_{i_n}),  i uniform on 1..n with replacement,  b = 1..B

The quantiles of theta_b at (1 - level) / 2 and (1 + level) / 2 are the percentile interval (Efron
1979; Davison & Hinkley 1997, section 5.3). Samples are the independent cases of a test set, meshes
and not their nodes.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Int

__all__ = ["resampled"]


def resampled(
    statistic: Callable[[Int[np.ndarray, " n"]], float],
    count: int,
    rng: np.random.Generator,
    repeats: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Lower and upper end of the percentile interval.

    Args:
        statistic: of the samples of these numbers, which may repeat.
        count: samples.
        rng: draws them.
        repeats: B.
        level: probability within.
    """
    if count < 1 or repeats < 1 or not 0 < level < 1:
        raise ValueError(
            "count, repeats, level: expected at least 1, at least 1, within 0 and 1, "
            f"got {count}, {repeats}, {level}"
        )
    values = [statistic(rng.integers(count, size=count)) for _ in range(repeats)]
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)

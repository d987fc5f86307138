"""Numbers that say how good a prediction and its uncertainty are."""

from understudy.metrics.calibration import (
    HALF_WIDTH_95,
    band_coverage,
    conformal_factors,
    crps_normal,
)
from understudy.metrics.fields import (
    f1,
    q2,
    relative_l2,
    rmse_over_deviation,
    rrmse_field,
    rrmse_scalar,
)

__all__ = [
    "HALF_WIDTH_95",
    "band_coverage",
    "conformal_factors",
    "crps_normal",
    "f1",
    "q2",
    "relative_l2",
    "rmse_over_deviation",
    "rrmse_field",
    "rrmse_scalar",
]

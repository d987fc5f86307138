"""Numbers that say how good a prediction and its uncertainty are."""

from understudy.metrics.calibration import (
    HALF_WIDTH_95,
    band_coverage,
    conformal_by_group,
    conformal_factors,
    crps_normal,
)
from understudy.metrics.distributions import (
    coverage_of,
    energy_distance,
    ks_band,
    moments,
    nearest_neighbour_ratio,
    relative_errors,
    sliced_wasserstein,
    two_half_ratio,
    wasserstein1,
)
from understudy.metrics.fields import (
    f1,
    q2,
    relative_l2,
    rmse_over_deviation,
    rrmse_field,
    rrmse_scalar,
)
from understudy.metrics.resampling import resampled

__all__ = [
    "HALF_WIDTH_95",
    "band_coverage",
    "conformal_by_group",
    "conformal_factors",
    "coverage_of",
    "crps_normal",
    "energy_distance",
    "f1",
    "ks_band",
    "moments",
    "nearest_neighbour_ratio",
    "q2",
    "relative_errors",
    "relative_l2",
    "resampled",
    "rmse_over_deviation",
    "rrmse_field",
    "rrmse_scalar",
    "sliced_wasserstein",
    "two_half_ratio",
    "wasserstein1",
]

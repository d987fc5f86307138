"""Numbers that say how good a prediction and its uncertainty are."""

from understudy.metrics.calibration import HALF_WIDTH_95, coverage_95
from understudy.metrics.fields import q2, relative_l2, rrmse_field, rrmse_scalar

__all__ = ["HALF_WIDTH_95", "coverage_95", "q2", "relative_l2", "rrmse_field", "rrmse_scalar"]

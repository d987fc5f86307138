"""Covariance functions: two sets of points -> Gram matrix."""

from understudy.kernels.stationary import matern12, matern32, matern52, squared_exponential

__all__ = ["matern12", "matern32", "matern52", "squared_exponential"]

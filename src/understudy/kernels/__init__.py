"""Covariance functions: two sets of points -> Gram matrix."""

from understudy.kernels.stationary import matern52

__all__ = ["matern52"]

"""Probabilistic regression: (x, y) -> p(y | x)."""

from understudy.regression.gp import GP
from understudy.regression.posterior import Gaussian, GPPosterior

__all__ = ["GP", "GPPosterior", "Gaussian"]

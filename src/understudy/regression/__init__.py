"""Probabilistic regression: (x, y) -> p(y | x)."""

from understudy.regression.gp import GP
from understudy.regression.posterior import Gaussian, GPPosterior
from understudy.regression.torch_gp import TorchGP

__all__ = ["GP", "GPPosterior", "Gaussian", "TorchGP"]

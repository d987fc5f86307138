"""The normal law with the mean and the full covariance of the data.

Given a condition c it is the conditional of the joint normal law of (x, c), exactly:

    x | c ~ N(m(c), S_xx - S_xc S_cc^+ S_cx),    m(c) = E x + S_xc S_cc^+ (c - E c)

(Rasmussen & Williams 2006, eq. A.6). On POD coefficients this is the principal component model of
a random field.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.generative.checks import asked, learned
from understudy.generative.contract import Generator, Sampler
from understudy.generative.linear import LinearPart, factor, regress

__all__ = ["Gaussian", "GaussianSampler"]


@final
@dataclass(frozen=True, kw_only=True)
class Gaussian(Generator):
    """Specification of the normal law; nothing to set."""

    def fit(
        self, x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> "GaussianSampler":
        """Mean, linear part and covariance (divisor N - 1); errors as in the contract."""
        linear, residual = regress(x, learned(x, condition))
        return GaussianSampler(linear=linear, factor=factor(residual.T @ residual / (len(x) - 1)))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianSampler(Sampler):
    """A normal law.

    Attributes:
        linear: mean given the condition.
        factor: F with F'F the covariance given the condition, shape (r, d).
    """

    linear: LinearPart
    factor: Float[np.ndarray, "r d"]

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` rows; see the contract."""
        mean = self.linear.at(asked(n, condition, self.linear.width))
        return mean + rng.standard_normal((n, len(self.factor))) @ self.factor

"""Prediction with exact Gaussian processes whose hyperparameters are known.

For each output, standardised to zero mean and unit deviation, with K = s2 k(X, X) + noise I and
k* = s2 k(x*, X) (Rasmussen & Williams 2006, eqs. 2.25, 2.26, and 2.30 for the evidence):

    mean     = c + k* K^-1 (y - c)
    variance = s2 - k* K^-1 k*^T + noise
"""

from dataclasses import dataclass, field, fields
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float

from understudy.kernels import matern52

__all__ = ["GPPosterior", "Gaussian"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Gaussian:
    """Independent normal predictions, a row an input, a column an output.

    Attributes:
        mean: in the units of the outputs.
        variance: of a new observation, in their squares.
    """

    mean: Float[np.ndarray, "k m"]
    variance: Float[np.ndarray, "k m"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GPPosterior:
    """One Matern 5/2 process per output over common inputs.

    Attributes:
        x: training inputs, standardised, shape (N, d).
        y: training outputs, standardised, shape (N, m).
        x_centre: mean and ...
        x_scale: ... deviation that standardise inputs, shape (d,).
        y_centre: mean and ...
        y_scale: ... deviation that standardise outputs, shape (m,).
        lengthscale: in standardised inputs, shape (m, d).
        constant: prior mean c, shape (m,).
        signal: prior variance s2, shape (m,).
        noise: noise variance, shape (m,).
        evidence: log marginal likelihood of the standardised outputs in nats, shape (m,).
    """

    x: Float[np.ndarray, "N d"]
    y: Float[np.ndarray, "N m"]
    x_centre: Float[np.ndarray, " d"]
    x_scale: Float[np.ndarray, " d"]
    y_centre: Float[np.ndarray, " m"]
    y_scale: Float[np.ndarray, " m"]
    lengthscale: Float[np.ndarray, "m d"]
    constant: Float[np.ndarray, " m"]
    signal: Float[np.ndarray, " m"]
    noise: Float[np.ndarray, " m"]
    evidence: Float[np.ndarray, " m"]
    _factor: list[np.ndarray] = field(init=False, repr=False)
    _weight: list[np.ndarray] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        factors, weights = [], []
        for j in range(self.y.shape[1]):
            gram = self.signal[j] * matern52(self.x, self.x, self.lengthscale[j])
            gram[np.diag_indices_from(gram)] += self.noise[j]
            factor = scipy.linalg.cholesky(gram, lower=True)
            factors.append(factor)
            weights.append(scipy.linalg.cho_solve((factor, True), self.y[:, j] - self.constant[j]))
        object.__setattr__(self, "_factor", factors)
        object.__setattr__(self, "_weight", weights)

    def select(self, outputs: slice) -> "GPPosterior":
        """The processes of some of the outputs."""
        shared = ("x", "x_centre", "x_scale")
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        return GPPosterior(
            y=given.pop("y")[:, outputs],
            **{k: v if k in shared else v[outputs] for k, v in given.items()},
        )

    def predict(self, x: Float[np.ndarray, "k d"]) -> Gaussian:
        """Distribution of new observations at inputs `x`, in their own units.

        Raises:
            ValueError: another number of inputs than in training, or a value that is not finite.
        """
        if x.ndim != 2 or x.shape[1] != self.x.shape[1]:
            raise ValueError(f"inputs: expected shape (k, {self.x.shape[1]}), got {x.shape}")
        if not np.isfinite(x).all():
            raise ValueError("inputs: expected finite values, got NaN or infinity")
        z = (x - self.x_centre) / self.x_scale
        mean = np.empty((len(x), self.y.shape[1]))
        variance = np.empty_like(mean)
        for j in range(self.y.shape[1]):
            cross = self.signal[j] * matern52(z, self.x, self.lengthscale[j])
            mean[:, j] = self.constant[j] + cross @ self._weight[j]
            half = scipy.linalg.solve_triangular(self._factor[j], cross.T, lower=True)
            variance[:, j] = self.signal[j] - np.sum(half**2, axis=0)
        variance = np.maximum(variance, 0.0) + self.noise
        return Gaussian(
            mean=self.y_centre + self.y_scale * mean, variance=self.y_scale**2 * variance
        )

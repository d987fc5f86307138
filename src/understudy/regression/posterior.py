"""Prediction with exact Gaussian processes whose hyperparameters are known.

For each output, standardised to zero mean and unit deviation, with K = k(X, X) + g I, g the ratio
of noise to signal variance s2, and k* = k(x*, X) (Rasmussen & Williams 2006, eqs. 2.25, 2.26):

    mean     = c + k* K^-1 (y - c)
    variance = s2 (1 - k* K^-1 k*^T + g).

Without sample i the same process predicts it, in closed form (eqs. 5.12), as

    mean_i = y_i - [K^-1 (y - c)]_i / [K^-1]_ii,    variance_i = s2 / [K^-1]_ii.
"""

from dataclasses import InitVar, dataclass, field, fields
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float
from scipy.linalg import lapack

from understudy import kernels

__all__ = ["GPPosterior", "Gaussian", "standardise"]


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


def standardise(
    x: Float[np.ndarray, "N d"], y: Float[np.ndarray, "N m"]
) -> tuple[Float[np.ndarray, "N d"], Float[np.ndarray, " d"], Float[np.ndarray, " d"]]:
    """`x` with columns of mean 0 and deviation 1 (a constant one keeps its scale), and both.

    Raises:
        ValueError: fewer than 3 rows, another number in `y`, or values that are not finite.
    """
    if len(x) != len(y) or len(x) < 3:
        raise ValueError(f"samples: expected at least 3 rows in x and y, got {x.shape}, {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("samples: expected finite values, got NaN or infinity")
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 1e-14 * np.abs(centre), scale, 1.0)
    return (x - centre) / scale, centre, scale


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class GPPosterior:
    """One process per output over common inputs.

    Attributes:
        kernel: name of the covariance function in `kernels`.
        x: training inputs, standardised, shape (N, d).
        y: training outputs, standardised, shape (N, m).
        x_centre: mean and ...
        x_scale: ... deviation that standardise inputs, shape (d,).
        y_centre: mean and ...
        y_scale: ... deviation that standardise outputs, shape (m,).
        lengthscale: in standardised inputs, shape (m, d).
        constant: prior mean c, shape (m,).
        signal: prior variance s2, shape (m,).
        noise: noise variance g s2, shape (m,).
        evidence: log marginal likelihood of the standardised outputs in nats, shape (m,).
        factored: Cholesky factors that are known, by length scales and noise; None: none.
    """

    kernel: str
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
    factored: InitVar[dict[bytes, np.ndarray] | None] = None
    _factors: dict[bytes, np.ndarray] = field(init=False, repr=False)
    _owner: list[bytes] = field(init=False, repr=False)
    _weight: Float[np.ndarray, "N m"] = field(init=False, repr=False)

    def __post_init__(self, factored: dict[bytes, np.ndarray] | None) -> None:
        factors: dict[bytes, np.ndarray] = {}
        owner: list[bytes] = []
        weight = np.empty_like(self.y)
        ratio = self.noise / self.signal
        for j in range(self.y.shape[1]):
            # Outputs that share a kernel share its factor.
            key = self.lengthscale[j].tobytes() + ratio[j].round(15).tobytes()
            if factored is not None and key in factored:
                factors[key] = factored[key]
            elif key not in factors:
                gram = self._gram(self.x, j)
                gram[np.diag_indices_from(gram)] += ratio[j]
                factors[key] = scipy.linalg.cholesky(
                    gram, lower=True, overwrite_a=True, check_finite=False
                )
            owner.append(key)
            rest = self.y[:, j] - self.constant[j]
            weight[:, j] = scipy.linalg.cho_solve((factors[key], True), rest)
        object.__setattr__(self, "_factors", factors)
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_weight", weight)

    def _gram(self, z: Float[np.ndarray, "k d"], j: int) -> Float[np.ndarray, "k N"]:
        return getattr(kernels, self.kernel)(z, self.x, self.lengthscale[j])

    def select(self, outputs: slice) -> "GPPosterior":
        """The processes of some of the outputs."""
        shared = ("kernel", "x", "x_centre", "x_scale")
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        return GPPosterior(
            y=given.pop("y")[:, outputs],
            factored=self._factors,
            **{k: v if k in shared else v[outputs] for k, v in given.items()},
        )

    @property
    def prior_variance(self) -> Float[np.ndarray, " m"]:
        """Variance of an observation far from all data, in the squares of the outputs' units."""
        return self.y_scale**2 * (self.signal + self.noise)

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
        share = np.empty_like(mean)
        done: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}
        for j, own in enumerate(self._owner):
            if own not in done:
                cross = self._gram(z, j)
                half = scipy.linalg.solve_triangular(
                    self._factors[own], cross.T, lower=True, check_finite=False
                )
                done[own] = (cross, np.maximum(1.0 - np.sum(half**2, axis=0), 0.0))
            cross, left = done[own]
            mean[:, j] = self.constant[j] + cross @ self._weight[:, j]
            share[:, j] = left
        return self._in_units(mean, self.signal * share + self.noise)

    def covariance(self, x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "m k k"]:
        """Joint covariance of each noise-free output at inputs `x`, in the squares of its unit."""
        z = (x - self.x_centre) / self.x_scale
        done: dict[bytes, np.ndarray] = {}
        out = []
        for j, own in enumerate(self._owner):
            if own not in done:
                prior = getattr(kernels, self.kernel)(z, z, self.lengthscale[j])
                half = scipy.linalg.solve_triangular(
                    self._factors[own], self._gram(z, j).T, lower=True, check_finite=False
                )
                done[own] = prior - half.T @ half
            out.append(self.y_scale[j] ** 2 * self.signal[j] * done[own])
        return np.stack(out)

    def leave_one_out(self) -> Gaussian:
        """Distribution of each training observation given all others, at these hyperparameters."""
        inverse = {}
        for key, factor in self._factors.items():
            half, _ = lapack.dtrtri(factor, lower=1)
            inverse[key] = np.sum(half**2, axis=0)
        diagonal = np.array([inverse[own] for own in self._owner]).reshape(-1, len(self.x)).T
        return self._in_units(self.y - self._weight / diagonal, self.signal / diagonal)

    def sample(
        self, x: Float[np.ndarray, "k d"], n: int, rng: np.random.Generator
    ) -> Float[np.ndarray, "n k m"]:
        """Draws of new observations, independent between inputs and outputs."""
        found = self.predict(x)
        drawn = rng.normal(size=(n, *found.mean.shape))
        return found.mean + np.sqrt(found.variance) * drawn

    def _in_units(
        self, mean: Float[np.ndarray, "k m"], variance: Float[np.ndarray, "k m"]
    ) -> Gaussian:
        return Gaussian(
            mean=self.y_centre + self.y_scale * mean, variance=self.y_scale**2 * variance
        )

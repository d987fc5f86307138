"""Extended POD: modes of responses, and the histories that go with them.

Rows x_i (what is imposed) and y_i (what it does), i = 1..N, centred, and an inner product with
weights w. With the eigenvectors of the N x N matrix (y_i - m_y) W (y_k - m_y) = U S^2 U^T,

    c = U S / t,    t^2 = sum_k s_k^2 / (N - 1),
    Y = t S^-1 U^T (y - m_y),    X = t S^-1 U^T (x - m_x),

so that y ~ m_y + c Y loses no more than the tail of the spectrum, and x ~ m_x + c X is the
least-squares regression of x on the same coefficients: the same combinations of training rows
(J. Boree, "Extended proper orthogonal decomposition", Exp. Fluids 35, 2003, sections 2 and 3). One
scale t serves all coefficients: their variances are shares of the energy and add up to one at full
rank. They are not whitened, so distances of coefficients are distances of responses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
import scipy.linalg
from jaxtyping import Float

__all__ = ["ExtendedBasis", "ExtendedPOD"]

_COLUMNS = 8192
"""Columns that are turned into float64 and centred at a time."""


@final
@dataclass(frozen=True, kw_only=True)
class ExtendedPOD:
    """Specification of a decomposition.

    Attributes:
        rank: most modes kept; fewer when the responses do not span as many directions.
        energy: share of the energy of the responses at which modes suffice, if `rank` allows.
    """

    rank: int = 100
    energy: float = 1.0

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"rank: expected at least 1, got {self.rank}")
        if not 0 < self.energy <= 1:
            raise ValueError(f"energy: expected in (0, 1], got {self.energy}")

    def fit(
        self,
        x: Float[np.ndarray, "_ p"],
        y: Float[np.ndarray, "N q"],
        weights: Float[np.ndarray, " q"] | None = None,
    ) -> "ExtendedBasis":
        """Decompose responses `y` and carry their modes over to `x`.

        Args:
            x: histories, a row a sample, in any unit; `y` itself: plain POD.
            y: responses, a row a sample, in any unit. Single precision is summed in double.
            weights: of the inner product of responses, positive, say volume x time; None: 1.

        Raises:
            ValueError: fewer than two samples, numbers of rows that differ, values that are not
                finite, weights that are not positive, or responses without variation.
        """
        weights = np.ones(y.shape[1]) if weights is None else weights
        _check(x, y, weights)
        x_mean, y_mean = (v.mean(axis=0, dtype=float) for v in (x, y))
        gram = np.zeros((len(y), len(y)))
        for part in _parts(y.shape[1]):
            block = (y[:, part] - y_mean[part]) * np.sqrt(weights[part])
            gram += block @ block.T
        value, vector = scipy.linalg.eigh(gram)
        value, vector = value[::-1].clip(0.0), vector[:, ::-1]
        if not value[0] > 0:
            raise ValueError("responses: expected rows that vary, got equal ones")
        kept = self._kept(value)
        combination = vector[:, :kept] / np.sqrt(value[:kept])
        modes = _combined(combination, y, y_mean)
        # The eigenproblem squares the condition number: one Cholesky step restores orthogonality.
        factor = np.linalg.cholesky((modes * weights) @ modes.T)
        largest = np.abs(modes).argmax(axis=1)
        sign = np.sign(modes[np.arange(kept), largest])
        total = float(np.sqrt(value.sum() / (len(y) - 1)))
        turn = total * sign[:, None] * np.linalg.inv(factor)
        return ExtendedBasis(
            x_mean=x_mean,
            x_modes=turn @ _combined(combination, x, x_mean),
            y_mean=y_mean,
            y_modes=turn @ modes,
            weights=weights.astype(float),
            values=np.sqrt(value),
            total=total,
        )

    def _kept(self, value: Float[np.ndarray, " N"]) -> int:
        """Number of modes that rank, energy and rounding allow."""
        spanned = int((value > len(value) * np.finfo(float).eps * value[0]).sum())
        share = np.cumsum(value) / value.sum()
        enough = int(np.searchsorted(share, self.energy * (1 - 1e-15))) + 1
        return min(self.rank, spanned, enough if self.energy < 1 else spanned)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ExtendedBasis:
    """Means and r pairs of modes; coefficients have variances that are shares of the energy.

    Attributes:
        x_mean: shape (p,).
        x_modes: history of each coefficient, shape (r, p).
        y_mean: shape (q,).
        y_modes: response of each coefficient, of length `total` and orthogonal, shape (r, q).
        weights: of the inner product of responses, shape (q,).
        values: singular values of the centred training responses, decreasing, shape (N,).
        total: standard deviation of the responses in their norm.
    """

    x_mean: Float[np.ndarray, " p"]
    x_modes: Float[np.ndarray, "r p"]
    y_mean: Float[np.ndarray, " q"]
    y_modes: Float[np.ndarray, "r q"]
    weights: Float[np.ndarray, " q"]
    values: Float[np.ndarray, " N"]
    total: float

    def encode(self, y: Float[np.ndarray, "k q"]) -> Float[np.ndarray, "k r"]:
        """Coefficients of responses: projection in their inner product.

        Raises:
            ValueError: rows of another length than in training.
        """
        if y.shape[1] != len(self.y_mean):
            raise ValueError(
                f"responses: expected rows of {len(self.y_mean)} values, got {y.shape}"
            )
        c = np.zeros((len(y), len(self.y_modes)))
        for part in _parts(y.shape[1]):
            block = (y[:, part] - self.y_mean[part]) * self.weights[part]
            c += block @ self.y_modes[:, part].T
        return c / self.total**2

    def decode(self, c: Float[np.ndarray, "k r"]) -> Float[np.ndarray, "k p"]:
        """Histories of coefficients, a row a history."""
        return self.x_mean + c @ self.x_modes

    def respond(self, c: Float[np.ndarray, "k r"]) -> Float[np.ndarray, "k q"]:
        """Responses of coefficients, a row a response."""
        return self.y_mean + c @ self.y_modes

    @property
    def energy(self) -> Float[np.ndarray, " r"]:
        """Share of the energy of the training responses that the first 1, ..., r modes carry."""
        square = self.values**2
        return np.cumsum(square)[: len(self.y_modes)] / square.sum()


def _check(
    x: Float[np.ndarray, "_ p"], y: Float[np.ndarray, "_ q"], weights: Float[np.ndarray, " _"]
) -> None:
    if len(x) != len(y) or len(y) < 2:
        raise ValueError(
            f"samples: expected at least 2 rows, as many in x and y, got {x.shape}, {y.shape}"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("samples: expected finite values, got NaN or infinity")
    if weights.shape != y.shape[1:] or not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError(
            f"weights: expected {y.shape[1]} positive values, got shape {weights.shape}, "
            f"least {weights.min(initial=np.inf)}"
        )


def _parts(count: int) -> Iterator[slice]:
    """Slices of at most `_COLUMNS` columns."""
    for start in range(0, count, _COLUMNS):
        yield slice(start, min(start + _COLUMNS, count))


def _combined(
    combination: Float[np.ndarray, "N r"],
    rows: Float[np.ndarray, "N q"],
    mean: Float[np.ndarray, " q"],
) -> Float[np.ndarray, "r q"]:
    """The same combinations of centred rows, for all columns."""
    out = np.empty((combination.shape[1], rows.shape[1]))
    for part in _parts(rows.shape[1]):
        out[:, part] = combination.T @ (rows[:, part] - mean[part])
    return out

"""Methods from arrays to arrays with the face of scikit-learn: for pipelines, searches, scores.

Each estimator holds the parameters of a specification and hands arrays on; what it fits is the
same object that the specification fits, in an attribute that ends with an underscore. Parameters
are checked in `fit`, as scikit-learn wants it, by the specification.
"""

from typing import Any, final

import numpy as np
from scipy.sparse import eye_array
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    RegressorMixin,
    TransformerMixin,
)
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from understudy.linalg import POD
from understudy.regression import GP

__all__ = ["GPRegressor", "PODTransformer"]


@final
class GPRegressor(RegressorMixin, BaseEstimator):
    """`understudy.regression.GP`, one process an output.

    Args:
        kernel: matern12, matern32, matern52 or squared_exponential.
        sharing: none, or kernel for one kernel of all outputs.
        steps: most iterations of the optimiser.
        restarts: further starts from random length scales.
        seed: of the restarts.
    """

    def __init__(
        self,
        kernel: Any = "matern52",  # noqa: ANN401
        sharing: Any = "none",  # noqa: ANN401
        steps: Any = 200,  # noqa: ANN401
        restarts: Any = 0,  # noqa: ANN401
        seed: Any = 0,  # noqa: ANN401
    ) -> None:
        self.kernel = kernel
        self.sharing = sharing
        self.steps = steps
        self.restarts = restarts
        self.seed = seed

    def fit(self, X: Any, y: Any) -> "GPRegressor":  # noqa: ANN401
        """Train on rows `X` and targets `y`, one column or several.

        Raises:
            ValueError: fewer than 3 rows, values that are not finite, an unknown kernel.
        """
        X, y = validate_data(
            self, X, y, multi_output=True, y_numeric=True, dtype=np.float64, ensure_min_samples=3
        )
        self.flat_ = y.ndim == 1
        spec = GP(
            kernel=self.kernel, sharing=self.sharing, steps=self.steps, restarts=self.restarts,
            seed=self.seed,
        )  # fmt: skip
        self.posterior_ = spec.fit(X, np.asarray(y, dtype=float).reshape(len(X), -1))
        return self

    def __sklearn_tags__(self) -> Tags:
        """Several outputs are possible."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def predict(self, X: Any, return_std: bool = False) -> Any:  # noqa: ANN401
        """Means at rows `X`; with `return_std` also deviations, of the noise as well."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        found = self.posterior_.predict(X)
        mean, deviation = found.mean, np.sqrt(found.variance)
        if self.flat_:
            mean, deviation = mean[:, 0], deviation[:, 0]
        return (mean, deviation) if return_std else mean


@final
class PODTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """`understudy.linalg.POD` in the plain inner product: rows to coefficients and back.

    Args:
        rank: most modes kept.
        energy: share of the variance that the modes carry at least, if `rank` allows.
    """

    def __init__(self, rank: Any = 8, energy: Any = 1.0) -> None:  # noqa: ANN401
        self.rank = rank
        self.energy = energy

    def fit(self, X: Any, y: Any = None) -> "PODTransformer":  # noqa: ANN401, ARG002
        """Decompose rows `X`.

        Raises:
            ValueError: fewer than 2 rows, values that are not finite.
        """
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        mass = eye_array(X.shape[1], format="csr")
        self.basis_ = POD(rank=self.rank, energy=self.energy).fit(X, mass)
        self._n_features_out = self.basis_.modes.shape[1]
        return self

    def transform(self, X: Any) -> Any:  # noqa: ANN401
        """Coefficients of rows `X`."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return (X - self.basis_.mean) @ self.basis_.weighted

    def inverse_transform(self, X: Any) -> Any:  # noqa: ANN401
        """Rows of coefficients `X`."""
        check_is_fitted(self)
        return np.asarray(X, dtype=float) @ self.basis_.modes.T + self.basis_.mean

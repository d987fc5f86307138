"""What a practitioner would try first, on the same morphed data and the same inputs.

* `MeanField`: the mean of the training fields, whatever the input.
* `NearestShape`: the training sample that is nearest in the standardised inputs.
* `PODRidge`: POD of every field, ridge regression of the coefficients, penalty by leave-one-out.

All are linear in the N training fields, U = B sum_i w_i(x) U_i, so one fitted form serves all.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float
from sklearn.linear_model import RidgeCV

from understudy.data import tree
from understudy.linalg import POD
from understudy.mesh import Mesh
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.encoding import Prediction, ShapeEncoder, shape_encoder

__all__ = [
    "BaselineModel",
    "MeanField",
    "NearestShape",
    "PODRidge",
    "load_baseline",
    "save_baseline",
]

KIND, VERSION = "understudy-baseline", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class BaselineModel:
    """A fitted baseline: affine maps of the inputs, or a look-up of the nearest training input.

    Attributes:
        encoder: mesh and scalars -> inputs.
        centre: mean of the inputs, shape (d,).
        scale: deviation of the inputs, shape (d,).
        nodes: standardised inputs to choose the nearest of, shape (N, d), or (0, d) for affine.
        constant: by output: values on the reference or a scalar, shape (N or 1, n or 1).
        slope: by output: change with each standardised input, shape (d, n or 1).
        field_names: outputs that are fields; the others are scalars.
    """

    encoder: ShapeEncoder
    centre: Float[np.ndarray, " d"]
    scale: Float[np.ndarray, " d"]
    nodes: Float[np.ndarray, "N d"]
    constant: dict[str, np.ndarray]
    slope: dict[str, np.ndarray]
    field_names: tuple[str, ...]

    def predict(self, mesh: Mesh, inputs: dict[str, float]) -> Prediction:
        """Predict on any mesh of the family, without uncertainty.

        Raises:
            ValueError: the mesh is not a disk; an input is missing, unknown or not finite.
        """
        encoded = self.encoder.encode(mesh, inputs)
        z = ((encoded.x - self.centre) / self.scale)[0]
        row = int(np.sum((self.nodes - z) ** 2, axis=1).argmin()) if len(self.nodes) else 0
        values = {name: c[row] + z @ self.slope[name] for name, c in self.constant.items()}
        return Prediction(
            fields={name: encoded.back @ values[name] for name in self.field_names},
            scalars={n: float(v[0]) for n, v in values.items() if n not in self.field_names},
        )


def _fitted(
    data: Aligned,
    shape_rank: int,
    constant: dict[str, np.ndarray],
    slope: dict[str, np.ndarray] | None = None,
    lookup: bool = False,
) -> BaselineModel:
    encoder = shape_encoder(data, POD(rank=shape_rank))
    x = encoder.encode_training(data)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    flat = {name: np.zeros((x.shape[1], c.shape[1])) for name, c in constant.items()}
    return BaselineModel(
        encoder=encoder,
        centre=centre,
        scale=scale,
        nodes=(x - centre) / scale if lookup else np.zeros((0, x.shape[1])),
        constant=constant,
        slope=slope if slope is not None else flat,
        field_names=tuple(data.fields),
    )


def _outputs(data: Aligned) -> dict[str, np.ndarray]:
    """Fields and scalars by name, a row a sample."""
    return {**data.fields, **{name: v[:, None] for name, v in data.scalars.items()}}


@final
@dataclass(frozen=True, kw_only=True)
class MeanField:
    """Specification: `shape_rank` modes of the coordinate field (not used by the prediction)."""

    shape_rank: int = 8

    def fit(self, data: Aligned) -> BaselineModel:
        """Average the training samples."""
        mean = {name: v.mean(axis=0, keepdims=True) for name, v in _outputs(data).items()}
        return _fitted(data, self.shape_rank, mean)


@final
@dataclass(frozen=True, kw_only=True)
class NearestShape:
    """Specification: `shape_rank` modes of the coordinate field."""

    shape_rank: int = 8

    def fit(self, data: Aligned) -> BaselineModel:
        """Remember the training samples."""
        return _fitted(data, self.shape_rank, _outputs(data), lookup=True)


@final
@dataclass(frozen=True, kw_only=True)
class PODRidge:
    """Specification of POD + ridge.

    Attributes:
        shape_rank: modes of the coordinate field.
        field_rank: modes of each output field.
        penalties: ridge penalties to choose from.
    """

    shape_rank: int = 8
    field_rank: int = 16
    penalties: tuple[float, ...] = field(default=tuple(float(p) for p in np.logspace(-8, 2, 21)))

    def fit(self, data: Aligned) -> BaselineModel:
        """Fit one ridge regression per coefficient and per scalar."""
        empty = _fitted(data, self.shape_rank, {})
        z = (empty.encoder.encode_training(data) - empty.centre) / empty.scale
        constant, slope = {}, {}
        for name, values in _outputs(data).items():
            ridge = RidgeCV(alphas=np.array(self.penalties), alpha_per_target=True)
            if name in data.fields:
                basis = POD(rank=self.field_rank).fit(values, data.mass)
                ridge.fit(z, basis.encode(values))
                constant[name] = basis.decode(np.atleast_2d(ridge.intercept_))
                slope[name] = np.atleast_2d(ridge.coef_).T @ basis.modes.T
            else:
                ridge.fit(z, values)
                constant[name] = np.atleast_2d(ridge.intercept_)
                slope[name] = np.reshape(ridge.coef_, (1, -1)).T
        return replace(empty, constant=constant, slope=slope, field_names=tuple(data.fields))


def save_baseline(path: Path, model: BaselineModel, origin: dict[str, Any]) -> None:
    """Write a baseline as arrays under a JSON header."""
    tree.save(path, KIND, VERSION, model, origin)


def load_baseline(path: Path) -> BaselineModel:
    """Read a baseline.

    Raises:
        ValueError: missing, truncated or damaged file, another format or version; names the file.
    """
    return tree.load(path, KIND, VERSION, BaselineModel)[0]

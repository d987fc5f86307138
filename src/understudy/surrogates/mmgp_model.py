"""A trained MMGP: from a mesh and a few scalars to fields with their uncertainty.

With inputs x of the mesh (`encoding`) and the P1 operator B from the reference to its nodes,

    U = B (m + sum_j phi_j c_j(x)),     Var U = sum_j (B phi_j)^2 Var c_j(x) + B t,

exact because decoding is linear: no sampling. t is the nodal variance of the training fields that
their basis leaves out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float

from understudy.data import tree
from understudy.linalg import Basis
from understudy.mesh import Mesh
from understudy.regression.posterior import GPPosterior
from understudy.surrogates.encoding import Prediction, ShapeEncoder

__all__ = ["KIND", "VERSION", "FieldModel", "MMGPModel", "load_mmgp", "save_mmgp"]

KIND, VERSION = "understudy-mmgp", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FieldModel:
    """One field: its basis, one process per coefficient, and what the basis leaves out.

    Attributes:
        basis: modes on the reference.
        posterior: coefficients given the inputs.
        truncation: nodal variance outside the basis, shape (n,).
    """

    basis: Basis
    posterior: GPPosterior
    truncation: Float[np.ndarray, " n"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class MMGPModel:
    """All that a prediction needs.

    Attributes:
        encoder: mesh and scalars -> inputs of the processes.
        fields: model by field.
        scalar_names: names of the output scalars, in the order of `scalars`.
        scalars: processes of the output scalars.
        units: unit by name of input, field, scalar and "length".
    """

    encoder: ShapeEncoder
    fields: dict[str, FieldModel]
    scalar_names: tuple[str, ...]
    scalars: GPPosterior
    units: dict[str, str]

    def predict(self, mesh: Mesh, inputs: dict[str, float]) -> Prediction:
        """Predict on any mesh of the family.

        Raises:
            ValueError: the mesh is not a disk; an input is missing, unknown or not finite.
        """
        x, back = self.encoder.encode(mesh, inputs)
        fields, deviations = {}, {}
        for name, model in self.fields.items():
            z = model.posterior.predict(x)
            modes = back @ model.basis.modes
            fields[name] = back @ model.basis.mean + modes @ z.mean[0]
            deviations[name] = np.sqrt(modes**2 @ z.variance[0] + back @ model.truncation)
        scalars = self.scalars.predict(x)
        sd = np.sqrt(scalars.variance[0])
        return Prediction(
            fields=fields,
            field_deviations=deviations,
            scalars=dict(zip(self.scalar_names, scalars.mean[0].tolist(), strict=True)),
            scalar_deviations=dict(zip(self.scalar_names, sd.tolist(), strict=True)),
        )


def save_mmgp(path: Path, model: MMGPModel, origin: dict[str, Any]) -> None:
    """Write a model as arrays under a JSON header."""
    tree.save(path, KIND, VERSION, model, origin)


def load_mmgp(path: Path) -> MMGPModel:
    """Read a model.

    Raises:
        ValueError: missing, truncated or damaged file, another format or version; names the file.
    """
    return tree.load(path, KIND, VERSION, MMGPModel)[0]

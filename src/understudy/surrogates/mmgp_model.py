"""A trained MMGP: from a mesh and a few scalars to fields with their uncertainty.

With the map of a new mesh M to the reference's disk, P1 operators A (mesh -> reference) and
B (reference -> mesh), shape coefficients a of the coordinate field and inputs mu,

    x = (a(A X), mu),     U(M, mu) = B (m + sum_j phi_j c_j(x)),

and because decoding is linear the variance of a field is exact, no sampling:

    Var U = sum_j (B phi_j)^2 Var c_j(x) + B t,

where t is the nodal variance that the POD left out of the training fields.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.linalg import Basis
from understudy.mesh import Mesh
from understudy.morphing import Morphing, Tutte
from understudy.regression.posterior import GPPosterior

__all__ = ["FieldModel", "MMGPModel", "Prediction"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """Fields and scalars of one mesh, in the units of the training data.

    Attributes:
        fields: mean by name, shape (n,).
        field_deviations: standard deviation by name, shape (n,); empty for a method without.
        scalars: mean by name.
        scalar_deviations: standard deviation by name; empty for a method without.
    """

    fields: dict[str, Float[np.ndarray, " n"]]
    field_deviations: dict[str, Float[np.ndarray, " n"]]
    scalars: dict[str, float]
    scalar_deviations: dict[str, float]


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
        morphing: the map of meshes.
        reference: the common mesh and its image.
        shape: basis of coordinate fields, flattened x then y, length 2 n.
        input_names: scalars to be given, in the order of the processes' inputs.
        fields: model by field.
        scalar_names: names of the output scalars, in the order of `scalars`.
        scalars: processes of the output scalars.
        units: unit by name of input, field, scalar and "length".
    """

    morphing: Tutte
    reference: Morphing
    shape: Basis
    input_names: tuple[str, ...]
    fields: dict[str, FieldModel]
    scalar_names: tuple[str, ...]
    scalars: GPPosterior
    units: dict[str, str]

    def predict(self, mesh: Mesh, inputs: dict[str, float]) -> Prediction:
        """Predict on any mesh of the family.

        Raises:
            ValueError: the mesh is not a disk; an input is missing, unknown or not finite.
        """
        mu = _ordered(self.input_names, inputs)
        image = self.morphing.fit(mesh)
        carried = image.transport(image.mesh.points, self.reference)
        x = np.concatenate([self.shape.encode(carried.T.reshape(1, -1)), mu], axis=1)
        back = self.reference.operator(image)
        fields, deviations = {}, {}
        for name, model in self.fields.items():
            z = model.posterior.predict(x)
            modes = back @ model.basis.modes
            fields[name] = back @ model.basis.mean + modes @ z.mean[0]
            variance = modes**2 @ z.variance[0] + back @ model.truncation
            deviations[name] = np.sqrt(variance)
        scalars = self.scalars.predict(x)
        names = self.scalar_names
        return Prediction(
            fields=fields,
            field_deviations=deviations,
            scalars=dict(zip(names, scalars.mean[0].tolist(), strict=True)),
            scalar_deviations=dict(zip(names, np.sqrt(scalars.variance[0]).tolist(), strict=True)),
        )


def _ordered(names: tuple[str, ...], inputs: dict[str, float]) -> Float[np.ndarray, "1 k"]:
    missing, unknown = set(names) - set(inputs), set(inputs) - set(names)
    if missing or unknown:
        raise ValueError(
            f"scalars: expected {list(names)}, got {sorted(inputs)}"
            + (f"; missing {sorted(missing)}" if missing else "")
            + (f"; unknown {sorted(unknown)}" if unknown else "")
        )
    mu = np.array([[inputs[name] for name in names]], dtype=float)
    if not np.isfinite(mu).all():
        bad = names[int(np.argmax(~np.isfinite(mu[0])))]
        raise ValueError(f"scalar {bad}: expected a finite number, got {inputs[bad]}")
    return mu

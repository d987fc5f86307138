"""Inputs of a regression from a mesh: shape coefficients nobody gave, beside the scalars given.

With the map of a mesh M to the reference's disk and A its P1 operator (mesh -> reference),

    x(M, mu) = (a, mu),     a = coefficients of the coordinate field A X in its POD basis.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.sparse import block_diag, csr_array

from understudy.linalg import POD, Basis
from understudy.mesh import Mesh
from understudy.morphing import Morphing, Tutte
from understudy.surrogates.alignment import Aligned

__all__ = ["Prediction", "ShapeEncoder", "shape_encoder"]


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
class ShapeEncoder:
    """From a mesh and scalars to inputs of a regression, and the way back for fields.

    Attributes:
        morphing: the map of meshes.
        reference: the common mesh and its image.
        shape: basis of coordinate fields, all x then all y, length 2 n.
        input_names: scalars to be given, in the order of the columns after the shape's.
    """

    morphing: Tutte
    reference: Morphing
    shape: Basis
    input_names: tuple[str, ...]

    def encode_training(self, data: Aligned) -> Float[np.ndarray, "N d"]:
        """Inputs of the training samples, a row a sample."""
        return np.concatenate([self.shape.encode(_flat(data)), data.inputs], axis=1)

    def encode(
        self, mesh: Mesh, inputs: dict[str, float]
    ) -> tuple[Float[np.ndarray, "1 d"], csr_array]:
        """Inputs of a new mesh, and the P1 operator from the reference to its nodes.

        Raises:
            ValueError: the mesh is not a disk; an input is missing, unknown or not finite.
        """
        mu = self._ordered(inputs)
        image = self.morphing.fit(mesh)
        carried = image.transport(image.mesh.points, self.reference)
        shape = self.shape.encode(carried.T.reshape(1, -1))
        return np.concatenate([shape, mu], axis=1), self.reference.operator(image)

    def _ordered(self, inputs: dict[str, float]) -> Float[np.ndarray, "1 k"]:
        names = self.input_names
        missing, unknown = set(names) - set(inputs), set(inputs) - set(names)
        if missing or unknown:
            raise ValueError(
                f"scalars: expected {', '.join(names) or 'none'}"
                + (f"; missing {', '.join(sorted(missing))}" if missing else "")
                + (f"; unknown {', '.join(sorted(unknown))}" if unknown else "")
            )
        for name in names:
            if not np.isfinite(inputs[name]):
                raise ValueError(f"scalar {name}: expected a finite number, got {inputs[name]}")
        return np.array([[inputs[name] for name in names]], dtype=float)


def shape_encoder(data: Aligned, rank: int) -> ShapeEncoder:
    """Find the shape basis of training samples: POD of coordinates in the mass matrix."""
    mass = csr_array(block_diag([data.mass, data.mass], format="csr"))
    return ShapeEncoder(
        morphing=data.morphing,
        reference=data.reference,
        shape=POD(rank=rank).fit(_flat(data), mass),
        input_names=data.input_names,
    )


def _flat(data: Aligned) -> Float[np.ndarray, "N n2"]:
    """Coordinate fields as rows: all x, then all y."""
    return data.coordinates.transpose(0, 2, 1).reshape(len(data.coordinates), -1)

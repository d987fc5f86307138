"""Inputs of a regression from a mesh: shape coefficients nobody gave, beside the scalars given.

With the map of a mesh M to the common domain and A its P1 operator (mesh -> reference),

    x(M, mu) = (a, g(mu)),     a = coefficients of the coordinate field A X in its POD basis,

where g leaves the scalars as they are, or makes them logarithms of groups without dimension.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.sparse import block_diag, csr_array

from understudy.data.blocks import mapped
from understudy.linalg import POD, Basis, log
from understudy.mesh import Mesh
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.bases import basis_of
from understudy.surrogates.morpher import Morpher
from understudy.surrogates.recipe import combined
from understudy.surrogates.reference import Reference

__all__ = [
    "Carried",
    "Encoded",
    "Prediction",
    "ShapeEncoder",
    "Trust",
    "carry",
    "flat_coordinates",
    "shape_encoder",
]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Trust:
    """Whether a sample is of the kind that a model was trained on.

    Attributes:
        decision: "accept", "warn" or "refuse".
        p_value: share of training-like samples that look at least as strange.
        score: strangeness, larger is stranger; infinite when the mesh could not be mapped.
        reason: in words.
        terms: strangeness by what was looked at, in spreads of the training samples.
    """

    decision: str
    p_value: float
    score: float
    reason: str
    terms: dict[str, float]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """Fields and scalars of one mesh, in the units of the training data.

    Attributes:
        fields: mean by name, shape (n,).
        field_deviations: standard deviation by name, shape (n,); empty for a method without.
        field_bands: ends of the 95 % band by name, shape (2, n); empty likewise.
        scalars: mean by name.
        scalar_deviations: standard deviation by name; empty for a method without.
        scalar_bands: ends of the 95 % band by name, shape (2,); empty likewise.
        yield_probability: of a plastic strain, by name of its scalar; empty without a closure or a
            hurdle.
        trust: whether the sample is like the training samples; None for a method without.
    """

    fields: dict[str, Float[np.ndarray, " n"]]
    field_deviations: dict[str, Float[np.ndarray, " n"]] = field(default_factory=dict)
    field_bands: dict[str, Float[np.ndarray, "2 n"]] = field(default_factory=dict)
    scalars: dict[str, float]
    scalar_deviations: dict[str, float] = field(default_factory=dict)
    scalar_bands: dict[str, Float[np.ndarray, " 2"]] = field(default_factory=dict)
    yield_probability: dict[str, float] = field(default_factory=dict)
    trust: Trust | None = None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Carried:
    """A mesh on the way to the reference and back: what does not depend on any training.

    Attributes:
        coordinates: its coordinate field on the reference, all x then all y, shape (1, q).
        back: P1 operator from the reference to the nodes of the mesh.
    """

    coordinates: Float[np.ndarray, "1 q"]
    back: csr_array


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Encoded:
    """A new sample as a surrogate sees it.

    Attributes:
        x: inputs of the regression, shape (1, d).
        mu: scalars given, shape (1, k).
        back: operator from the reference to the nodes of the mesh.
        left_out: root mean square over nodes of what the shape basis does not represent, in the
            unit of length.
    """

    x: Float[np.ndarray, "1 d"]
    mu: Float[np.ndarray, "1 k"]
    back: csr_array
    left_out: float


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ShapeEncoder:
    """From a mesh and scalars to inputs of a regression, and the way back for fields.

    Attributes:
        morphing: the map of meshes.
        base: the mesh whose landmarks all meshes take over.
        reference: the common mesh and, of a morphing, its image.
        shape: basis of coordinate fields, all x then all y, length 2 n.
        input_names: scalars to be given, in the order of the columns after the shape's.
        groups: exponents of the scalars in each group without dimension; (): as they are.
    """

    morphing: Morpher
    base: Mesh
    reference: Reference
    shape: Basis
    input_names: tuple[str, ...]
    groups: tuple[dict[str, float], ...] = ()

    def encode_training(self, data: Aligned) -> Float[np.ndarray, "N d"]:
        """Inputs of the training samples, a row a sample."""
        shape = mapped(lambda rows: self.shape.encode(flat_coordinates(rows)), data.coordinates)
        return np.concatenate([shape, self.features(data.inputs)], axis=1)

    def features(self, mu: Float[np.ndarray, "N k"]) -> Float[np.ndarray, "N g"]:
        """Scalars as the regression sees them."""
        if not self.groups:
            return mu
        return np.stack([log(combined(g, self.input_names, mu)) for g in self.groups], axis=1)

    def encode(self, mesh: Mesh, inputs: Mapping[str, float]) -> Encoded:
        """A new mesh and its scalars.

        Raises:
            ValueError: the mesh cannot be mapped; an input is missing, unknown, not finite, or not
                positive where a logarithm is taken.
        """
        self.check(inputs)  # before any work
        return self.encode_carried(self.carry(mesh), inputs)

    def check(self, inputs: Mapping[str, float]) -> None:
        """Raise a ValueError for scalars that `encode` would not take."""
        self._ordered(inputs)

    def carry(self, mesh: Mesh) -> Carried:
        """Map a mesh to the reference.

        Raises:
            ValueError: the mesh cannot be mapped.
        """
        return carry(self.morphing, self.base, self.reference, mesh)

    def encode_carried(self, carried: Carried, inputs: Mapping[str, float]) -> Encoded:
        """A mesh that was mapped before, and its scalars.

        Raises:
            ValueError: an input is missing, unknown, not finite, or not positive where a
                logarithm is taken.
        """
        mu = self._ordered(inputs)
        a = self.shape.encode(carried.coordinates)
        rest = carried.coordinates - self.shape.decode(a)
        return Encoded(
            x=np.concatenate([a, self.features(mu)], axis=1),
            mu=mu,
            back=carried.back,
            left_out=float(np.sqrt(np.mean(rest**2))),
        )

    def _ordered(self, inputs: Mapping[str, float]) -> Float[np.ndarray, "1 k"]:
        names = self.input_names
        missing, unknown = set(names) - set(inputs), set(inputs) - set(names)
        if missing or unknown:
            raise ValueError(
                f"scalars: expected {', '.join(names) or 'none'}"
                + (f"; missing {', '.join(sorted(missing))}" if missing else "")
                + (f"; unknown {', '.join(sorted(unknown))}" if unknown else "")
            )
        logged = {name for group in self.groups for name in group}
        for name in names:
            if not np.isfinite(inputs[name]):
                raise ValueError(f"scalar {name}: expected a finite number, got {inputs[name]}")
            if name in logged and not inputs[name] > 0:
                raise ValueError(f"scalar {name}: expected a positive number, got {inputs[name]}")
        return np.array([[inputs[name] for name in names]], dtype=float)


def carry(morphing: Morpher, base: Mesh, reference: Reference, mesh: Mesh) -> Carried:
    """Map a mesh to a reference.

    Raises:
        ValueError: the mesh cannot be mapped.
    """
    image = morphing.fit(mesh, base)
    there = reference.there(image) @ image.mesh.points
    return Carried(coordinates=there.T.reshape(1, -1), back=reference.back(image))


def shape_encoder(
    data: Aligned, pod: POD, groups: tuple[dict[str, float], ...] = ()
) -> ShapeEncoder:
    """Find the shape basis of training samples: POD of coordinates in the mass matrix."""
    mass = csr_array(block_diag([data.mass] * data.coordinates.shape[2], format="csr"))
    return ShapeEncoder(
        morphing=data.morphing,
        base=data.base,
        reference=data.reference,
        shape=basis_of(pod, mapped(flat_coordinates, data.coordinates), mass)[0],
        input_names=data.input_names,
        groups=groups,
    )


def flat_coordinates(coordinates: Float[np.ndarray, "N n dim"]) -> Float[np.ndarray, "N n2"]:
    """Coordinate fields as rows: all x, then all y."""
    return coordinates.transpose(0, 2, 1).reshape(len(coordinates), -1)

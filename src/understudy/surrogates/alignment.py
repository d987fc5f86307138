"""Samples on one reference: every mesh and field carried to the nodes of a common mesh.

Sample i has the disk image of its own mesh; A_i interpolates from that image to the nodes of the
reference's image. Its shape is the coordinate field A_i X_i, its fields are A_i U_i. The reference
is a real training mesh, so the common mesh has sensible triangles: the sample whose isoperimetric
ratio (perimeter^2 / area, blind to size and position) is the median.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array

from understudy.data import Sample
from understudy.mesh import Mesh, area, boundary_loop, mass_matrix
from understudy.morphing import Morphing, Tutte

__all__ = ["KIND", "VERSION", "Aligned", "align"]

KIND, VERSION = "understudy-aligned", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Aligned:
    """N training samples on the n nodes of the reference.

    Attributes:
        morphing: the specification that also maps meshes to come.
        reference: mesh of the reference and its image on the disk.
        mass: mass matrix of the reference part, shape (n, n): areas are physical, not on the disk.
        coordinates: node positions carried by the reference, shape (N, n, 2).
        input_names: names of the scalars that a user gives, in the order of the columns.
        inputs: shape (N, k).
        fields: shape (N, n) by name.
        scalars: shape (N,) by name.
        index: numbers of the samples in their design.
        units: unit by name.
    """

    morphing: Tutte
    reference: Morphing
    mass: csr_array
    coordinates: Float[np.ndarray, "N n 2"]
    input_names: tuple[str, ...]
    inputs: Float[np.ndarray, "N k"]
    fields: dict[str, Float[np.ndarray, "N n"]]
    scalars: dict[str, Float[np.ndarray, " N"]]
    index: Int[np.ndarray, " N"]
    units: dict[str, str]

    def with_shuffled_targets(self, rng: np.random.Generator) -> "Aligned":
        """The same samples with fields and scalars of others: a negative control."""
        order = rng.permutation(len(self.inputs))
        return replace(
            self,
            fields={name: values[order] for name, values in self.fields.items()},
            scalars={name: values[order] for name, values in self.scalars.items()},
        )


def align(
    samples: Sequence[Sample],
    morphing: Tutte,
    input_names: Sequence[str],
    units: dict[str, str],
    progress: Callable[[int, int], None] | None = None,
) -> Aligned:
    """Carry samples to the reference that they choose among themselves.

    Raises:
        ValueError: fewer than 3 samples that succeeded, a sample that lacks an input, a field or a
            scalar of the first one, a mesh that is not a disk; names the sample.
    """
    good = [s for s in samples if not s.error]
    if len(good) < 3:
        raise ValueError(f"expected at least 3 samples that succeeded, got {len(good)}")
    field_names, scalar_names = sorted(good[0].fields), sorted(good[0].scalars)
    for s in good:
        _check(s, input_names, field_names, scalar_names)
    images = [_image(s, morphing) for s in good]
    roundness = np.array([_roundness(image.mesh) for image in images])
    reference = images[int(np.argsort(roundness, kind="stable")[len(good) // 2])]
    coordinates, stacks = [], []
    for done, (sample, image) in enumerate(zip(good, images, strict=True), start=1):
        operator = image.operator(reference)
        coordinates.append(operator @ image.mesh.points)
        stacks.append(operator @ np.stack([sample.fields[f] for f in field_names], axis=1))
        if progress is not None:
            progress(done, len(good))
    carried = np.stack(stacks)
    return Aligned(
        morphing=morphing,
        reference=reference,
        mass=mass_matrix(reference.mesh),
        coordinates=np.stack(coordinates),
        input_names=tuple(input_names),
        inputs=np.array([[s.inputs[name] for name in input_names] for s in good]),
        fields={f: np.ascontiguousarray(carried[:, :, i]) for i, f in enumerate(field_names)},
        scalars={name: np.array([s.scalars[name] for s in good]) for name in scalar_names},
        index=np.array([s.index for s in good]),
        units=dict(units),
    )


def _check(
    sample: Sample, inputs: Sequence[str], fields: Sequence[str], scalars: Sequence[str]
) -> None:
    for kind, expected, got in (
        ("input", inputs, sample.inputs),
        ("field", fields, sample.fields),
        ("scalar", scalars, sample.scalars),
    ):
        lacking = [name for name in expected if name not in got]
        if lacking:
            raise ValueError(
                f"sample {sample.index}: expected {kind} {lacking[0]!r}, got {sorted(got)}"
            )
    for name in fields:
        if not np.isfinite(sample.fields[name]).all():
            raise ValueError(
                f"sample {sample.index}, field {name}: expected finite values, got NaN"
            )


def _image(sample: Sample, morphing: Tutte) -> Morphing:
    if sample.mesh is None:
        raise ValueError(f"sample {sample.index}: expected a mesh, got none")
    try:
        return morphing.fit(sample.mesh)
    except ValueError as error:
        raise ValueError(f"sample {sample.index}: {error}") from error


def _roundness(mesh: Mesh) -> float:
    """Perimeter squared over area."""
    rim = mesh.points[boundary_loop(mesh)]
    perimeter = np.linalg.norm(np.roll(rim, -1, axis=0) - rim, axis=1).sum()
    return float(perimeter**2 / np.abs(area(mesh)).sum())

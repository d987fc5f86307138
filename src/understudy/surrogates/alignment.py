"""Samples on one reference: every mesh and field carried to the nodes of a common mesh.

Sample i has the image of its own mesh; A_i interpolates from that image to the nodes of the
reference's image, B_i from there back. Its shape is the coordinate field A_i X_i, its fields are
A_i U_i. The reference is a real training mesh, so the common mesh has sensible triangles: the
sample whose isoperimetric ratio (perimeter^2 / area, blind to size and position) is the median;
each of its triangles may be cut into four, which about halves what the way there and back loses,

    t_i = A_i (U_i - B_i A_i U_i)^2.

Samples may come from a file, one at a time; arrays that are large lie in scratch files
(`data.blocks`), so that memory does not grow with the number of samples.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array

from understudy.data import Sample
from understudy.data.blocks import empty, give_back, taken
from understudy.mesh import Mesh, area, edges, mass_matrix
from understudy.morphing import Correspondence
from understudy.surrogates.morpher import Morpher
from understudy.surrogates.reference import Reference, placed

__all__ = ["KIND", "VERSION", "Aligned", "align"]

KIND, VERSION = "understudy-aligned", 2
_PAGES = 64
"""Samples after which pages of large arrays are given back."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Aligned:
    """N training samples on the n nodes of the reference.

    Attributes:
        morphing: the specification that also maps meshes to come; one method is chosen.
        base: the training mesh that the reference was made from.
        reference: mesh of the reference and, of a morphing, its image.
        mass: mass matrix of the reference part, shape (n, n): areas are physical, not on the disk.
        coordinates: node positions carried by the reference, shape (N, n, dim).
        input_names: names of the scalars that a user gives, in the order of the columns.
        inputs: shape (N, k).
        fields: shape (N, n) by name.
        transfer: what the way there and back loses of each field, squared, shape (N, n) by name.
        scalars: shape (N,) by name.
        index: numbers of the samples in their design.
        units: unit by name.
    """

    morphing: Morpher
    base: Mesh
    reference: Reference
    mass: csr_array
    coordinates: Float[np.ndarray, "N n dim"]
    input_names: tuple[str, ...]
    inputs: Float[np.ndarray, "N k"]
    fields: dict[str, Float[np.ndarray, "N n"]]
    transfer: dict[str, Float[np.ndarray, "N n"]]
    scalars: dict[str, Float[np.ndarray, " N"]]
    index: Int[np.ndarray, " N"]
    units: dict[str, str]

    def subset(self, rows: Int[np.ndarray, " k"]) -> "Aligned":
        """Some of the samples, on the same reference."""
        return replace(
            self,
            coordinates=taken(self.coordinates, rows),
            inputs=self.inputs[rows],
            fields={name: taken(values, rows) for name, values in self.fields.items()},
            transfer={name: taken(values, rows) for name, values in self.transfer.items()},
            scalars={name: values[rows] for name, values in self.scalars.items()},
            index=self.index[rows],
        )

    def with_shuffled_targets(self, rng: np.random.Generator) -> "Aligned":
        """The same samples with fields and scalars of others: a negative control."""
        order = rng.permutation(len(self.inputs))
        return replace(
            self,
            fields={name: values[order] for name, values in self.fields.items()},
            transfer={name: values[order] for name, values in self.transfer.items()},
            scalars={name: values[order] for name, values in self.scalars.items()},
        )


def align(
    samples: Iterable[Sample],
    morphing: Morpher,
    input_names: Sequence[str],
    units: dict[str, str],
    *,
    refinements: int = 0,
    fields: Sequence[str] = (),
    measure: str = "part",
    progress: Callable[[int, int], None] | None = None,
) -> Aligned:
    """Carry samples to the reference that they choose among themselves.

    Args:
        samples: simulations, gone through several times; failed ones are left out.
        morphing: how meshes are mapped; without a method, what suits all of them.
        input_names: inputs that a prediction will be given.
        units: unit by name.
        refinements: how often the triangles of the reference are cut into four; 0 with transport.
        fields: names of the fields that are carried; (): all.
        measure: what inner products integrate over: the reference "part", or its "image".
        progress: called with the number of samples done and their total.

    Raises:
        ValueError: fewer than 3 samples that succeeded, a sample that lacks an input, a field or a
            scalar of the first one, a mesh that cannot be mapped; names the sample.
    """
    if measure not in ("part", "image"):
        raise ValueError(f"measure: expected part or image, got {measure!r}")
    known = _survey(samples, input_names, fields)
    base = _mesh(next(s for s in samples if s.index == known.median))
    morphing = _settled(samples, morphing, base)
    reference = placed(morphing.fit(base))
    for _ in range(refinements):
        reference = reference.refined()
    common = reference.mesh if measure == "part" or reference.image is None else reference.image
    count, (n, dim) = len(known.index), reference.mesh.points.shape
    coordinates = empty((count, n, dim))
    stacks = {f: empty((count, n)) for f in known.fields}
    losses = {f: empty((count, n)) for f in known.fields}
    for row, sample in enumerate(_good(samples)):
        image = _image(sample, morphing, base)
        there, back = reference.there(image), reference.back(image)
        values = np.stack([sample.fields[f] for f in known.fields], axis=1)
        carried = there @ values
        lost = there @ (values - back @ carried) ** 2
        coordinates[row] = there @ image.mesh.points
        for i, f in enumerate(known.fields):
            stacks[f][row], losses[f][row] = carried[:, i], lost[:, i]
        if row % _PAGES == 0:
            for array in (coordinates, *stacks.values(), *losses.values()):
                give_back(array)
        if progress is not None:
            progress(row + 1, count)
    return Aligned(
        morphing=morphing,
        base=base,
        reference=reference,
        mass=mass_matrix(common),
        coordinates=coordinates,
        input_names=tuple(input_names),
        inputs=known.inputs,
        fields=stacks,
        transfer=losses,
        scalars=known.scalars,
        index=known.index,
        units=dict(units),
    )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Survey:
    """What one pass over the samples tells without keeping any of them."""

    fields: list[str]
    inputs: Float[np.ndarray, "N k"]
    scalars: dict[str, Float[np.ndarray, " N"]]
    index: Int[np.ndarray, " N"]
    median: int


def _good(samples: Iterable[Sample]) -> Iterator[Sample]:
    return (s for s in samples if not s.error)


def _survey(samples: Iterable[Sample], inputs: Sequence[str], fields: Sequence[str]) -> _Survey:
    """Check every sample; the reference has the median isoperimetric ratio."""
    names: list[str] = []
    scalars: dict[str, list[float]] = {}
    index: list[int] = []
    rows, roundness = [], []
    for s in _good(samples):
        if not index:
            names, scalars = sorted(fields or s.fields), {n: [] for n in sorted(s.scalars)}
        _check(s, inputs, names, list(scalars))
        try:
            roundness.append(_roundness(_mesh(s)))
        except ValueError as error:
            raise ValueError(f"sample {s.index}: {error}") from error
        index.append(s.index)
        rows.append([s.inputs[name] for name in inputs])
        for name, column in scalars.items():
            column.append(s.scalars[name])
    if len(index) < 3:
        raise ValueError(f"expected at least 3 samples that succeeded, got {len(index)}")
    return _Survey(
        fields=names,
        inputs=np.array(rows, dtype=float).reshape(len(index), len(inputs)),
        scalars={name: np.array(column) for name, column in scalars.items()},
        index=np.array(index),
        median=index[int(np.argsort(roundness, kind="stable")[len(index) // 2])],
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


def _mesh(sample: Sample) -> Mesh:
    if sample.mesh is None:
        raise ValueError(f"sample {sample.index}: expected a mesh, got none")
    return sample.mesh


def _settled(samples: Iterable[Sample], morphing: Morpher, base: Mesh) -> Morpher:
    """One method for all: transport if one sample needs it."""
    if morphing != Morpher():
        return morphing
    chosen = morphing
    for sample in _good(samples):
        try:
            chosen = morphing.settled(_mesh(sample), base)
        except ValueError as error:
            raise ValueError(f"sample {sample.index}: {error}") from error
        if chosen.transport is not None:
            break
    return chosen


def _image(sample: Sample, morphing: Morpher, reference: Mesh) -> Correspondence:
    try:
        return morphing.fit(_mesh(sample), reference)
    except ValueError as error:
        raise ValueError(f"sample {sample.index}: {error}") from error


def _roundness(mesh: Mesh) -> float:
    """Perimeter squared over area, of all boundaries."""
    pairs, shared = edges(mesh)
    rim = mesh.points[pairs[shared == 1]]
    perimeter = np.linalg.norm(rim[:, 1] - rim[:, 0], axis=1).sum()
    return float(perimeter**2 / np.abs(area(mesh)).sum())

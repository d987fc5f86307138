"""Outputs as they are learned: scaled, amplitude apart, transformed, or as the latent of a law."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csr_array, diags_array

from understudy.data.blocks import mapped
from understudy.linalg import POD, Basis, log
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.bases import basis_of, rows_of
from understudy.surrogates.closure import PlasticClosure
from understudy.surrogates.hurdle import above_zero
from understudy.surrogates.recipe import FieldRecipe, ScalarRecipe, combined

__all__ = [
    "Represented",
    "field_above_zero",
    "named_inputs",
    "represent",
    "targets",
    "transformed",
]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Represented:
    """One field of the training samples as it is learned.

    Attributes:
        above: which samples of all it is learned from: all, or of a hurdle those above zero.
        values: what the decoded field should be, shape (N, n): the field, or a latent.
        scale: s of each sample, shape (N,).
        amplitude: a of each sample, shape (N,).
        basis: modes of the pattern values / (s a).
        outputs: for the processes: 1 / a, if apart, then the coefficients, shape (N, q).
        recipe: how.
    """

    above: Bool[np.ndarray, " M"]
    values: Float[np.ndarray, "N n"]
    scale: Float[np.ndarray, " N"]
    amplitude: Float[np.ndarray, " N"]
    basis: Basis
    outputs: Float[np.ndarray, "N q"]
    recipe: FieldRecipe


def named_inputs(data: Aligned) -> dict[str, Float[np.ndarray, " N"]]:
    """Inputs by name."""
    return {name: data.inputs[:, k] for k, name in enumerate(data.input_names)}


def targets(data: Aligned, closure: PlasticClosure | None) -> dict[str, Float[np.ndarray, "N n"]]:
    """Fields to learn by name: with a closure the latent in place of plastic strain and strain."""
    if closure is None:
        return data.fields
    lacking = {*closure.strain, closure.plastic_strain} - set(data.fields)
    unknown = {closure.young, closure.yield_stress, closure.hardening} - set(data.input_names)
    if lacking or unknown:
        raise ValueError(
            "closure: expected fields "
            f"{[*closure.strain, closure.plastic_strain]} and inputs "
            f"{[closure.young, closure.yield_stress, closure.hardening]}, "
            f"got {sorted(data.fields)} and {list(data.input_names)}"
        )
    kept = {n: v for n, v in data.fields.items() if n not in closure.strain}
    names = closure.strain

    def latent(*columns: np.ndarray) -> np.ndarray:
        strain = dict(zip(names, columns[:3], strict=True))
        return closure.latent(strain, dict(zip(data.input_names, columns[3:], strict=True)))

    made = mapped(latent, *(data.fields[n] for n in names), *data.inputs.T)
    return kept | {closure.plastic_strain: made}


def represent(
    values: Float[np.ndarray, "N n"],
    recipe: FieldRecipe,
    data: Aligned,
    pod: POD,
    weight: Float[np.ndarray, " n"] | None = None,
) -> Represented:
    """Scale, take the amplitude apart, reduce.

    Args:
        values: a row a sample.
        recipe: how.
        data: the samples.
        pod: how modes are found.
        weight: of each node in the inner product of the modes; None: all alike.

    Raises:
        ValueError: a hurdle for a field that has no samples without it, or too few with it.
    """
    above = np.ones(len(values), dtype=bool)
    if recipe.hurdle:
        found = field_above_zero(values)
        if found is None:
            raise ValueError("hurdle: expected a field that is zero in a share of the samples")
        above, values = found, rows_of(values, found)
    scale = combined(recipe.scale, data.input_names, data.inputs[above])
    amplitude = np.ones(len(values))
    if recipe.amplitude:
        amplitude = field_norms(values, data) / np.abs(scale)
    pattern = mapped(lambda rows, unit: rows / unit[:, None], values, scale * amplitude)
    mass = data.mass
    if weight is not None:
        root = diags_array(np.sqrt(weight))
        mass = csr_array(root @ mass @ root)
    basis, z = basis_of(pod, pattern, mass)
    outputs = np.column_stack([1.0 / amplitude, z]) if recipe.amplitude else z
    return Represented(
        above=above, values=values, scale=scale, amplitude=amplitude, basis=basis,
        outputs=outputs, recipe=recipe,
    )  # fmt: skip


def field_above_zero(values: Float[np.ndarray, "N n"]) -> Bool[np.ndarray, " N"] | None:
    """Samples in which a field is above zero somewhere; None where no hurdle is worth a try."""
    least = mapped(lambda rows: rows.min(axis=1), values)
    return above_zero(least, mapped(lambda rows: rows.max(axis=1), values))


def field_norms(values: Float[np.ndarray, "N n"], data: Aligned) -> Float[np.ndarray, " N"]:
    """Root mean square of each field over the reference part."""
    total = data.mass.sum()
    square = mapped(lambda u: np.einsum("Nn,nN->N", u, data.mass @ u.T) / total, values)
    return np.sqrt(np.maximum(square, 1e-300))


def transformed(
    values: Float[np.ndarray, " N"], recipe: ScalarRecipe, data: Aligned
) -> Float[np.ndarray, " N"]:
    """A scalar as it is learned."""
    scaled = values / combined(recipe.scale, data.input_names, data.inputs)
    if recipe.transform == "log":
        return log(scaled)
    return 1.0 / scaled if recipe.transform == "reciprocal" else scaled

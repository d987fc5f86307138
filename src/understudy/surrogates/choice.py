"""Which representation each output gets: leave-one-out error of a cheap model decides.

Candidates of a field: as it is, or measured in the product of inputs in which amplitudes of
samples differ least; each with or without the amplitude apart. Candidates of a scalar: as it is,
or scaled, and the logarithm or reciprocal of both. What is zero in a share of the samples may get
a `hurdle`, the peak of plastic strain too, whose rival is the latent; a stress may follow from the
strain (`stress_law`). Candidates of the inputs: as
they are, or groups without dimension. The cheap model has one kernel for all coefficients and few
modes. Test data play no part.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.linalg import POD
from understudy.regression import GP
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.closure import PlasticClosure
from understudy.surrogates.dimensions import groups, scales
from understudy.surrogates.encoding import shape_encoder
from understudy.surrogates.field_model import FieldModel
from understudy.surrogates.greatest import fit_greatest
from understudy.surrogates.hurdle import above_zero, fit_gate, fit_hurdle
from understudy.surrogates.mmgp_model import scaled_moments
from understudy.surrogates.recipe import FieldRecipe, Recipe, ScalarRecipe, combined
from understudy.surrogates.representation import (
    Represented,
    field_above_zero,
    field_norms,
    named_inputs,
    represent,
    targets,
    transformed,
)
from understudy.surrogates.stress_law import STRESSES, propagated

__all__ = ["choose_recipe"]

_RANK = 8
_PEAK_RANK = 24
"""Modes of a latent whose greatest value is wanted: fewer would round it off."""
_STEPS = 60


def choose_recipe(
    data: Aligned,
    shape: POD,
    gp: GP,
    closure: PlasticClosure | None,
    whole: Collection[str] = (),
) -> Recipe:
    """The representation with the least leave-one-out errors.

    Args:
        data: training samples.
        shape: how the shape basis is found.
        gp: settings of the processes; the cheap model shares one kernel and takes fewer steps.
        closure: of plastic strain; its latent stays as it is.
        whole: fields that get neither a hurdle nor a law.
    """
    cheap = replace(gp, sharing="kernel", steps=min(gp.steps, _STEPS), restarts=0)
    units = {name: data.units.get(name, "") for name in data.input_names}
    kinds: list[tuple[dict[str, float], ...]] = [()]
    positive = (data.inputs > 0).all()
    if positive and any(units.values()):
        kinds.append(tuple(groups(units)))
    found = []
    for kind in kinds:
        x = shape_encoder(data, shape, kind).encode_training(data)
        fields, errors = {}, []
        wanted = targets(data, closure)
        for name, values in wanted.items():
            candidates = [FieldRecipe()]
            if closure is None or name != closure.plastic_strain:
                candidates = _field_candidates(name, values, data, units, name not in whole)
            scores = [_field_error(values, c, x, data, cheap) for c in candidates]
            fields[name] = candidates[int(np.argmin(scores))]
            errors.append(min(scores))
        if closure is not None:
            stresses = [n for n in fields if n in STRESSES and n not in whole]
            found_law = _law_errors(stresses, x, data, cheap, closure, units)
            for name, error in found_law.errors.items():
                place = list(fields).index(name)
                if error < errors[place]:
                    fields[name], errors[place] = FieldRecipe(law=True), error
            if any(recipe.law for recipe in fields.values()):
                fields |= found_law.strains
        scalars = {}
        for name, column in data.scalars.items():
            if closure is not None and name == closure.peak:
                latent = wanted[closure.plastic_strain]
                scalars[name] = _peak_recipe(column, latent, x, data, cheap, closure)
                continue
            options = _scalar_candidates(name, column, data, units)
            scores = [_scalar_error(column, c, x, data, cheap) for c in options]
            scalars[name] = options[int(np.argmin(scores))]
        # Errors of outputs differ in size: their logarithms are compared.
        total = float(np.log(np.maximum(errors, 1e-12)).sum())
        found.append((total, Recipe(groups=kind, fields=fields, scalars=scalars)))
    return min(found, key=lambda pair: pair[0])[1]


def _least_spread(
    name: str, norms: Float[np.ndarray, " N"], data: Aligned, units: dict[str, str]
) -> dict[str, float]:
    """The product of inputs that makes amplitudes most alike."""
    if not (norms > 0).all() or not (data.inputs > 0).all():
        return {}
    choices = scales(data.units.get(name, ""), units, data.units.get("length", ""))
    spreads = [np.std(np.log(norms / combined(c, data.input_names, data.inputs))) for c in choices]
    return choices[int(np.argmin(spreads))]


def _field_candidates(
    name: str,
    values: Float[np.ndarray, "N n"],
    data: Aligned,
    units: dict[str, str],
    hurdle: bool,
) -> list[FieldRecipe]:
    if field_above_zero(values) is not None:  # a field of zeros has no pattern
        split = [FieldRecipe(hurdle=True), FieldRecipe(hurdle=True, amplitude=True)]
        return [FieldRecipe(), *(split if hurdle else [])]
    scale = _least_spread(name, field_norms(values, data), data, units)
    plain = [FieldRecipe(), FieldRecipe(amplitude=True)]
    scaled = [FieldRecipe(scale=scale), FieldRecipe(scale=scale, amplitude=True)]
    return plain + (scaled if scale else [])


def _scalar_candidates(
    name: str, values: Float[np.ndarray, " N"], data: Aligned, units: dict[str, str]
) -> list[ScalarRecipe]:
    kinds = ["identity", "log", "reciprocal"] if (values > 0).all() else ["identity"]
    scale = _least_spread(name, np.abs(values), data, units)
    both: list[dict[str, float]] = [{}, scale] if scale else [{}]
    split = [ScalarRecipe(transform="hurdle")] if above_zero(values, values) is not None else []
    return [ScalarRecipe(scale=s, transform=t) for s in both for t in kinds] + split


def _peak_recipe(
    values: Float[np.ndarray, " N"],
    latent: Float[np.ndarray, "N n"],
    x: Float[np.ndarray, "N d"],
    data: Aligned,
    gp: GP,
    closure: PlasticClosure,
) -> ScalarRecipe:
    """The latent of a peak of plastic strain, the greatest of its field, or a hurdle."""
    known = named_inputs(data)
    peak = closure.peak_latent(latent, values, known)
    z = gp.fit(x, peak[:, None]).leave_one_out()
    found = {"latent": closure.plastic_rows(z.mean, known)[:, 0]}
    weight = closure.weight(latent, known)
    part = represent(latent, FieldRecipe(), data, POD(rank=_PEAK_RANK), weight)
    field = part.basis.decode(gp.fit(x, part.outputs).leave_one_out().mean)
    bound = closure.bound(known)
    top = field.max(axis=1) + fit_greatest(field, peak, values > 0, bound).offset
    found["greatest"] = closure.plastic_rows(top[:, None], known)[:, 0]
    errors = {k: float(np.sqrt(np.mean((v - values) ** 2))) for k, v in found.items()}
    if above_zero(values, values) is not None:
        errors["hurdle"] = _scalar_error(values, ScalarRecipe(transform="hurdle"), x, data, gp)
    return ScalarRecipe(transform=min(errors, key=lambda k: errors[k]))


def _field_error(
    values: Float[np.ndarray, "N n"],
    recipe: FieldRecipe,
    x: Float[np.ndarray, "N d"],
    data: Aligned,
    gp: GP,
) -> float:
    """Root mean square over samples of the error over the largest value."""
    model, part = _cheap_model(values, recipe, x, data, gp)
    scale = combined(recipe.scale, data.input_names, data.inputs)
    # A reciprocal amplitude near zero has no moments: such a candidate is out.
    with np.errstate(over="ignore", invalid="ignore"):
        mean = model.left_out(x, scale, part.above, np.arange(len(values)))
        if not np.isfinite(mean).all():
            return float("inf")
    if field_above_zero(values) is not None:
        # Neither relative, which a field of zeros has not, nor to what modes hold, as they differ.
        return float(np.sqrt(np.mean((mean - values) ** 2)) / np.abs(values).max())
    # The cheap model has few modes: what they cannot hold must not decide.
    return _relative(mean - _held(part), values)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Law:
    """Errors of stresses by the law, and the representation of the strain."""

    errors: dict[str, float]
    strains: dict[str, FieldRecipe]


def _law_errors(
    stresses: list[str],
    x: Float[np.ndarray, "N d"],
    data: Aligned,
    gp: GP,
    closure: PlasticClosure,
    units: dict[str, str],
) -> _Law:
    """As `_field_error`, of what the strain gives; with the error that the law itself makes."""
    recipes: dict[str, FieldRecipe] = {}
    held, guess = [], []
    for name in closure.strain if stresses else ():
        values = data.fields[name]
        options = _field_candidates(name, values, data, units, hurdle=False)
        scores = [_field_error(values, c, x, data, gp) for c in options]
        recipes[name] = options[int(np.argmin(scores))]
        model, part = _cheap_model(values, recipes[name], x, data, gp)
        guess.append(model.left_out(x, part.scale, part.above, np.arange(len(values))))
        held.append(_held(part))
    known = {n: v[:, None] for n, v in named_inputs(data).items()}
    errors = {}
    if stresses:
        true = np.stack([data.fields[name] for name in closure.strain])
        ours, best, exact = (
            propagated(closure, e, np.zeros_like(e), known)[0]
            for e in (np.stack(guess), np.stack(held), true)
        )
        for name in stresses:
            i = STRESSES.index(name)
            values = data.fields[name]
            gap = ours[i] - best[i] + exact[i] - values
            errors[name] = _relative(gap, values)
    return _Law(errors=errors, strains=recipes)


def _cheap_model(
    values: Float[np.ndarray, "N n"],
    recipe: FieldRecipe,
    x: Float[np.ndarray, "N d"],
    data: Aligned,
    gp: GP,
) -> tuple[FieldModel, Represented]:
    part = represent(values, recipe, data, POD(rank=_RANK))
    none = np.zeros(values.shape[1])
    model = FieldModel(
        recipe=recipe, basis=part.basis, posterior=gp.fit(x[part.above], part.outputs),
        truncation=none, transfer=none,
        gate=fit_gate(x, part.above, gp) if recipe.hurdle else None,
    )  # fmt: skip
    return model, part


def _held(part: Represented) -> Float[np.ndarray, "N n"]:
    """What the few modes hold of a field."""
    pattern = part.basis.decode(part.outputs[:, int(part.recipe.amplitude) :])
    return pattern * (part.scale * part.amplitude)[:, None]


def _relative(gap: Float[np.ndarray, "N n"], values: Float[np.ndarray, "N n"]) -> float:
    largest = np.maximum(np.abs(values).max(axis=1), 1e-300)
    with np.errstate(over="ignore"):
        return float(np.sqrt(np.mean(np.mean((gap / largest[:, None]) ** 2, axis=1))))


def _scalar_error(
    values: Float[np.ndarray, " N"],
    recipe: ScalarRecipe,
    x: Float[np.ndarray, "N d"],
    data: Aligned,
    gp: GP,
) -> float:
    if recipe.transform == "hurdle":
        guess = fit_hurdle(x, values, gp).left_out(x, values)
        return float(np.sqrt(np.mean((guess - values) ** 2)))
    z = gp.fit(x, transformed(values, recipe, data)[:, None]).leave_one_out()
    scale = combined(recipe.scale, data.input_names, data.inputs)
    # A reciprocal that comes out negative has no value: such a candidate is out.
    with np.errstate(over="ignore", invalid="ignore"):
        means = [
            scaled_moments(recipe.transform, m, np.sqrt(v), np.array([m, m]), s)[0]
            for m, v, s in zip(z.mean[:, 0], z.variance[:, 0], scale, strict=True)
        ]
        error = float(np.sqrt(np.mean((np.array(means) - values) ** 2)))
    return error if np.isfinite(error) else float("inf")

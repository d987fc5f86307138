"""MMGP: mesh morphing, POD and Gaussian processes for fields on meshes without shape parameters.

Training (Casenave, Staber & Roynard, NeurIPS 2023, section 3):
1. every mesh is mapped to a common domain and carried to a reference mesh (`alignment`);
2. the coordinate field is reduced by POD: its coefficients are the shape parameters that nobody
   gave (`encoding`); each output field is reduced likewise;
3. one Gaussian process per coefficient and per output scalar, on (shape coefficients, inputs).

Other than the authors' code: snapshots are centred, the inner product is that of the physical
reference part instead of the disk, each coefficient has a kernel of its own, outputs are learned
in the representation that leave-one-out prefers (`choice`), their deviations are calibrated by
leave-one-out, and a p-value says whether a sample is like the training set (`trust`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import block_diag, csr_array

from understudy.data.blocks import blocks, taken
from understudy.linalg import POD
from understudy.metrics import HALF_WIDTH_95, conformal_factors
from understudy.regression import GP
from understudy.regression.posterior import Gaussian, GPPosterior
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.bases import representatives
from understudy.surrogates.choice import choose_recipe
from understudy.surrogates.closure import YIELDED, PlasticClosure
from understudy.surrogates.encoding import ShapeEncoder, flat_coordinates, shape_encoder
from understudy.surrogates.field_model import FieldModel
from understudy.surrogates.greatest import Greatest, fit_greatest
from understudy.surrogates.hurdle import Hurdle, fit_gate, fit_hurdle
from understudy.surrogates.mmgp_model import MMGPModel, ScalarModel
from understudy.surrogates.recipe import FieldRecipe, Recipe, ScalarRecipe, combined
from understudy.surrogates.representation import (
    Represented,
    named_inputs,
    represent,
    targets,
    transformed,
)
from understudy.surrogates.stress_law import fit_law
from understudy.surrogates.trust import TrustModel, fit_trust

__all__ = ["MMGP"]

_GREATEST = ScalarRecipe(transform="greatest")
_SEEN = 0.01
"""Share of its greatest value from which on a field with a hurdle counts for its bands."""


@final
@dataclass(frozen=True, kw_only=True)
class MMGP:
    """Specification of the surrogate.

    Attributes:
        shape_basis: reduction of the coordinate field, the shape inputs of the processes.
        field_basis: reduction of each output field.
        gp: regression of every coefficient.
        representation: "plain": outputs and inputs as they are; "chosen": by leave-one-out.
        closure: law by which plastic strain follows from strain; None: no such field.
        calibrated: whether leave-one-out residuals scale the deviations.
    """

    shape_basis: POD = field(default_factory=lambda: POD(rank=8))
    field_basis: POD = field(default_factory=lambda: POD(rank=16))
    gp: GP = field(default_factory=GP)
    representation: str = "plain"
    closure: PlasticClosure | None = None
    calibrated: bool = True

    def __post_init__(self) -> None:
        if self.representation not in ("plain", "chosen"):
            raise ValueError(
                f"representation: expected plain or chosen, got {self.representation!r}"
            )

    def fit(
        self,
        data: Aligned,
        *,
        whole: Collection[str] = (),
        workers: int = 1,
        progress: Callable[[int, int], None] | None = None,
    ) -> MMGPModel:
        """Train on aligned samples; the result does not depend on `workers`.

        Args:
            data: training samples on the reference.
            whole: fields that get neither a hurdle nor a law, whatever leave-one-out says.
            workers: threads that share the outputs.
            progress: called with the number of outputs trained and their total.

        Raises:
            ValueError: a closure whose fields or inputs the data lack.
        """
        wanted = targets(data, self.closure)
        recipe = self._recipe(data, whole)
        by_law = [name for name in wanted if recipe.fields[name].law]
        wanted = {name: values for name, values in wanted.items() if name not in by_law}
        if by_law and self.closure is not None:
            wanted |= {name: data.fields[name] for name in self.closure.strain}
        encoder = shape_encoder(data, self.shape_basis, recipe.groups)
        parts = {
            name: represent(
                values,
                recipe.fields[name],
                data,
                self.field_basis,
                self._weight(name, data, values),
            )
            for name, values in wanted.items()
        }
        scalars = self._scalar_targets(data, wanted, recipe)
        # One call for all outputs, so that threads are never idle. Where kernels are shared, they
        # are shared within a field.
        shared = {name: part for name, part in parts.items() if not part.recipe.hurdle}
        blocks = [*(part.outputs for part in shared.values()), scalars]
        x = encoder.encode_training(data)
        fitted = self._fit_blocks(x, blocks, workers, progress)
        posteriors = dict(zip(shared, fitted, strict=False)) | {
            name: self.gp.fit(x[part.above], part.outputs, workers=workers)
            for name, part in parts.items()
            if part.recipe.hurdle
        }
        fields = {
            name: self._field_model(name, part, posteriors[name], data)
            for name, part in parts.items()
        }
        fields |= {
            name: self._gated(fields[name], parts[name], x, values, data)
            for name, values in wanted.items()
            if parts[name].recipe.hurdle
        }
        law = None
        if by_law and self.closure is not None:
            strains = tuple(fields.pop(name) for name in self.closure.strain)
            law = fit_law(by_law, self.closure, strains, data, self.calibrated)
        return MMGPModel(
            encoder=encoder,
            fields=fields,
            scalars=ScalarModel(
                names=tuple(data.scalars),
                recipes=recipe.scalars,
                posterior=fitted[-1],
                calibration=self._scalar_factors(fitted[-1]),
                hurdles=self._hurdles(x, data, recipe),
                greatest=self._greatest(fields, parts, data, recipe),
            ),
            closure=self.closure,
            trust=_trust(data, encoder, x, fields, self.shape_basis) if len(x) >= 8 else None,
            units=data.units,
            law=law,
        )

    def _recipe(self, data: Aligned, whole: Collection[str]) -> Recipe:
        if self.representation == "chosen":
            few = data.subset(np.arange(len(data.index))[representatives(len(data.index))])
            return choose_recipe(few, self.shape_basis, self.gp, self.closure, whole)
        peak = self.closure.peak if self.closure is not None else ""
        return Recipe(
            fields={name: FieldRecipe() for name in targets(data, self.closure)},
            scalars={
                name: ScalarRecipe(transform="latent" if name == peak else "identity")
                for name in data.scalars
            },
        )

    def _scalar_targets(
        self, data: Aligned, wanted: dict[str, Float[np.ndarray, "N n"]], recipe: Recipe
    ) -> Float[np.ndarray, "N m"]:
        columns = []
        for name, values in data.scalars.items():
            if recipe.scalars[name].transform in ("hurdle", "greatest"):
                continue
            if self.closure is not None and recipe.scalars[name].transform == "latent":
                latent = wanted[self.closure.plastic_strain]
                columns.append(self.closure.peak_latent(latent, values, named_inputs(data)))
            else:
                columns.append(transformed(values, recipe.scalars[name], data))
        return np.array(columns).reshape(-1, len(data.inputs)).T

    def _greatest(
        self,
        fields: dict[str, FieldModel],
        parts: dict[str, Represented],
        data: Aligned,
        recipe: Recipe,
    ) -> Greatest | None:
        closure = self.closure
        if closure is None or recipe.scalars.get(closure.peak) != _GREATEST:
            return None
        latent, few = fields[closure.plastic_strain], representatives(len(data.index))
        peak = data.scalars[closure.peak][few]
        known = {n: v[few] for n, v in named_inputs(data).items()}
        truth = closure.peak_latent(taken(parts[closure.plastic_strain].values, few), peak, known)
        left_out = latent.basis.decode(latent.process.leave_one_out().mean[few])
        return fit_greatest(left_out, truth, peak > 0, closure.bound(known))

    def _hurdles(
        self, x: Float[np.ndarray, "N d"], data: Aligned, recipe: Recipe
    ) -> dict[str, Hurdle]:
        names = [n for n in data.scalars if recipe.scalars[n].transform == "hurdle"]
        found = {name: fit_hurdle(x, data.scalars[name], self.gp) for name in names}
        if self.calibrated:
            return found
        return {name: replace(hurdle, calibration=1.0) for name, hurdle in found.items()}

    def _gated(
        self,
        model: FieldModel,
        part: Represented,
        x: Float[np.ndarray, "N d"],
        values: Float[np.ndarray, "N n"],
        data: Aligned,
    ) -> FieldModel:
        """A field of the samples above zero, with their probability and the error of both."""
        gated = replace(model, gate=fit_gate(x, part.above, self.gp))
        scale = combined(part.recipe.scale, data.input_names, data.inputs)
        rows = np.arange(len(x))[representatives(len(x))]
        gap = np.array(values[rows]) - gated.left_out(x, scale, part.above, rows)
        return replace(gated, constant_deviation=float(np.sqrt(np.mean(gap**2))))

    def _fit_blocks(
        self,
        x: Float[np.ndarray, "N d"],
        blocks: list[np.ndarray],
        workers: int,
        progress: Callable[[int, int], None] | None,
    ) -> list[GPPosterior]:
        if self.gp.sharing == "kernel":
            apart = replace(self.gp, sharing="none")
            last = apart.fit(x, blocks[-1], workers=workers, progress=progress)
            return [*(self.gp.fit(x, block) for block in blocks[:-1]), last]
        whole = self.gp.fit(x, np.concatenate(blocks, axis=1), workers=workers, progress=progress)
        ends = np.cumsum([block.shape[1] for block in blocks])
        return [
            whole.select(slice(end - block.shape[1], end))
            for end, block in zip(ends.tolist(), blocks, strict=True)
        ]

    def _weight(
        self, name: str, data: Aligned, values: Float[np.ndarray, "N n"]
    ) -> Float[np.ndarray, " n"] | None:
        if self.closure is None or name != self.closure.plastic_strain:
            return None
        few = representatives(len(values))
        known = {n: v[few] for n, v in named_inputs(data).items()}
        return self.closure.weight(taken(values, few), known)

    def _lost(self, name: str, data: Aligned, part: Represented) -> Float[np.ndarray, " n"]:
        """Variance lost between meshes, of the pattern."""
        square = np.full(len(part.above), np.inf)  # of samples that are not learned from
        square[part.above] = (part.scale * part.amplitude) ** 2
        total = np.zeros(part.values.shape[1])
        for rows, block in blocks(data.transfer[name]):
            total += np.sum(block / square[rows, None], axis=0)
        return total / len(part.values)

    def _field_model(
        self, name: str, part: Represented, posterior: GPPosterior, data: Aligned
    ) -> FieldModel:
        if self.closure is not None and name == self.closure.plastic_strain:
            return self._latent_model(self.closure, part, posterior, data)
        few = representatives(len(part.values))
        truth = taken(part.values, few)
        model = FieldModel(
            recipe=part.recipe,
            basis=part.basis,
            posterior=posterior,
            truncation=_left_out(part, truth),
            transfer=self._lost(name, data, part),
        )
        mean, deviation = model.moments(_held_out(posterior, few), part.scale[few], transfer=False)
        gap = np.abs(truth - mean)
        counted = np.ones(gap.shape, dtype=bool)
        if part.recipe.hurdle:  # where it is next to zero bands are true by themselves
            counted = np.maximum(truth, mean) > _SEEN * truth.max()
        return replace(
            model,
            calibration=self._factor(gap, deviation, counted),
            constant_deviation=float(np.sqrt(np.mean(gap**2))),
        )

    def _latent_model(
        self, closure: PlasticClosure, part: Represented, posterior: GPPosterior, data: Aligned
    ) -> FieldModel:
        """The latent of plastic strain is judged by the plastic strain that it is for."""
        few = representatives(len(part.values))
        known = {n: v[few] for n, v in named_inputs(data).items()}
        latent, name = taken(part.values, few), closure.plastic_strain
        plastic, square = taken(data.fields[name], few), taken(data.transfer[name], few)
        truth = closure.observed(latent, plastic, known)
        missed = np.mean((plastic - closure.plastic_rows(latent, known)) ** 2, axis=0)
        model = FieldModel(
            recipe=part.recipe,
            basis=part.basis,
            posterior=posterior,
            truncation=_left_out(part, np.where(plastic > YIELDED, truth, latent)),
            transfer=closure.spread_of(square, plastic, latent, known),
            floor=missed + square.mean(axis=0),
        )
        mean, deviation = model.moments(_held_out(posterior, few), part.scale[few], transfer=False)
        gap = closure.beyond(mean, plastic, HALF_WIDTH_95 * np.sqrt(missed), known)
        counted = np.maximum(plastic, closure.plastic_rows(mean, known)) > YIELDED
        return replace(model, calibration=self._factor(gap, deviation, counted))

    def _factor(
        self,
        gap: Float[np.ndarray, "N n"],
        deviation: Float[np.ndarray, "N n"],
        counted: Bool[np.ndarray, "N n"],
    ) -> float:
        """What makes 95 % of the gaps that count lie within 1.96 deviations."""
        if not self.calibrated or not counted.any():
            return 1.0
        ratio = gap / np.maximum(deviation, 1e-300)
        return max(_balanced_quantile(ratio, counted, 0.95) / HALF_WIDTH_95, 1e-6)

    def _scalar_factors(self, posterior: GPPosterior) -> Float[np.ndarray, " m"]:
        """Conformal factors: the quantile of leave-one-out ratios with its finite-sample rank."""
        found = posterior.leave_one_out()
        truth = posterior.y_centre + posterior.y_scale * posterior.y
        if not self.calibrated:
            return np.ones(truth.shape[1])
        factors = conformal_factors(truth, found.mean, np.sqrt(found.variance))
        return np.maximum(factors, 1e-6)


def _held_out(posterior: GPPosterior, few: slice) -> Gaussian:
    """Leave-one-out predictions of some samples."""
    found = posterior.leave_one_out()
    return Gaussian(mean=found.mean[few], variance=found.variance[few])


def _balanced_quantile(
    values: Float[np.ndarray, "N n"], counted: Bool[np.ndarray, "N n"], level: float
) -> float:
    """Quantile of the values that count; every sample has the same weight, as in the coverage."""
    own = counted.sum(axis=1)
    weight = np.where(counted, 1.0 / np.maximum(own, 1)[:, None], 0.0)[counted]
    order = np.argsort(values[counted])
    share = np.cumsum(weight[order])
    place = min(int(np.searchsorted(share, level * share[-1])), len(order) - 1)
    return float(values[counted][order[place]])


def _left_out(part: Represented, truth: Float[np.ndarray, "k n"]) -> Float[np.ndarray, " n"]:
    """Nodal variance of what the basis does not represent, with N - 1 - r degrees of freedom."""
    few = representatives(len(part.values))
    pattern = truth / (part.scale * part.amplitude)[few, None]
    z = part.outputs[few, int(part.recipe.amplitude) :]
    freedom = max(1, len(pattern) - 1 - z.shape[1])
    return np.sum((pattern - part.basis.decode(z)) ** 2, axis=0) / freedom


def _trust(
    data: Aligned,
    encoder: ShapeEncoder,
    x: Float[np.ndarray, "N d"],
    fields: dict[str, FieldModel],
    shape: POD,
) -> TrustModel:
    ratios = [
        model.process.leave_one_out().variance / model.process.prior_variance
        for model in fields.values()
    ]
    mass = csr_array(block_diag([data.mass] * data.coordinates.shape[2], format="csr"))
    few = representatives(len(x))
    return fit_trust(
        flat_coordinates(taken(data.coordinates, few)),
        x[few, : encoder.shape.modes.shape[1]],
        np.concatenate(ratios, axis=1).mean(axis=1)[few],
        shape,
        mass,
    )

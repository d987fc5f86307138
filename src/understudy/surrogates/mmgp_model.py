"""A trained MMGP: from a mesh and a few scalars to fields with their uncertainty.

With inputs x of the mesh (`encoding`) and the P1 operator B from the reference to its nodes, each
field is decoded by its `FieldModel` through B, exact because decoding is linear: no sampling. Its
95 % band is mean +- 1.96 deviations; a plastic strain is the image of a normal latent, and so is
its band (`closure`); what is zero in a share of the samples has the quantiles of its `hurdle`.
`Trust` says whether the sample is of the kind that was trained on.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float

from understudy.data import tree
from understudy.linalg import exp
from understudy.mesh import Mesh
from understudy.metrics import HALF_WIDTH_95
from understudy.regression.posterior import GPPosterior
from understudy.surrogates.closure import YIELDED, PlasticClosure
from understudy.surrogates.encoding import Encoded, Prediction, ShapeEncoder
from understudy.surrogates.field_model import FieldModel, reciprocal_moments
from understudy.surrogates.greatest import Greatest
from understudy.surrogates.hurdle import Hurdle, cut_moments
from understudy.surrogates.recipe import FieldRecipe, ScalarRecipe, combined
from understudy.surrogates.stress_law import StressLaw
from understudy.surrogates.trust import TrustModel

__all__ = ["KIND", "VERSION", "MMGPModel", "ScalarModel", "load_mmgp", "save_mmgp"]

KIND, VERSION = "understudy-mmgp", 3


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ScalarModel:
    """The output scalars, one process each; those with a hurdle have two.

    Attributes:
        names: all of them.
        recipes: scale and transform by name; "latent" is the latent of a closure.
        posterior: of the transformed scalars without a hurdle, in the order of their names.
        calibration: factor of the deviations, shape (m,).
        hurdles: models of others, by name.
        greatest: how the closure's peak follows from its latent field; None: it has a process.
    """

    names: tuple[str, ...]
    recipes: dict[str, ScalarRecipe]
    posterior: GPPosterior
    calibration: Float[np.ndarray, " m"]
    hurdles: dict[str, Hurdle] = field(default_factory=dict)
    greatest: Greatest | None = None

    @property
    def processes(self) -> list[str]:
        """Names in the order of the posterior."""
        return [
            name
            for name in self.names
            if name not in self.hurdles and self.recipes[name].transform != "greatest"
        ]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class MMGPModel:
    """All that a prediction needs.

    Attributes:
        encoder: mesh and scalars -> inputs of the processes.
        fields: model by field; with a closure the latent stands under the plastic strain's name.
        scalars: models of the output scalars.
        closure: how plastic strain follows from its latent; None: without.
        trust: training statistics; None: without.
        units: unit by name of input, field, scalar and "length".
        law: stresses that follow from predicted strain; None: none does.
    """

    encoder: ShapeEncoder
    fields: dict[str, FieldModel]
    scalars: ScalarModel
    closure: PlasticClosure | None
    trust: TrustModel | None
    units: dict[str, str]
    law: StressLaw | None = None

    @property
    def recipes(self) -> dict[str, FieldRecipe]:
        """How each field is represented."""
        known = {name: model.recipe for name, model in self.fields.items()}
        by_law = self.law.stresses if self.law is not None else {}
        return known | {name: FieldRecipe(law=True) for name in by_law}

    def predict(self, mesh: Mesh, inputs: Mapping[str, float]) -> Prediction:
        """Predict on any mesh of the family.

        Raises:
            ValueError: the mesh cannot be mapped; an input is missing, unknown or not finite.
        """
        return self.predict_encoded(self.encoder.encode(mesh, inputs))

    def predict_encoded(self, encoded: Encoded) -> Prediction:
        """Predict from what the encoder made of a mesh and its scalars."""
        inputs = self._inputs(encoded)
        fields, deviations, bands = {}, {}, {}
        ratios = []
        for name, model in self.fields.items():
            z = model.posterior.predict(encoded.x)
            seen = z if model.gate is None else model.process.predict(encoded.x)
            ratios.append(seen.variance[0] / model.process.prior_variance)
            mean, deviation = model.moments(z, self._scale(model, encoded), encoded.back)
            if model.gate is None:
                floor = None if model.floor is None else np.sqrt(encoded.back @ model.floor)
                found = self._finish(mean[0], deviation[0], floor, inputs)
            else:
                one, two, ends = cut_moments(model.gate.probability(encoded.x), mean, deviation)
                found = one[0], two[0], ends[:, 0]
            fields[name], deviations[name], bands[name] = found
        if self.law is not None and self.closure is not None:
            strain, spread = self._strain(self.law, encoded)
            stresses = self.law.finish(self.closure, strain, spread, inputs, encoded.back)
            for name, found in stresses.items():
                fields[name], deviations[name], bands[name] = found
        scalars, scalar_deviations, scalar_bands = self._scalars(encoded, inputs)
        trust = None
        if self.trust is not None:
            shape = encoded.x[0, : self.encoder.shape.modes.shape[1]]
            variance = float(np.concatenate(ratios).mean())
            trust = self.trust.assess(shape, encoded.left_out, variance)
        return Prediction(
            fields=fields,
            field_deviations=deviations,
            field_bands=bands,
            scalars=scalars,
            scalar_deviations=scalar_deviations,
            scalar_bands=scalar_bands,
            yield_probability=self._yield_probability(encoded, inputs),
            trust=trust,
        )

    def sample(
        self, mesh: Mesh, inputs: Mapping[str, float], count: int, rng: np.random.Generator
    ) -> dict[str, Float[np.ndarray, "c n"]]:
        """Draw fields from the predictive distribution, `count` of each.

        Coefficients are drawn from their processes; what the basis and the way between meshes
        leave out is drawn at each node by itself, so draws have the stated nodal deviations but
        are rougher than the truth in that part.

        Raises:
            ValueError: as `predict`, or a count below 1.
        """
        if count < 1:
            raise ValueError(f"count: expected at least 1, got {count}")
        encoded = self.encoder.encode(mesh, inputs)
        out = {}
        for name, model in self.fields.items():
            z = model.posterior.predict(encoded.x)
            scale = float(self._scale(model, encoded)[0])
            drawn = model.sample(z, scale, encoded.back, count, rng)
            if model.gate is not None:
                yields = rng.uniform(size=(count, 1)) < model.gate.probability(encoded.x)
                drawn = np.where(yields, np.maximum(drawn, 0.0), 0.0)
            if self.closure is not None and model.floor is not None:
                noise = rng.normal(size=drawn.shape) * np.sqrt(encoded.back @ model.floor)
                drawn = np.maximum(self.closure.plastic(drawn, inputs) + noise, 0.0)
            out[name] = drawn
        if self.law is not None and self.closure is not None:
            strain, _ = self._strain(self.law, encoded)
            drawn = np.stack(
                [
                    # What strain loses between meshes is not what stress loses.
                    replace(model, transfer=np.zeros_like(model.transfer)).sample(
                        model.posterior.predict(encoded.x),
                        float(self._scale(model, encoded)[0]),
                        encoded.back,
                        count,
                        rng,
                    )
                    for model in self.law.strains
                ]
            )
            known = self._inputs(encoded)
            out |= self.law.sample(self.closure, strain, drawn, known, encoded.back, rng)
        return out

    def _scale(self, model: FieldModel, encoded: Encoded) -> Float[np.ndarray, " 1"]:
        return combined(model.recipe.scale, self.encoder.input_names, encoded.mu)

    def _strain(
        self, law: StressLaw, encoded: Encoded
    ) -> tuple[Float[np.ndarray, "3 n"], Float[np.ndarray, "3 n"]]:
        """Strain and its deviation at the nodes of a mesh, without the loss between meshes."""
        found = [
            model.moments(
                model.posterior.predict(encoded.x),
                self._scale(model, encoded),
                encoded.back,
                transfer=False,
            )
            for model in law.strains
        ]
        return np.concatenate([m for m, _ in found]), np.concatenate([s for _, s in found])

    def _inputs(self, encoded: Encoded) -> dict[str, float]:
        return dict(zip(self.encoder.input_names, encoded.mu[0].tolist(), strict=True))

    def _finish(
        self,
        mean: Float[np.ndarray, " n"],
        deviation: Float[np.ndarray, " n"],
        floor: Float[np.ndarray, " n"] | None,
        inputs: Mapping[str, float],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, deviation and band of a field; through the closure if there is a floor."""
        band = np.stack([mean - HALF_WIDTH_95 * deviation, mean + HALF_WIDTH_95 * deviation])
        if self.closure is None or floor is None:
            return mean, deviation, band
        first, spread = self.closure.moments(mean, deviation, inputs)
        ends = self.closure.plastic(band, inputs)
        ends += HALF_WIDTH_95 * floor * np.array([[-1.0], [1.0]])
        return first, np.sqrt(spread**2 + floor**2), np.maximum(ends, 0.0)

    def _yield_probability(
        self, encoded: Encoded, inputs: Mapping[str, float]
    ) -> dict[str, float]:
        model = self.scalars
        # Without a closure its peak goes by the usual name.
        peak = (self.closure or PlasticClosure()).peak
        if peak in model.hurdles:
            return {peak: float(model.hurdles[peak].exceedance(encoded.x, YIELDED)[0])}
        if self.closure is None or peak not in model.names:
            return {}
        mean, sd = self._peak(encoded)
        if model.greatest is not None:
            top = mean - model.greatest.offset
            found = model.greatest.probability(top, self.closure.bound(inputs))
            return {peak: float(found[0])}
        return {peak: float(self.closure.exceedance(mean, sd, inputs)[0])}

    def _peak(self, encoded: Encoded) -> tuple[Float[np.ndarray, " 1"], Float[np.ndarray, " 1"]]:
        """Latent of the closure's peak and its deviation."""
        if self.closure is None:
            raise ValueError("peak: expected a model with a closure")
        model = self.scalars
        if model.greatest is not None:
            latent = self.fields[self.closure.plastic_strain]
            z = latent.posterior.predict(encoded.x)
            top = (latent.basis.mean + z.mean @ latent.basis.modes.T).max(axis=1)
            return top + model.greatest.offset, np.array([model.greatest.deviation])
        j = model.processes.index(self.closure.peak)
        z = model.posterior.predict(encoded.x)
        return z.mean[:, j], model.calibration[j] * np.sqrt(z.variance[:, j])

    def _scalars(
        self, encoded: Encoded, inputs: Mapping[str, float]
    ) -> tuple[dict[str, float], dict[str, float], dict[str, np.ndarray]]:
        model = self.scalars
        z = model.posterior.predict(encoded.x)
        means, deviations, bands = {}, {}, {}
        for name, hurdle in model.hurdles.items():
            _, first, second, band = hurdle.predict(encoded.x)
            means[name], deviations[name] = float(first[0]), float(second[0])
            bands[name] = band[:, 0]
        if self.closure is not None and self.closure.peak in {*model.names} - {*model.hurdles}:
            name, (at, sd) = self.closure.peak, self._peak(encoded)
            one, two = self.closure.moments(at, sd, inputs)
            ends = np.concatenate([at - HALF_WIDTH_95 * sd, at + HALF_WIDTH_95 * sd])
            means[name], deviations[name] = float(one[0]), float(two[0])
            bands[name] = self.closure.plastic(ends, inputs)
        for j, name in enumerate(model.processes):
            if name in means:
                continue
            recipe = model.recipes[name]
            mean, spread = z.mean[0, j], model.calibration[j] * np.sqrt(z.variance[0, j])
            ends = mean + HALF_WIDTH_95 * spread * np.array([-1.0, 1.0])
            scale = combined(recipe.scale, self.encoder.input_names, encoded.mu)[0]
            means[name], deviations[name], bands[name] = scaled_moments(
                recipe.transform, float(mean), float(spread), ends, scale
            )
        return means, deviations, bands


def scaled_moments(
    transform: str, mean: float, sd: float, ends: Float[np.ndarray, " 2"], scale: float
) -> tuple[float, float, Float[np.ndarray, " 2"]]:
    """Mean, deviation and band of a scalar whose transform is normal."""
    if transform == "log":  # moments of the log-normal law
        first = math.exp(mean + sd**2 / 2)
        return scale * first, scale * first * math.sqrt(math.expm1(sd**2)), scale * exp(ends)
    if transform == "reciprocal":
        one, two = reciprocal_moments(np.array([mean]), np.array([sd**2]))
        band = np.sort(scale / np.maximum(ends, 0.05 * mean))
        spread = float(np.sqrt(max(two[0] - one[0] ** 2, 0.0)))
        return scale * float(one[0]), scale * spread, band
    return scale * mean, abs(scale) * sd, np.sort(scale * ends)


def save_mmgp(path: Path, model: MMGPModel, origin: dict[str, Any]) -> None:
    """Write a model as arrays under a JSON header."""
    tree.save(path, KIND, VERSION, model, origin)


def load_mmgp(path: Path) -> MMGPModel:
    """Read a model.

    Raises:
        ValueError: missing, truncated or damaged file, another format or version; names the file.
    """
    return tree.load(path, KIND, VERSION, MMGPModel)[0]

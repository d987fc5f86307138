"""MMGP for moving fronts: each sample has a displacement of its own that brings its front home.

It takes many modes to hold a front that moves. Here one field U is learned as W o D: W, the field
with all fronts brought together (`fronts`), has few modes and is learned by MMGP; the coefficients
a of D(y) = y + sum_k a_k v_k(y) are learned by Gaussian processes from the same inputs. A
prediction evaluates the modes of W at moved points; to first order, with independent processes,

    Var U = (Var W) o D + sum_k ((grad E W) o D . v_k)^2 Var a_k.

One factor from leave-one-out predictions of both, at the reference, makes 95 % bands true. Where
leave-one-out says that plain MMGP does better, as without a front, nothing is moved (K = 0).
Source: as in `fronts` (arXiv 2502.11632), where Gaussian processes learn both likewise.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array

from understudy.mesh import Mesh, interpolation, nodal_gradients
from understudy.metrics import HALF_WIDTH_95
from understudy.regression import GP
from understudy.regression.posterior import Gaussian, GPPosterior
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.encoding import Prediction
from understudy.surrogates.fronts import bring_together, carried, displaced
from understudy.surrogates.mmgp import MMGP
from understudy.surrogates.mmgp_model import MMGPModel
from understudy.surrogates.recipe import combined
from understudy.surrogates.sliding import sliding_modes

__all__ = ["OptimalMorphing", "OptimalMorphingModel"]


@final
@dataclass(frozen=True, kw_only=True)
class OptimalMorphing:
    """Specification of the surrogate.

    Attributes:
        field: name of the field with the front; other outputs are learned as `mmgp` says.
        mmgp: reductions and processes.
        rank: number of POD modes whose energy is made the largest.
        modes: number of displacements a sample is moved by.
        rounds: turns of modes and displacements at each of four widths of averaging.
        penalty: price of displacement, as a share of the mean energy; more moves fields less.
        gp: regression of the displacement coefficients.
    """

    field: str
    mmgp: MMGP = dataclasses.field(default_factory=MMGP)
    rank: int = 1
    modes: int = 10
    rounds: int = 3
    penalty: float = 1e-2
    gp: GP = dataclasses.field(default_factory=GP)

    def __post_init__(self) -> None:
        for name in ("rank", "modes", "rounds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)}")
        if not self.penalty > 0.0:
            raise ValueError(f"penalty: expected a positive number, got {self.penalty}")

    def fit(
        self,
        data: Aligned,
        *,
        workers: int = 1,
        progress: Callable[[int, int], None] | None = None,
    ) -> "OptimalMorphingModel":
        """Train on aligned samples.

        Args:
            data: training samples on the reference.
            workers: threads that share the outputs of the processes.
            progress: called with the number of turns done and their total.

        Raises:
            ValueError: no such field, samples that came by transport, or a field of a closure.
        """
        image = self._domain(data)
        values = data.fields[self.field]
        displacements = sliding_modes(image, self.modes)
        a = bring_together(
            image, values, data.mass, displacements,
            rank=self.rank, rounds=self.rounds, penalty=self.penalty, progress=progress,
        )  # fmt: skip
        moved, error = self._learned(data, image, displacements[0], a, workers)
        still, plain = self._learned(data, image, displacements[0][:0], a[:, :0], workers)
        return moved if error < plain else still

    def _learned(
        self,
        data: Aligned,
        image: Mesh,
        modes: Float[np.ndarray, "K n 2"],
        a: Float[np.ndarray, "N K"],
        workers: int,
    ) -> tuple["OptimalMorphingModel", float]:
        """A model of given displacements, and its root mean square leave-one-out error."""
        ways = [carried(image, displaced(image, modes, row)) for row in a]
        together = replace(
            data,
            fields=data.fields | {self.field: _through(ways, data.fields[self.field])},
            transfer=data.transfer | {self.field: _through(ways, data.transfer[self.field])},
        )
        mmgp = self.mmgp.fit(together, whole=(self.field,), workers=workers)
        x = mmgp.encoder.encode_training(data)
        # Without displacements there is nothing to learn: processes without outputs.
        none = mmgp.fields[self.field].posterior.select(slice(0, 0))
        model = OptimalMorphingModel(
            mmgp=mmgp,
            field=self.field,
            modes=modes,
            displacement=self.gp.fit(x, a, workers=workers) if len(modes) else none,
            coefficients=a,
        )
        error, factor = _left_out(model, data)
        return (replace(model, calibration=factor) if self.mmgp.calibrated else model), error

    def _domain(self, data: Aligned) -> Mesh:
        if self.field not in data.fields:
            raise ValueError(f"field: expected one of {sorted(data.fields)}, got {self.field!r}")
        closure = self.mmgp.closure
        if closure is not None and self.field in (closure.plastic_strain, *closure.strain):
            raise ValueError(f"field: expected none of the closure, got {self.field!r}")
        if data.reference.image is None:
            raise ValueError(
                "expected samples that came by a morphing, got transport: no common domain"
            )
        return data.reference.image


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class OptimalMorphingModel:
    """All that a prediction needs.

    Attributes:
        mmgp: model of all outputs, the field with fronts brought together.
        field: its name.
        modes: displacements v_k of the common domain, shape (K, n, 2).
        displacement: their coefficients, given the inputs.
        coefficients: those of the training samples, shape (N, K).
        calibration: factor of the field's deviation.
    """

    mmgp: MMGPModel
    field: str
    modes: Float[np.ndarray, "K n 2"]
    displacement: GPPosterior
    coefficients: Float[np.ndarray, "N K"]
    calibration: float = 1.0

    def predict(self, mesh: Mesh, inputs: Mapping[str, float]) -> Prediction:
        """Predict on any mesh of the family.

        Raises:
            ValueError: the mesh cannot be mapped; an input is missing, unknown or not finite.
        """
        encoded = self.mmgp.encoder.encode(mesh, inputs)
        found = self.mmgp.predict_encoded(encoded)
        model = self.mmgp.fields[self.field]
        scale = combined(model.recipe.scale, self.mmgp.encoder.input_names, encoded.mu)
        mean, deviation = self.moments(
            model.posterior.predict(encoded.x),
            self.displacement.predict(encoded.x),
            scale,
            encoded.back,
        )
        half = HALF_WIDTH_95 * self.calibration * deviation
        return replace(
            found,
            fields=found.fields | {self.field: mean},
            field_deviations=found.field_deviations | {self.field: self.calibration * deviation},
            field_bands=found.field_bands | {self.field: np.stack([mean - half, mean + half])},
        )

    def moments(
        self,
        z: Gaussian,
        a: Gaussian,
        scale: Float[np.ndarray, " 1"],
        back: csr_array | None = None,
    ) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
        """Mean and deviation, not calibrated, of one sample at the nodes of a mesh.

        Args:
            z: coefficients of the field.
            a: coefficients of the displacement.
            scale: of the sample.
            back: operator from the reference to the nodes; None: the reference itself.
        """
        image, model = self.mmgp.encoder.reference.image, self.mmgp.fields[self.field]
        if image is None:
            raise ValueError("expected a reference with an image")
        points = displaced(image, self.modes, a.mean[0]).points
        way = interpolation(image, points if back is None else back @ points)
        mean, deviation = (v[0] for v in model.moments(z, scale, way, transfer=back is not None))
        together = model.moments(z, scale)[0][0]
        slope = np.stack([way @ (d @ together) for d in nodal_gradients(image)], axis=1)
        velocity = self.modes.transpose(1, 0, 2).reshape(len(points), -1)
        velocity = velocity if back is None else back @ velocity
        along = np.einsum("qd,qkd->qk", slope, velocity.reshape(len(slope), -1, 2))
        shift = along**2 @ a.variance[0]
        return mean, np.sqrt(deviation**2 + shift)


def _through(ways: list[csr_array], values: Float[np.ndarray, "N n"]) -> Float[np.ndarray, "N n"]:
    return np.stack([way @ row for way, row in zip(ways, values, strict=True)])


def _left_out(model: OptimalMorphingModel, data: Aligned) -> tuple[float, float]:
    """Leave-one-out at the reference: the root mean square error, and the factor of deviations."""
    part = model.mmgp.fields[model.field]
    z, a = part.posterior.leave_one_out(), model.displacement.leave_one_out()
    scale = combined(part.recipe.scale, data.input_names, data.inputs)
    gaps, ratios = [], []
    for i, truth in enumerate(data.fields[model.field]):
        one = slice(i, i + 1)
        mean, deviation = model.moments(
            Gaussian(mean=z.mean[one], variance=z.variance[one]),
            Gaussian(mean=a.mean[one], variance=a.variance[one]),
            scale[one],
        )
        gaps.append(np.abs(truth - mean))
        ratios.append(gaps[-1] / np.maximum(deviation, 1e-300))
    factor = max(float(np.quantile(ratios, 0.95)) / HALF_WIDTH_95, 1e-6)
    return float(np.sqrt(np.mean(np.square(gaps)))), factor

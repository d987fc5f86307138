"""One learned field: from coefficients with their variances to nodal values with theirs.

With the scale s of the sample, amplitude a, and a pattern w = m + sum_j phi_j z_j + r of
independent normal z_j and what the basis leaves out, Var r = t,

    E U   = s E[a] (m + sum_j phi_j E z_j),
    Var U = s^2 (E[a^2] (E[w]^2 + Var w) - E[a]^2 E[w]^2),    Var w = sum_j phi_j^2 Var z_j + t,

exact because decoding is linear and amplitude and pattern are independent: no sampling. The
reciprocal amplitude is normal; E[a] and E[a^2] are one-dimensional integrals (Gauss-Hermite). The
result is scaled by one factor per field from leave-one-out residuals, and the loss of the way
between meshes is added.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_array

from understudy.linalg import Basis
from understudy.regression.posterior import Gaussian, GPPosterior
from understudy.surrogates.hurdle import Gate, cut_moments
from understudy.surrogates.recipe import FieldRecipe

__all__ = ["FieldModel", "reciprocal_moments"]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(32)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_LEAST_SHARE = 0.05
"""A reciprocal below this share of its mean is taken there: 1/g of a normal g has no moments."""


def reciprocal_moments(
    mean: Float[np.ndarray, " k"], variance: Float[np.ndarray, " k"]
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """E[1/g] and E[1/g^2] of normal g with positive mean, cut off near zero."""
    mean = np.maximum(mean, 1e-300)
    g = mean[:, None] + np.sqrt(variance)[:, None] * _NODES
    a = 1.0 / np.maximum(g, _LEAST_SHARE * mean[:, None])
    return a @ _WEIGHTS, a**2 @ _WEIGHTS


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FieldModel:
    """A field: its representation, basis, processes, and what they leave out.

    Attributes:
        recipe: scale and whether the amplitude is apart.
        basis: modes of the pattern on the reference.
        posterior: the reciprocal amplitude, if apart, then the coefficients, given the inputs.
        truncation: nodal variance of the pattern outside the basis, shape (n,).
        transfer: nodal variance of the pattern lost between meshes, shape (n,).
        calibration: factor of standard deviations that makes leave-one-out bands true.
        constant_deviation: root mean square leave-one-out error, in the unit of the field.
        floor: of a latent: nodal variance of the plastic strain that its law and the way between
            meshes leave, shape (n,); None: no latent.
        gate: probability that the field is not zero everywhere; None: it is never.
    """

    recipe: FieldRecipe
    basis: Basis
    posterior: GPPosterior
    truncation: Float[np.ndarray, " n"]
    transfer: Float[np.ndarray, " n"]
    calibration: float = 1.0
    constant_deviation: float = float("nan")
    floor: Float[np.ndarray, " n"] | None = None
    gate: Gate | None = None

    @property
    def process(self) -> GPPosterior:
        """The process that has all training samples."""
        return self.posterior if self.gate is None else self.gate.labels

    def left_out(
        self,
        x: Float[np.ndarray, "N d"],
        scale: Float[np.ndarray, " N"],
        above: Bool[np.ndarray, " N"],
        rows: Int[np.ndarray, " k"],
    ) -> Float[np.ndarray, "k n"]:
        """Means of some training samples, each given all others, at the reference.

        Args:
            x: inputs of all training samples.
            scale: s of each.
            above: which of them the coefficients are learned from; all without a gate.
            rows: the samples wanted.
        """
        known, own = self.posterior.leave_one_out(), above[rows]
        place = np.cumsum(above) - 1
        z = np.empty((len(rows), known.mean.shape[1])), np.empty((len(rows), known.mean.shape[1]))
        z[0][own], z[1][own] = known.mean[place[rows[own]]], known.variance[place[rows[own]]]
        if not own.all():
            others = self.posterior.predict(x[rows[~own]])
            z[0][~own], z[1][~own] = others.mean, others.variance
        found = self.moments(Gaussian(mean=z[0], variance=z[1]), scale[rows], transfer=False)
        if self.gate is None:
            return found[0]
        return cut_moments(self.gate.leave_one_out()[rows], *found)[0]

    def moments(
        self,
        z: Gaussian,
        scale: Float[np.ndarray, " k"],
        back: csr_array | None = None,
        *,
        transfer: bool = True,
    ) -> tuple[Float[np.ndarray, "k q"], Float[np.ndarray, "k q"]]:
        """Mean and deviation at the nodes of a mesh, a row a sample.

        Args:
            z: what the processes say.
            scale: s of each sample.
            back: operator from the reference to the nodes; None: the reference itself.
            transfer: whether the loss between meshes is added.
        """
        modes, base, rest, lost = self.basis.modes, self.basis.mean, self.truncation, self.transfer
        if back is not None:
            modes, base, rest, lost = back @ modes, back @ base, back @ rest, back @ lost
        first = int(self.recipe.amplitude)
        pattern = base + z.mean[:, first:] @ modes.T
        spread = z.variance[:, first:] @ (modes**2).T + rest
        one, two = np.ones(len(scale)), np.ones(len(scale))
        if self.recipe.amplitude:
            one, two = reciprocal_moments(z.mean[:, 0], z.variance[:, 0])
        mean = (scale * one)[:, None] * pattern
        variance = two[:, None] * spread + (two - one**2)[:, None] * pattern**2
        variance = self.calibration**2 * variance
        if transfer:
            variance = variance + two[:, None] * lost
        return mean, np.abs(scale)[:, None] * np.sqrt(variance)

    def sample(
        self,
        z: Gaussian,
        scale: float,
        back: csr_array,
        count: int,
        rng: np.random.Generator,
    ) -> Float[np.ndarray, "c n"]:
        """Draws with the mean and the deviation of `moments`, for one sample.

        Args:
            z: what the processes say, one row.
            scale: s of the sample.
            back: operator from the reference to the nodes.
            count: draws.
            rng: generator.
        """
        first = int(self.recipe.amplitude)
        drawn = z.mean[0] + np.sqrt(z.variance[0]) * rng.normal(size=(count, z.mean.shape[1]))
        a, one, two = np.ones((count, 1)), np.ones(1), np.ones(1)
        if first:
            one, two = reciprocal_moments(z.mean[:, 0], z.variance[:, 0])
            a = 1.0 / np.maximum(drawn[:, :1], _LEAST_SHARE * z.mean[0, 0])
        modes, base = back @ self.basis.modes, back @ self.basis.mean
        noise = rng.normal(size=(2, count, len(base)))
        pattern = base + drawn[:, first:] @ modes.T + np.sqrt(back @ self.truncation) * noise[0]
        mean = scale * one * (base + modes @ z.mean[0, first:])
        lost = np.abs(scale) * np.sqrt(two * (back @ self.transfer)) * noise[1]
        return mean + self.calibration * (scale * a * pattern - mean) + lost

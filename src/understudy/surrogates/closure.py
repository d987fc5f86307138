"""Plastic strain through its smooth latent: learn the strain that drives it, then apply the law.

Plastic strain has a kink where yielding begins and heavy tails, so that no linear basis regresses
well. Under growing load it is a known map of the total strain (deformation theory, linear
hardening; exact on proportional paths, `equations.constitutive`):

    p = max(0, (3 G e - R0) / (3 G + H)),    e = sqrt(2/3 dev eps : dev eps).

What is learned is the smooth field L = log(3 G e / R0 + c), whose logarithm tames the tail. With L
normal, p is a monotone map of it: its quantiles are mapped ones, its moments those of a log-normal
law cut off below, and P(p > y) = P(L > log(1 + y (3 G + H) / R0 + c)). Modes of L are to
serve p, so their inner product weighs a node by the mean of (dp/dL)^2 over the training samples.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from understudy.equations import equivalent_strain
from understudy.linalg import exp, log

__all__ = ["YIELDED", "PlasticClosure"]

YIELDED = 1e-4
"""Plastic strain beyond which a part counts as yielded."""
_LEAST_WEIGHT = 0.02
"""Of a node where nothing ever yields, relative to the mean: L should not be arbitrary there."""


@final
@dataclass(frozen=True, kw_only=True)
class PlasticClosure:
    """Names that the law needs, of inputs and fields.

    Attributes:
        young: input: Young's modulus.
        yield_stress: input: R0.
        hardening: input: H.
        poisson_ratio: a number.
        strain: fields: eps_xx, eps_yy, eps_xy of plane strain.
        plastic_strain: field: p.
        peak: scalar: the greatest p of a sample.
        offset: c, where the logarithm bends into a line; well below 1.
    """

    young: str = "E"
    yield_stress: str = "R0"
    hardening: str = "H"
    poisson_ratio: float = 0.3
    strain: tuple[str, str, str] = ("eps_xx", "eps_yy", "eps_xy")
    plastic_strain: str = "p"
    peak: str = "p_max"
    offset: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.offset < 1:
            raise ValueError(f"offset: expected in (0, 1), got {self.offset}")
        if not -1 < self.poisson_ratio < 0.5:
            raise ValueError(f"poisson_ratio: expected in (-1, 1/2), got {self.poisson_ratio}")

    def latent(
        self,
        fields: Mapping[str, Float[np.ndarray, "N n"]],
        inputs: Mapping[str, Float[np.ndarray, " N"]],
    ) -> Float[np.ndarray, "N n"]:
        """L of strain fields."""
        xx, yy, xy = (fields[name] for name in self.strain)
        rows = np.stack([xx, yy, np.zeros_like(xx), np.sqrt(2) * xy], axis=-1)
        e = equivalent_strain(rows.reshape(-1, 4)).reshape(xx.shape)
        return log(self._three_g(inputs)[:, None] * e / self._r0(inputs) + self.offset)

    def observed(
        self,
        latent: Float[np.ndarray, "N n"],
        plastic: Float[np.ndarray, "N n"],
        inputs: Mapping[str, Float[np.ndarray, " N"]],
    ) -> Float[np.ndarray, "N n"]:
        """L that belongs to a field p itself; where p is zero, the strain's, below its bound.

        It differs from the strain's where the path was not proportional, and by projections.
        """
        seen = log(1 + self.offset + np.maximum(plastic, 0.0) / self._softness(inputs))
        return np.where(plastic > 0, seen, np.minimum(latent, log(1 + self.offset)))

    def beyond(
        self,
        latent: Float[np.ndarray, "N n"],
        plastic: Float[np.ndarray, "N n"],
        reach: Float[np.ndarray, " n"],
        inputs: Mapping[str, Float[np.ndarray, " N"]],
    ) -> Float[np.ndarray, "N n"]:
        """How far L must move for p to come within `reach` of a field p."""

        def at(p: Float[np.ndarray, "N n"]) -> Float[np.ndarray, "N n"]:
            return log(1 + self.offset + np.maximum(p, 0.0) / self._softness(inputs))

        up = np.where(plastic > reach, at(plastic - reach) - latent, 0.0)
        return np.maximum(np.maximum(up, latent - at(plastic + reach)), 0.0)

    def peak_latent(
        self,
        latent: Float[np.ndarray, "N n"],
        peak: Float[np.ndarray, " N"],
        inputs: Mapping[str, Float[np.ndarray, " N"]],
    ) -> Float[np.ndarray, " N"]:
        """L that belongs to the greatest p; where nothing yields, the greatest L of the field."""
        three_g, r0 = self._three_g(inputs), self._r0(inputs)[:, 0]
        yielded = 1 + peak * (three_g + np.asarray(inputs[self.hardening])) / r0
        below = np.minimum(latent.max(axis=1), log(1 + self.offset))
        return np.where(peak > 0, log(yielded + self.offset), below)

    def weight(
        self,
        latent: Float[np.ndarray, "N n"],
        inputs: Mapping[str, Float[np.ndarray, " N"]],
    ) -> Float[np.ndarray, " n"]:
        """What an error of L at each node does to p: mean of (dp/dL)^2, relative to its mean."""
        slope = np.where(latent > log(1 + self.offset), self._softness(inputs) * exp(latent), 0.0)
        square = np.mean(slope**2, axis=0)
        return square / max(float(square.mean()), 1e-300) + _LEAST_WEIGHT

    def spread_of(
        self,
        square: Float[np.ndarray, "N n"],
        plastic: Float[np.ndarray, "N n"],
        latent: Float[np.ndarray, "N n"],
        inputs: Mapping[str, Float[np.ndarray, " N"]],
    ) -> Float[np.ndarray, " n"]:
        """Mean square of L at each node that squares of p make where p is seen; else 0."""
        seen = plastic > YIELDED
        own = np.where(seen, square / (self._softness(inputs) * exp(latent)) ** 2, 0.0)
        return own.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)

    def exceedance(
        self,
        mean: Float[np.ndarray, "*s"],
        deviation: Float[np.ndarray, "*s"],
        inputs: Mapping[str, float],
        level: float = YIELDED,
    ) -> Float[np.ndarray, "*s"]:
        """Probability that p is above a level when L is normal."""
        return ndtr((mean - self.bound(inputs, level)) / np.maximum(deviation, 1e-300))

    def bound(
        self, inputs: Mapping[str, float | Float[np.ndarray, " N"]], level: float = YIELDED
    ) -> Float[np.ndarray, "*N"]:
        """L beyond which p is above a level."""
        three_g = 1.5 * inputs[self.young] / (1 + self.poisson_ratio)
        reach = level * (three_g + inputs[self.hardening]) / inputs[self.yield_stress]
        return log(1 + reach + self.offset)

    def plastic(
        self, latent: Float[np.ndarray, "*s"], inputs: Mapping[str, float]
    ) -> Float[np.ndarray, "*s"]:
        """Plastic strain of L for one sample."""
        three_g = 1.5 * inputs[self.young] / (1 + self.poisson_ratio)
        stress = inputs[self.yield_stress] * (exp(latent) - self.offset - 1)
        return np.maximum(0.0, stress / (three_g + inputs[self.hardening]))

    def plastic_rows(
        self,
        latent: Float[np.ndarray, "N n"],
        inputs: Mapping[str, Float[np.ndarray, " N"]],
    ) -> Float[np.ndarray, "N n"]:
        """Plastic strain of L, a row a sample."""
        return np.maximum(0.0, self._softness(inputs) * (exp(latent) - self.offset - 1))

    def moments(
        self,
        mean: Float[np.ndarray, "*s"],
        deviation: Float[np.ndarray, "*s"],
        inputs: Mapping[str, float],
    ) -> tuple[Float[np.ndarray, "*s"], Float[np.ndarray, "*s"]]:
        """Mean and deviation of p when L is normal: moments of a log-normal law cut off below."""
        mean, deviation = np.asarray(mean), np.maximum(deviation, 1e-12)
        three_g = 1.5 * inputs[self.young] / (1 + self.poisson_ratio)
        softness = inputs[self.yield_stress] / (three_g + inputs[self.hardening])
        k = 1 + self.offset
        above = (mean - log(k)) / deviation
        zeroth, one = ndtr(above), exp(mean + deviation**2 / 2) * ndtr(above + deviation)
        two = exp(2 * mean + 2 * deviation**2) * ndtr(above + 2 * deviation)
        first = one - k * zeroth
        second = two - 2 * k * one + k**2 * zeroth
        return softness * first, softness * np.sqrt(np.maximum(second - first**2, 0.0))

    def _three_g(self, inputs: Mapping[str, Float[np.ndarray, " N"]]) -> Float[np.ndarray, " N"]:
        return 1.5 * np.asarray(inputs[self.young]) / (1 + self.poisson_ratio)

    def _softness(self, inputs: Mapping[str, Float[np.ndarray, " N"]]) -> Float[np.ndarray, "N 1"]:
        """R0 / (3 G + H): dp/dL over exp L."""
        return self._r0(inputs) / (self._three_g(inputs) + inputs[self.hardening])[:, None]

    def _r0(self, inputs: Mapping[str, Float[np.ndarray, " N"]]) -> Float[np.ndarray, "N 1"]:
        return np.asarray(inputs[self.yield_stress])[:, None]

"""A law for the leading coefficients, completed by the nearest sample of the data.

A draw (x_1..x_r) of an inner law is completed by what the training row has that lies nearest in
these r columns,

    x = (x_1..x_r, X_i,r+1..X_i,d),    i = argmin_i sum_(j <= r) (x_j - X_ij)^2:

an analogue, as in weather forecasting (Lorenz 1969), for what has little energy but matters to
nonlinear quantities. Samples are energy-scaled, so that the plain distance is the energy's.
"""

from dataclasses import dataclass, fields
from typing import Any, final, get_args

import numpy as np
from jaxtyping import Float
from scipy.spatial import KDTree

from understudy.generative.checks import learned
from understudy.generative.contract import Generator, Sampler
from understudy.generative.flow import FlowSampler
from understudy.generative.flow_matching import FlowMatchingSampler
from understudy.generative.gaussian import GaussianSampler
from understudy.generative.gaussian_copula import CopulaSampler
from understudy.generative.gaussian_mixture import MixtureSampler
from understudy.generative.kde import KDESampler
from understudy.generative.wgan_sampler import WGANSampler

__all__ = ["AnalogueResidual", "AnalogueSampler", "Inner"]


@final
@dataclass(frozen=True, kw_only=True)
class AnalogueResidual(Generator):
    """Specification of the wrapper.

    Attributes:
        inner: learns the law of the leading columns.
        leading: their number.
        energy: share of the variance that they must carry at least.
    """

    inner: Generator
    leading: int
    energy: float = 0.95

    def __post_init__(self) -> None:
        if self.leading < 1:
            raise ValueError(f"leading: expected at least 1, got {self.leading}")
        if not 0.0 <= self.energy <= 1.0:
            raise ValueError(f"energy: expected in [0, 1], got {self.energy}")

    def fit(
        self, x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> "AnalogueSampler":
        """Fit the inner law, keep the data.

        Raises:
            ValueError: as in the contract; fewer columns than `leading`; a share of the variance
                in the leading columns below `energy`.
        """
        learned(x, condition)
        if x.shape[1] < self.leading:
            raise ValueError(f"leading: expected at most {x.shape[1]} columns, got {self.leading}")
        variance = x.var(axis=0)
        share = float(variance[: self.leading].sum() / max(variance.sum(), 1e-300))
        if share < self.energy:
            raise ValueError(
                f"leading: expected {self.energy} of the variance in the first {self.leading} "
                f"columns, got {share:.4f}"
            )
        inner = self.inner.fit(x[:, : self.leading], condition)
        return AnalogueSampler(inner=Inner.of(inner), data=x.copy(), leading=self.leading)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Inner:
    """One sampler, in the field of its class: a file then says what it holds."""

    gaussian: GaussianSampler | None = None
    copula: CopulaSampler | None = None
    kde: KDESampler | None = None
    mixture: MixtureSampler | None = None
    flow: FlowSampler | None = None
    matching: FlowMatchingSampler | None = None
    wgan: WGANSampler | None = None

    @classmethod
    def of(cls, sampler: Sampler) -> "Inner":
        """Put a sampler where it belongs.

        Raises:
            ValueError: a class that has no field here.
        """
        for one in fields(cls):
            if type(sampler) in get_args(one.type):
                held: dict[str, Any] = {one.name: sampler}
                return cls(**held)
        raise ValueError(f"inner: expected a sampler of the family, got {type(sampler).__name__}")

    @property
    def sampler(self) -> Sampler:
        """The one that is there."""
        held = (getattr(self, one.name) for one in fields(self))
        return next(s for s in held if s is not None)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class AnalogueSampler(Sampler):
    """An inner law and the data that complete it.

    Attributes:
        inner: law of the leading columns.
        data: training rows, shape (N, d).
        leading: number of leading columns.
    """

    inner: Inner
    data: Float[np.ndarray, "N d"]
    leading: int

    def complete(self, leading: Float[np.ndarray, "n r"]) -> Float[np.ndarray, "n d"]:
        """Append to leading columns the others of the nearest training row."""
        nearest = KDTree(self.data[:, : self.leading]).query(leading)[1]
        return np.concatenate([leading, self.data[nearest, self.leading :]], axis=1)

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` rows; see the contract."""
        return self.complete(self.inner.sampler.sample(n, rng, condition))

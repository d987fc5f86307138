"""How the law of boundary histories is learned, as one specification that configurations hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import final

import numpy as np
from jaxtyping import Float, Int

from understudy.data.histories import Histories
from understudy.data.laws import Law
from understudy.data.zone import Zone
from understudy.generative import (
    KDE,
    WGANGP,
    AnalogueResidual,
    Flow,
    FlowMatching,
    Gaussian,
    GaussianCopula,
    GaussianMixture,
    Generator,
)
from understudy.linalg import ExtendedPOD
from understudy.surrogates.response_features import PeakFeatures
from understudy.surrogates.stochastic_boundary import StochasticBoundary
from understudy.surrogates.submodel import DomainReduction, Held, subset

__all__ = ["Analogue", "BoundaryRecipe", "Coordinates", "Method", "peaks"]


@final
@dataclass(frozen=True, kw_only=True)
class Analogue:
    """A WGAN-GP for the leading coefficients, stored histories for the others.

    Attributes:
        inner: learns the leading coefficients.
        leading: their number.
    """

    inner: WGANGP
    leading: int


@final
@dataclass(frozen=True, kw_only=True)
class Method:
    """One generator; exactly one field is set.

    Attributes:
        gaussian: a normal law.
        copula: empirical marginals, normal dependence.
        kde: kernels on the training rows.
        mixture: a few normal laws.
        flow: normalising flow.
        matching: flow matching.
        wgan_gp: adversarial, with a gradient penalty.
        analogue: the latter for leading modes, analogues for the others.
    """

    gaussian: Gaussian | None = None
    copula: GaussianCopula | None = None
    kde: KDE | None = None
    mixture: GaussianMixture | None = None
    flow: Flow | None = None
    matching: FlowMatching | None = None
    wgan_gp: WGANGP | None = None
    analogue: Analogue | None = None

    def __post_init__(self) -> None:
        chosen = [f.name for f in fields(self) if getattr(self, f.name) is not None]
        if len(chosen) != 1:
            names = ", ".join(f.name for f in fields(self))
            raise ValueError(f"method: expected one of {names}, got {chosen}")

    @property
    def generator(self) -> Generator:
        """The one that is set."""
        if self.analogue is not None:
            return AnalogueResidual(inner=self.analogue.inner, leading=self.analogue.leading)
        plain = (getattr(self, f.name) for f in fields(self))
        return next(one for one in plain if one is not None)

    def seeded(self, seed: int) -> "Method":
        """The same with another seed, where it has one."""
        name = next(f.name for f in fields(self) if getattr(self, f.name) is not None)
        own = getattr(self, name)
        if name == "analogue":
            return Method(analogue=replace(own, inner=replace(own.inner, seed=seed)))
        known = any(f.name == "seed" for f in fields(own))
        return replace(self, **{name: replace(own, seed=seed)}) if known else self


@final
@dataclass(frozen=True, kw_only=True)
class Coordinates:
    """How a history becomes a row of coefficients.

    Attributes:
        rank: modes.
        cells: about how many observed triangles measure what a history does; half of them evenly
            spread, half where the training runs had the highest stress; 0: plain POD of histories.
        mixed: whether what a history does in changed zones is measured too, where they are given.
    """

    rank: int = 100
    cells: int = 220
    mixed: bool = False

    def __post_init__(self) -> None:
        if self.cells < 0:
            raise ValueError(f"cells: expected 0 or more, got {self.cells}")
        if self.mixed and not self.cells:
            raise ValueError("mixed: expected cells, got plain POD")

    def triangles(self, zone: Zone, histories: Histories) -> Int[np.ndarray, " k"]:
        """Places of the observed triangles that measure, as training runs choose them."""
        if not self.cells:
            return np.empty(0, dtype=np.int64)
        half = max(1, self.cells // 2)
        highest = np.argsort(-peaks(zone, histories).mean(axis=0), kind="stable")[:half]
        return np.unique(np.concatenate([subset(zone, half), highest]))

    def responses(
        self,
        zone: Zone,
        histories: Histories,
        triangles: Int[np.ndarray, " k"],
        changed: Sequence[Zone] = (),
    ) -> Float[np.ndarray, "n q"]:
        """What each history is measured by, in single precision; the zone's own comes first.

        Raises:
            ValueError: histories of another edge than the zone's.
        """
        n = len(histories.displacement)
        if not self.cells:
            return histories.displacement.reshape(n, -1).astype(np.float32)
        parts = [Held(zone=zone).responses(histories.displacement, triangles)]
        for other in changed if self.mixed else ():
            submodel = DomainReduction(nominal=zone, zone=other)
            cells = subset(other, len(triangles) // 2)
            parts.append(submodel.responses(histories.displacement, cells))
        return np.concatenate([part.reshape(n, -1).astype(np.float32) for part in parts], axis=1)


def peaks(zone: Zone, histories: Histories) -> Float[np.ndarray, "n c"]:
    """Greatest stress of each observed triangle: that of the runs, or else of the submodel."""
    known = histories.peak.shape[1] == len(zone.observed.triangles)
    return histories.peak if known else Held(zone=zone).run(histories.displacement)


@final
@dataclass(frozen=True, kw_only=True)
class BoundaryRecipe:
    """Settings of a law.

    Attributes:
        method: the generator.
        coordinates: what it acts on.
        features: what a critic sees beside the coefficients; None: nothing. Needs `cells`.
        refit: iterations of a WGAN-GP that is learned again without a group of runs.
        groups: of runs, left out in turn for the interval; 0: no interval for the training set.
        level: probability that an interval holds the truth.
        laws: of the inputs that are given; none: all is learned.
        scale: the input that histories are proportional to; "": none.
    """

    method: Method
    coordinates: Coordinates = field(default_factory=Coordinates)
    features: PeakFeatures | None = None
    refit: int = 600
    groups: int = 5
    level: float = 0.95
    laws: dict[str, Law] = field(default_factory=dict)
    scale: str = ""

    def __post_init__(self) -> None:
        if self.refit < 1:
            raise ValueError(f"refit: expected at least 1, got {self.refit}")
        if self.features is not None and not self.coordinates.cells:
            raise ValueError("features: expected coordinates with cells, got plain POD")
        if self.features is not None and self.coordinates.mixed and self.features.scales:
            raise ValueError("features: expected no scales where responses are mixed")

    def seeded(self, seed: int | None) -> "BoundaryRecipe":
        """The same with another seed of its generator; None: as it is."""
        return self if seed is None else replace(self, method=self.method.seeded(seed))

    @property
    def boundary(self) -> StochasticBoundary:
        """The specification of the law and its estimates."""
        return StochasticBoundary(
            generator=self.method.generator,
            basis=ExtendedPOD(rank=self.coordinates.rank),
            groups=self.groups,
            level=self.level,
            laws=self.laws,
            scale=self.scale,
        )

"""Monte Carlo on a submodel that is driven by a learned law of boundary histories.

N runs of a full model give histories x_i on the boundary of a zone and responses y_i inside it.
With the extended POD x ~ m + c X of the responses, a generator learns the law of the coefficients
c, and a submodel of the zone, maybe a changed one, runs on histories m + c X of new draws of c:

    theta = T(law of quantity(submodel(m + c X))),    c ~ generator(c_1, ..., c_N)

(Boukraichi, Akkari, Casenave & Ryckelynck 2021, arXiv 2110.13680). What theta owes to a finite
number of draws and to the finite number N of runs is said by `estimate_from`: for the latter the
generator is learned again without one group of runs at a time, in the same coordinates. That does
not say what the family of generators cannot represent, nor what modes leave out, nor what another
seed of training would change. `Replay` runs the N histories themselves: what a generator has to
beat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Float

from understudy.linalg import ExtendedBasis, ExtendedPOD
from understudy.surrogates.estimation import Estimate, estimate_from

__all__ = [
    "FittedBoundary",
    "Generator",
    "Replay",
    "Sampler",
    "StochasticBoundary",
    "Submodel",
    "greatest",
    "refit_afresh",
]

_BLOCK = 256
"""Histories that are in memory at a time."""


@runtime_checkable
class Submodel(Protocol):
    """A zone that histories are imposed on."""

    def run(self, histories: Float[np.ndarray, "n t b 2"]) -> Float[np.ndarray, "n c"]:
        """Peak over time of the von Mises stress in each observed cell, in Pa."""


@runtime_checkable
class Sampler(Protocol):
    """A law that draws can be made from; the same generator gives the same draws."""

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "n k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draws, a row each."""


@runtime_checkable
class Generator(Protocol):
    """Specification of a law to be learned."""

    def fit(
        self, x: Float[np.ndarray, "n d"], condition: Float[np.ndarray, "n k"] | None = None
    ) -> Sampler:
        """Learn the law of the rows of `x`."""


Quantity = Callable[[Float[np.ndarray, "n c"]], Float[np.ndarray, " n"]]
"""From the values of observed cells to the number whose law is wanted."""
Refit = Callable[[Generator, np.ndarray, np.ndarray | None, Sampler], Sampler]
"""(generator, x, condition, law learned from all rows) -> law learned from the rows of `x`."""


def greatest(cells: Float[np.ndarray, "n c"]) -> Float[np.ndarray, " n"]:
    """Greatest value over the cells of each sample."""
    return cells.max(axis=1)


def refit_afresh(
    generator: Generator, x: np.ndarray, condition: np.ndarray | None, _start: Sampler
) -> Sampler:
    """Learn without help of what all rows gave; a `Refit`."""
    return generator.fit(x, condition=condition)


@final
@dataclass(frozen=True, kw_only=True)
class StochasticBoundary:
    """Specification of the law and its estimates.

    Attributes:
        generator: learns the law of coefficients.
        basis: turns histories into coefficients.
        groups: of runs, left out in turn to see what the finite training set does.
        level: probability that an interval holds the truth.
        seed: of the division into groups.
    """

    generator: Generator
    basis: ExtendedPOD
    groups: int = 5
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if self.groups < 2:
            raise ValueError(f"groups: expected at least 2, got {self.groups}")
        if not 0 < self.level < 1:
            raise ValueError(f"level: expected in (0, 1), got {self.level}")

    def fit(
        self,
        histories: Float[np.ndarray, "n t b 2"],
        responses: Float[np.ndarray, "n q"],
        condition: Float[np.ndarray, "n k"] | None = None,
        *,
        weights: Float[np.ndarray, " q"] | None = None,
        refit: Refit = refit_afresh,
    ) -> "FittedBoundary":
        """Learn the law of histories.

        Args:
            histories: displacements in m at t times of b nodes of the boundary, a run each.
            responses: what each history does in the zone, say strains x times; the flattened
                histories themselves: plain POD.
            condition: known inputs of each run; None: the law is learned as a whole.
            weights: of the inner product of responses; None: 1.
            refit: learns a law without a group; may start from the law of all runs.

        Raises:
            ValueError: fewer than two runs a group; see also `ExtendedPOD.fit`.
        """
        n = len(histories)
        if n < 2 * self.groups:
            raise ValueError(f"runs: expected at least {2 * self.groups}, two a group, got {n}")
        basis = self.basis.fit(histories.reshape(n, -1), responses, weights)
        c = basis.encode(responses)
        sampler = self.generator.fit(c, condition=condition)
        order = np.random.default_rng(self.seed).permutation(n)
        replicas = []
        for group in np.array_split(order, self.groups):
            kept = np.setdiff1d(order, group)
            given = None if condition is None else condition[kept]
            replicas.append(refit(self.generator, c[kept], given, sampler))
        return FittedBoundary(
            basis=basis,
            sampler=sampler,
            replicas=tuple(replicas),
            shape=(histories.shape[1], histories.shape[2], histories.shape[3]),
            level=self.level,
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FittedBoundary:
    """A law of boundary histories.

    Attributes:
        basis: coefficients to histories.
        sampler: law of the coefficients, learned from all runs.
        replicas: laws learned without one group of runs each.
        shape: of a history: times, nodes, components.
        level: probability that an interval holds the truth.
    """

    basis: ExtendedBasis
    sampler: Sampler
    replicas: tuple[Sampler, ...]
    shape: tuple[int, int, int]
    level: float

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "n k"] | None = None
    ) -> Float[np.ndarray, "n t b 2"]:
        """New histories, in m."""
        c = self.sampler.sample(n, rng, condition=condition)
        return self.basis.decode(c).reshape(n, *self.shape)

    def estimate(
        self,
        submodel: Submodel,
        n: int,
        rng: np.random.Generator,
        *,
        quantity: Quantity = greatest,
        thresholds: Sequence[float] = (),
        condition: Float[np.ndarray, "n k"] | None = None,
    ) -> Estimate:
        """Statistics of a quantity of the submodel; it runs n (groups + 1) times.

        Args:
            submodel: runs on histories.
            n: draws.
            rng: one seed of it serves all laws, so that they differ by what they learned.
            quantity: of the cells that the submodel observes.
            thresholds: in the unit of the quantity.
            condition: inputs of each draw, if the law was learned with any.
        """
        seed = int(rng.integers(2**63))

        def values(sampler: Sampler) -> Float[np.ndarray, " n"]:
            c = sampler.sample(n, np.random.default_rng(seed), condition=condition)
            blocks = (self.basis.decode(c[i : i + _BLOCK]) for i in range(0, n, _BLOCK))
            return np.concatenate(
                [quantity(submodel.run(x.reshape(-1, *self.shape))) for x in blocks]
            )

        replicas = [values(sampler) for sampler in self.replicas]
        return estimate_from(values(self.sampler), self.level, thresholds, replicas=replicas)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Replay:
    """The stored histories themselves, through the submodel: no law is learned.

    Attributes:
        histories: displacements in m, shape (N, t, b, 2).
        level: probability that an interval holds the truth.
    """

    histories: Float[np.ndarray, "N t b 2"]
    level: float = 0.95

    def estimate(
        self,
        submodel: Submodel,
        n: int,
        rng: np.random.Generator,
        *,
        quantity: Quantity = greatest,
        thresholds: Sequence[float] = (),
    ) -> Estimate:
        """Statistics of a quantity over n histories drawn without replacement, at most all."""
        drawn = rng.permutation(len(self.histories))[:n]
        blocks = (self.histories[drawn[i : i + _BLOCK]] for i in range(0, len(drawn), _BLOCK))
        values = np.concatenate([quantity(submodel.run(x)) for x in blocks])
        return estimate_from(values, self.level, thresholds)

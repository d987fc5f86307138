"""Monte Carlo on a submodel that is driven by a learned law of boundary histories.

N runs of a full model give histories x_i on the boundary of a zone and responses y_i inside it.
With the extended POD x ~ m + c X of the responses, a generator learns the law of the coefficients
c, and a submodel of the zone, maybe a changed one, runs on histories m + c X of new draws of c:

    theta = T(law of quantity(submodel(m + c X))),    c ~ generator(c_1, ..., c_N)

(Boukraichi, Akkari, Casenave & Ryckelynck 2021, arXiv 2110.13680). Inputs u of a run that are
known, and whose laws are, need not be learned: c is then learned given them, and an input that
histories are proportional to, a load, is taken out of them:

    x = u_s (m + c X),    c ~ generator(c | other inputs),    inputs ~ their laws.

What theta owes to a finite number of draws and to the finite number N of runs is said by
`estimate_from`: for the latter the generator is learned again without one group of runs at a time,
in the same coordinates. That does not say what the family of generators cannot represent, nor what
modes leave out, nor what another seed of training would change. `Replay` runs the N histories
themselves: what a generator has to beat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float, Int

from understudy.data.laws import Law, from_normal, to_normal
from understudy.linalg import ExtendedBasis, ExtendedPOD
from understudy.surrogates.boundary_faces import (
    Generator,
    LatentSampler,
    Learn,
    Quantity,
    Sampler,
    Submodel,
)
from understudy.surrogates.estimation import Estimate, estimate_from

__all__ = ["FittedBoundary", "Replay", "StochasticBoundary", "greatest", "learn_afresh"]

_BLOCK = 256
"""Histories that are in memory at a time."""


def greatest(cells: Float[np.ndarray, "n c"]) -> Float[np.ndarray, " n"]:
    """Greatest value over the cells of each sample."""
    return cells.max(axis=1)


def learn_afresh(
    generator: Generator,
    _basis: ExtendedBasis,
    c: np.ndarray,
    condition: np.ndarray | None,
    _start: Sampler | None,
) -> Sampler:
    """Learn from rows alone, without help of what all rows gave; a `Learn`."""
    return generator.fit(c, condition)


@final
@dataclass(frozen=True, kw_only=True)
class StochasticBoundary:
    """Specification of the law and its estimates.

    Attributes:
        generator: learns the law of coefficients.
        basis: turns histories into coefficients.
        groups: of runs, left out in turn to see what the finite training set does; 0: none are.
        level: probability that an interval holds the truth.
        seed: of the division into groups.
        laws: of inputs that are known for each run, by name; none: all is learned.
        scale: the input that histories are proportional to; "": there is none.
    """

    generator: Generator
    basis: ExtendedPOD
    groups: int = 5
    level: float = 0.95
    seed: int = 0
    laws: dict[str, Law] = field(default_factory=dict)
    scale: str = ""

    def __post_init__(self) -> None:
        if self.groups == 1 or self.groups < 0:
            raise ValueError(f"groups: expected 0 or at least 2, got {self.groups}")
        if not 0 < self.level < 1:
            raise ValueError(f"level: expected in (0, 1), got {self.level}")
        if self.scale and self.scale not in self.laws:
            raise ValueError(f"scale: expected one of {sorted(self.laws)}, got {self.scale!r}")

    def fit(
        self,
        histories: Float[np.ndarray, "n t b 2"],
        responses: Float[np.ndarray, "n q"],
        inputs: Mapping[str, Float[np.ndarray, " n"]] | None = None,
        *,
        weights: Float[np.ndarray, " q"] | None = None,
        learn: Learn = learn_afresh,
    ) -> "FittedBoundary":
        """Learn the law of histories.

        Args:
            histories: displacements in m at t times of b nodes of the boundary, a run each.
            responses: what each history does in the zone, say strains x times; the flattened
                histories themselves: plain POD.
            inputs: those of `laws` for each run.
            weights: of the inner product of responses; None: 1.
            learn: learns a law of coefficients; one without a group may start from that of all.

        Raises:
            ValueError: fewer than two runs a group; inputs that are missing or that their law
                cannot give; see also `ExtendedPOD.fit`.
        """
        n = len(histories)
        if n < max(2, 2 * self.groups):
            raise ValueError(f"runs: expected at least {2 * self.groups}, two a group, got {n}")
        given = _condition(self.laws, self.scale, inputs or {})
        x, y = histories.reshape(n, -1), responses
        if self.scale:
            size = (inputs or {})[self.scale][:, None]
            x, y = (values / size.astype(values.dtype) for values in (x, y))
        basis = self.basis.fit(x, y, weights)
        c = basis.encode(y)
        sampler = learn(self.generator, basis, c, given, None)
        order = np.random.default_rng(self.seed).permutation(n)
        replicas, left_out = [], np.full(n, -1)
        for g, group in enumerate(np.array_split(order, self.groups) if self.groups else ()):
            left_out[group] = g
            kept = np.flatnonzero(left_out != g)
            part = None if given is None else given[kept]
            replicas.append(learn(self.generator, basis, c[kept], part, sampler))
        return FittedBoundary(
            basis=basis,
            sampler=sampler,
            replicas=tuple(replicas),
            left_out=left_out,
            shape=(histories.shape[1], histories.shape[2], histories.shape[3]),
            level=self.level,
            laws=self.laws,
            scale=self.scale,
            rows=c,
            known={name: np.asarray((inputs or {})[name], dtype=float) for name in self.laws},
        )


def _condition(
    laws: Mapping[str, Law], scale: str, inputs: Mapping[str, Float[np.ndarray, " n"]]
) -> Float[np.ndarray, "n k"] | None:
    """Standard normal numbers of the inputs that are no scale; None if there are none."""
    others = {name: law for name, law in laws.items() if name != scale}
    if laws:
        to_normal(laws, inputs)
    return to_normal(others, inputs) if others else None


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FittedBoundary:
    """A law of boundary histories.

    Attributes:
        basis: coefficients to histories.
        sampler: law of the coefficients, learned from all runs.
        replicas: laws learned without one group of runs each.
        left_out: place of the replica that has not seen a run, -1 if there is none, shape (N,).
        shape: of a history: times, nodes, components.
        level: probability that an interval holds the truth.
        laws: of the inputs.
        scale: the input that histories are proportional to, or "".
        rows: coefficients of the runs it was learned from, shape (N, r).
        known: their inputs, those with a law, shape (N,) by name.
    """

    basis: ExtendedBasis
    sampler: Sampler
    replicas: tuple[Sampler, ...]
    left_out: Int[np.ndarray, " N"]
    shape: tuple[int, int, int]
    level: float
    laws: dict[str, Law]
    scale: str
    rows: Float[np.ndarray, "N r"]
    known: dict[str, Float[np.ndarray, " N"]]

    def sample(
        self,
        n: int,
        rng: np.random.Generator,
        inputs: Mapping[str, Float[np.ndarray, " n"]] | None = None,
    ) -> Float[np.ndarray, "n t b 2"]:
        """New histories, in m; inputs that are not given are drawn from their laws."""
        return self.draw(n, rng, inputs)[0]

    def draw(
        self,
        n: int,
        rng: np.random.Generator,
        inputs: Mapping[str, Float[np.ndarray, " n"]] | None = None,
        sampler: Sampler | None = None,
    ) -> tuple[Float[np.ndarray, "n t b 2"], dict[str, Float[np.ndarray, " n"]]]:
        """New histories and the inputs that go with them; of another sampler than its own."""
        c, full = self.coefficients(n, rng, inputs, sampler)
        return self.decode(c, full), full

    def coefficients(
        self,
        n: int,
        rng: np.random.Generator,
        inputs: Mapping[str, Float[np.ndarray, " n"]] | None = None,
        sampler: Sampler | None = None,
    ) -> tuple[Float[np.ndarray, "n r"], dict[str, Float[np.ndarray, " n"]]]:
        """Coefficients of new histories, as `draw`, and the inputs that go with them."""
        full = from_normal(self.laws, rng.standard_normal((n, len(self.laws))))
        for name, values in (inputs or {}).items():
            if name not in self.laws:
                raise ValueError(f"inputs: expected some of {sorted(self.laws)}, got {name!r}")
            full[name] = values
        c = (sampler or self.sampler).sample(n, rng, _condition(self.laws, self.scale, full))
        return c, full

    def decode(
        self, c: Float[np.ndarray, "n r"], inputs: Mapping[str, Float[np.ndarray, " n"]]
    ) -> Float[np.ndarray, "n t b 2"]:
        """Histories of coefficients, in m, at the scale that the inputs say."""
        x = self.basis.decode(c).reshape(-1, *self.shape)
        return x * inputs[self.scale][:, None, None, None] if self.scale else x

    def push(
        self, z: Float[np.ndarray, "n d"], latent: LatentSampler
    ) -> Float[np.ndarray, "n t b 2"]:
        """Histories of standard normal numbers: first those of the inputs, then the latent ones.

        Args:
            z: d = inputs with a law + latent variables of the sampler.
            latent: the sampler, if it is one that pushes latent numbers forward.
        """
        k = len(self.laws)
        inputs = from_normal(self.laws, z[:, :k])
        c = latent.generate(z[:, k:], _condition(self.laws, self.scale, inputs))
        return self.decode(c, inputs)

    def estimate(
        self,
        submodel: Submodel,
        n: int,
        rng: np.random.Generator,
        *,
        quantity: Quantity = greatest,
        thresholds: Sequence[float] = (),
        inputs: Mapping[str, Float[np.ndarray, " n"]] | None = None,
    ) -> Estimate:
        """Statistics of a quantity of the submodel; it runs n (groups + 1) times.

        Args:
            submodel: runs on histories.
            n: draws.
            rng: one seed of it serves all laws, so that they differ by what they learned.
            quantity: of the cells that the submodel observes.
            thresholds: in the unit of the quantity.
            inputs: of each draw; those not given are drawn from their laws.
        """
        seed = int(rng.integers(2**63))

        def values(sampler: Sampler) -> Float[np.ndarray, " n"]:
            x = self.draw(n, np.random.default_rng(seed), inputs, sampler)[0]
            blocks = (x[i : i + _BLOCK] for i in range(0, n, _BLOCK))
            return np.concatenate([quantity(submodel.run(part)) for part in blocks])

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

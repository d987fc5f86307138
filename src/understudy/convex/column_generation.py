"""The network itself by column generation: directions are added until none is worth adding.

Every network is feasible, so its objective is a value; its residual z = -l'(f), y - f for the
squared loss, is a dual point. As long as some unit vector u has |z' relu(X u)| > beta, a neuron
along it lowers the objective. Rounds of

1. pricing (`Pricing`): great values from many starts, distinct ones become neurons;
2. weights of all directions by least squares with a price on their sum, none negative (the convex
   program of fixed directions);
3. all neurons move together (`NetworkNewton`), from a smoothing that shrinks as the gap does;
4. neurons of one sign whose directions have come together are joined, those of no size go,

until the gap is small for three looks in a row, each with more starts than the one before. The
bound is that of the greatest value that pricing has found, which proves nothing (`heuristic`),
unless branch and bound takes its place (`global`); what it finds above beta is one more column.
"""

from dataclasses import dataclass, field, replace
from typing import final

import numpy as np

from understudy.convex.branch_and_bound import BranchAndBound
from understudy.convex.network import ReluNetwork
from understudy.convex.newton import NetworkNewton
from understudy.convex.pricing import Pricing, value_of
from understudy.convex.problem import ReluProblem
from understudy.convex.solution import Solution, certified
from understudy.convex.weights import kept, weights_of

__all__ = ["ColumnGeneration"]

_SHARP = 1e-5
_LEFT = 0.25
"""Share of the tolerance that the heuristic bound may take of a proved gap."""
_FAR, _FEW = 1.5, 0.25
"""Beyond that many tolerances this share of the starts is enough to find new neurons."""
_DEAR = 1e9
"""Operations of a Newton step beyond which pricing costs less than it: all starts are used."""
_BELOW, _KINKS, _DECREMENT = 0.1, 1e-2, 1e-3
"""Gap from which on dear steps are few: sharpest smoothing and decrement are shares of the gap."""
_LOOKS = (1.0, 4.0, 12.0)
"""Starts of the looks that must find nothing in a row, over those of a usual one."""


@final
@dataclass(frozen=True, kw_only=True)
class ColumnGeneration:
    """Settings.

    Attributes:
        tolerance: gap at which it stops.
        rounds: most of them.
        columns: most that are added in a round.
        pricing: of directions.
        master: moves all neurons of a round.
        proof: bound of all directions; None: nothing is proved, nor where its nodes run out.
        seed: of the starts.
    """

    tolerance: float = 1e-3
    rounds: int = 60
    columns: int = 200
    pricing: Pricing = field(default_factory=Pricing)
    master: NetworkNewton = field(default_factory=NetworkNewton)
    proof: BranchAndBound | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.rounds, self.columns) < 1:
            raise ValueError(
                f"rounds, columns: expected at least 1, got {self.rounds}, {self.columns}"
            )
        if not self.tolerance > 0:
            raise ValueError(f"tolerance: expected more than 0, got {self.tolerance:g}")

    def solve(self, problem: ReluProblem, start: ReluNetwork | None = None) -> Solution:
        """A network of any width, to the tolerance.

        Args:
            problem: data; its loss is smooth.
            start: a network to start from; its neurons are moved at once.
        """
        rng = np.random.default_rng(self.seed)
        d = problem.x.shape[1]
        network = ReluNetwork(neurons=np.empty((0, d)), signs=np.empty(0))
        if start is not None and len(start.neurons):
            none = ReluNetwork(neurons=np.empty((0, d)), signs=np.empty(0))
            smooth = self.master.smoothing
            network = self._improved(problem, start, none, smooth, self.master)
        bound, dual, kind = 0.0, problem.residual(np.zeros(len(problem.y))), "heuristic"
        history: list[tuple[float, float]] = []
        best: tuple[float, ReluNetwork] = (network.value(problem), network)
        done, step, clean, smoothing = False, 0, 0, self.master.smoothing
        proof = self.proof
        while step < self.rounds and not done:
            step += 1
            far = best[0] - bound > _FAR * self.tolerance * best[0] and step < self.rounds
            look = _LOOKS[clean] if proof is None else 1.0
            dear = _operations(problem, network) > _DEAR
            few = 1.0 if dear else _FEW
            new, greatest = self._priced(problem, network, rng, few if far else look)
            _, bound, dual = certified(problem, network, greatest, "global")
            if far and not dear and best[0] - bound <= _FAR * self.tolerance * best[0]:
                # A small gap is believed to a full look alone.
                new, greatest = self._priced(problem, network, rng, 1.0)
                _, bound, dual = certified(problem, network, greatest, "global")
            near = best[0] - bound <= self.tolerance * best[0]
            # Three looks with starts of their own, or a proof.
            clean = clean + 1 if near else 0
            done = clean >= len(_LOOKS)
            if proof is not None:
                # What the heuristic bound leaves is for the proof.
                done = False
                if best[0] - bound <= _LEFT * self.tolerance * best[0]:
                    refuted = (1 + self.tolerance) * problem.beta
                    found = proof.greatest(problem.x, dual, problem.beta, refuted)
                    _, low, _ = certified(problem, network, found.high, "global")
                    done = bool(best[0] - low <= self.tolerance * best[0])
                    if done:
                        bound, kind = low, "global"
                    elif found.low > problem.beta:
                        new = self._with(new, found.direction, problem.x, dual, rng)
                    if not done and found.nodes >= proof.nodes:
                        # Cut short: it would be the next time. What is left is heuristic.
                        proof, clean = None, 0
            history.append((best[0], bound))
            if not done:
                gap = 1.0 - bound / best[0]
                master = self._hasty(gap) if dear and gap < _BELOW else self.master
                network = self._improved(problem, network, new, smoothing, master)
                value = network.value(problem)
                # What falls by a tenth of the gap at most is near enough for sharper kinks.
                if best[0] - value < 0.1 * (best[0] - bound) and bound > 0.9 * best[0]:
                    smoothing = max(0.1 * smoothing, _SHARP)
                if value < best[0]:
                    best = value, network
        return Solution(
            network=best[1], value=best[0], lower_bound=min(bound, best[0]), certified=kind,
            dual=dual, converged=done, iterations=step, violation=0.0, history=np.array(history),
        )  # fmt: skip

    def _priced(
        self, problem: ReluProblem, network: ReluNetwork, rng: np.random.Generator, share: float
    ) -> tuple[ReluNetwork, float]:
        """Distinct directions of great value, and the greatest value."""
        z = problem.residual(network.predict(problem.x))
        directions, signs, greatest = [], [], 0.0
        for sign in (1.0, -1.0):
            own = network.neurons[network.signs == sign]
            priced = self.pricing.price(problem.x, sign * z, own, rng, share)
            greatest = max(greatest, float(priced.values[0]))
            worth = priced.values > problem.beta * (1 + self.tolerance / 10)
            kept: list[np.ndarray] = []
            for u in priced.directions[worth]:
                if len(kept) >= self.columns // 2:
                    break
                if not kept or (np.array(kept) @ u).max() < 1 - 1e-4:
                    kept.append(u)
            directions += kept
            signs += [sign] * len(kept)
        found = np.array(directions).reshape(-1, problem.x.shape[1])
        return ReluNetwork(neurons=found, signs=np.array(signs)), greatest

    def _with(
        self,
        new: ReluNetwork,
        direction: np.ndarray,
        x: np.ndarray,
        z: np.ndarray,
        rng: np.random.Generator,
    ) -> ReluNetwork:
        """One more direction, of the sign that its value has, and the best near it."""
        sign = float(np.sign(value_of(x, z, direction[None])[0]))
        risen = self.pricing.price(x, sign * z, direction[None], rng, 0.0).directions[:1]
        return ReluNetwork(
            neurons=np.concatenate([new.neurons, direction[None], risen]),
            signs=np.append(new.signs, [sign, sign]),
        )

    def _hasty(self, gap: float) -> NetworkNewton:
        """A master that goes no farther than a share of the gap; new neurons close it sooner."""
        sharpest = min(max(self.master.sharpest, _KINKS * gap), self.master.smoothing)
        tolerance = max(self.master.tolerance, _DECREMENT * gap)
        return replace(self.master, sharpest=sharpest, tolerance=tolerance)

    def _improved(
        self,
        problem: ReluProblem,
        network: ReluNetwork,
        new: ReluNetwork,
        smoothing: float,
        master: NetworkNewton,
    ) -> ReluNetwork:
        """With new directions, weights and places of all of them anew."""
        length = np.linalg.norm(network.neurons, axis=1, keepdims=True)
        unit = np.concatenate([network.neurons / np.maximum(length, 1e-300), new.neurons])
        signs = np.concatenate([network.signs, new.signs])
        if not len(unit):
            return network
        now = np.concatenate([length[:, 0], np.zeros(len(new.signs))])
        sizes = weights_of(problem, unit, signs, now)
        own = kept(unit * sizes[:, None], signs)
        return _joined(problem, master.improve(problem, own, smoothing))


def _operations(problem: ReluProblem, network: ReluNetwork) -> float:
    """Of the matrix of a Newton step."""
    n, d = problem.x.shape
    unknowns = len(network.neurons) * d
    return float(unknowns) * n * min(n, unknowns)


def _joined(problem: ReluProblem, network: ReluNetwork) -> ReluNetwork:
    """Neurons of one sign and one pattern as their sum, which says the same at a lower price."""
    seen = problem.x @ network.neurons.T > 0
    groups: dict[tuple[float, bytes], np.ndarray] = {}
    for k, (u, sign) in enumerate(zip(network.neurons, network.signs, strict=True)):
        key = (float(sign), seen[:, k].tobytes())
        groups[key] = groups[key] + u if key in groups else u.copy()
    joined = ReluNetwork(
        neurons=np.array([*groups.values()]).reshape(-1, problem.x.shape[1]),
        signs=np.array([sign for sign, _ in groups]),
    )
    return joined if joined.value(problem) <= network.value(problem) else network

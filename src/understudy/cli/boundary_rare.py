"""Stage: how likely is a stress that no run has shown, in the latent space of a learned law?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float
from tyro.conf import Positional

from understudy.cli.arguments import call, progress
from understudy.cli.boundary_data import read_stresses
from understudy.data.laws import from_normal
from understudy.data.zone import load_zone
from understudy.files import write_json
from understudy.generative import WGANSampler
from understudy.surrogates.baselines_rare import OpenTURNSFORM, OpenTURNSSubset
from understudy.surrogates.boundary_model import load_boundary
from understudy.surrogates.conditional_monte_carlo import ConditionalMonteCarlo
from understudy.surrogates.importance_sampling import ImportanceSampling
from understudy.surrogates.limit_state import (
    LimitState,
    RareEvent,
    RareEventMethod,
    counted,
    with_training,
)
from understudy.surrogates.rare_events import SubsetSimulation
from understudy.surrogates.stochastic_boundary import FittedBoundary, greatest
from understudy.surrogates.submodel import Held

__all__ = ["Rare", "main", "run"]

_BLOCK = 1024


@final
@dataclass(frozen=True, kw_only=True)
class Rare:
    """Settings of the study.

    Attributes:
        thresholds: greatest von Mises stress, in Pa, by the name that results carry.
        subset: our subset simulation.
        importance: our importance sampling.
        conditional: the load integrated out, where histories are proportional to one.
        monte_carlo: plain draws of the same law, the truth about its rare events; 0: none.
        rivals: whether OpenTURNS runs on the same function.
    """

    thresholds: dict[str, float]
    subset: SubsetSimulation
    importance: ImportanceSampling
    conditional: ConditionalMonteCarlo
    monte_carlo: int
    rivals: bool


def run(
    law: Positional[Path],
    /,
    zone: Path,
    reference: tuple[Path, ...],
    spec: Rare,
    seed: int,
    prefix: str,
    out: Path,
) -> None:
    """Estimate each probability by all methods.

    Args:
        law: HDF5 file of boundary-fit, with a network.
        zone: HDF5 file of the zone.
        reference: full runs.
        spec: settings.
        seed: of all draws.
        prefix: start of every name.
        out: JSON file to write.
    """
    model, submodel = load_boundary(law), Held(zone=load_zone(zone))
    full = greatest(read_stresses(reference).peak)
    methods: dict[str, RareEventMethod] = {
        "subset": spec.subset,
        "importance": spec.importance,
    }
    if spec.rivals:
        methods |= {"baseline_ot_subset": OpenTURNSSubset(), "baseline_ot_form": OpenTURNSFORM()}
    dimension, show = _dimension(model.law), progress("rare events")

    def limit(sampler: object) -> LimitState:
        if not isinstance(sampler, WGANSampler):
            raise ValueError(f"{law}: expected a network's law, got {type(sampler).__name__}")

        def g(z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
            return greatest(submodel.run(model.law.push(z, sampler))).astype(float)

        return g

    own, others = limit(model.law.sampler), [limit(s) for s in model.law.replicas]
    drawn = _plain(spec.monte_carlo, own, dimension, seed)
    metrics: dict[str, float] = {}
    for i, (name, threshold) in enumerate(spec.thresholds.items()):
        found = _estimates(methods, own, others, threshold, dimension, seed)
        if model.law.scale:
            found |= _given_load(spec.conditional, model.law, own, others, threshold, seed)
        found["baseline_full_runs"] = counted(full > threshold)
        if spec.monte_carlo:
            found["baseline_monte_carlo"] = counted(drawn > threshold)
        for method, event in found.items():
            metrics |= {f"{prefix}.{name}.{method}.{k}": v for k, v in _row(event).items()}
        metrics[f"{prefix}.{name}.threshold"] = threshold
        show(i + 1, len(spec.thresholds))
    write_json(out, metrics)


def _estimates(
    methods: Mapping[str, RareEventMethod],
    own: LimitState,
    others: Sequence[LimitState],
    threshold: float,
    dimension: int,
    seed: int,
) -> dict[str, RareEvent]:
    """All methods on one event; importance sampling also with the error of the training set."""
    found: dict[str, RareEvent] = {}
    for j, (method, solver) in enumerate(methods.items()):
        rng = np.random.default_rng([seed, j])
        found[method] = solver.solve(own, threshold, dimension, rng)
    if others:
        place = list(methods).index("importance")
        replicas = [
            methods["importance"].solve(
                g, threshold, dimension, np.random.default_rng([seed, place])
            )
            for g in others
        ]
        found["importance_with_training"] = with_training(found["importance"], replicas)
    return found


def _given_load(
    method: ConditionalMonteCarlo,
    law: FittedBoundary,
    own: LimitState,
    others: Sequence[LimitState],
    threshold: float,
    seed: int,
) -> dict[str, RareEvent]:
    """The load integrated out, and with the error of the training set."""
    names = list(law.laws)
    middle = float(from_normal(law.laws, np.zeros((1, len(names))))[law.scale][0])
    place = names.index(law.scale)

    def solve(g: LimitState) -> RareEvent:
        def unit(z: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
            blocks = (z[i : i + _BLOCK] for i in range(0, len(z), _BLOCK))
            return np.concatenate([g(np.insert(b, place, 0.0, axis=1)) / middle for b in blocks])

        rng = np.random.default_rng([seed, 8])
        return method.solve(unit, law.laws[law.scale], threshold, _dimension(law) - 1, rng)

    found = {"conditional": solve(own)}
    if others:
        joined = with_training(found["conditional"], [solve(g) for g in others])
        found["conditional_with_training"] = joined
    return found


def _dimension(law: FittedBoundary) -> int:
    return len(law.laws) + (law.sampler.latent if isinstance(law.sampler, WGANSampler) else 0)


def _plain(
    count: int, g: Callable[[np.ndarray], np.ndarray], dimension: int, seed: int
) -> Float[np.ndarray, " n"]:
    """Quantity of plain draws, in blocks."""
    rng = np.random.default_rng([seed, 9])
    parts = [
        g(rng.standard_normal((min(_BLOCK, count - k), dimension)))
        for k in range(0, count, _BLOCK)
    ]
    return np.concatenate([np.zeros(0), *parts])


def _row(event: RareEvent) -> dict[str, float]:
    """Numbers of an estimate; `saving` is plain Monte Carlo's runs for the same error over its."""
    p, cov, n = event.probability, event.cov, event.evaluations
    row = {"probability": p, "low": event.low, "high": event.high, "evaluations": float(n)}
    if p > 0:
        row |= {"cov": cov, "width": event.high / event.low if event.low > 0 else 1e9}
        row["saving"] = (1 - p) / (p * cov**2) / n
    return row


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-rare")

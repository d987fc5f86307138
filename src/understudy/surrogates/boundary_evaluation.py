"""What a law of histories draws, run through zones and compared with runs that it never saw.

The quantity of interest leads: distances of histories do not see the failure of a generator whose
energy is right and whose peaks are wrong.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.data.histories import Histories
from understudy.linalg import ExtendedPOD
from understudy.metrics import (
    energy_distance,
    nearest_neighbour_ratio,
    relative_errors,
    sliced_wasserstein,
    two_half_ratio,
    wasserstein1,
)
from understudy.surrogates.boundary_faces import Submodel
from understudy.surrogates.boundary_model import BoundaryModel
from understudy.surrogates.controlled import controlled_estimate
from understudy.surrogates.stochastic_boundary import greatest

__all__ = ["KIND", "VERSION", "Counts", "Evaluated", "arrivals", "evaluate", "scores"]

KIND, VERSION = "understudy-boundary-evaluation", 1

_RANK, _DIRECTIONS, _WHOLE = 60, 200, 500
_ONSET = 0.05
_REPEATS = 1


@final
@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many histories are drawn.

    Attributes:
        plate: for the zone as it is.
        changed: for each changed zone.
        corrected: for each zone, of the estimate that the training runs correct.
    """

    plate: int
    changed: int
    corrected: int


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluated:
    """Draws of a law and what became of them.

    Attributes:
        values: quantity by name of the zone, in Pa, shape (n,).
        corrected: statistics of the quantity by name of the zone, corrected by the training runs;
            none where no group of them was left out.
        fields: distances of histories, and whether they are copies, by name.
        spectrum: variance of the draws along the modes of real histories, shape (r,).
        real_spectrum: that of real histories, shape (r,).
        arrivals: time of first motion of each draw, in s, shape (n,).
        seconds: CPU seconds of a draw with its run through the first zone.
    """

    values: dict[str, Float[np.ndarray, " n"]]
    corrected: dict[str, dict[str, float]]
    fields: dict[str, float]
    spectrum: Float[np.ndarray, " r"]
    real_spectrum: Float[np.ndarray, " r"]
    arrivals: Float[np.ndarray, " n"]
    seconds: float


def evaluate(
    model: BoundaryModel,
    zones: Mapping[str, Submodel],
    training: Histories,
    unseen: Histories,
    counts: Counts,
    seed: int,
) -> Evaluated:
    """Draw histories, run the zones on them, compare them with real ones.

    Args:
        model: the law.
        zones: submodels by name; the first is the zone that histories were recorded around.
        training: runs that the law was learned from.
        unseen: as many others.
        counts: draws.
        seed: of draws and directions.
    """
    rng = np.random.default_rng(seed)
    clock = time.process_time()
    drawn = model.law.sample(counts.plate, rng)
    (first, submodel), *others = zones.items()
    values = {first: greatest(submodel.run(drawn)).astype(float)}
    seconds = (time.process_time() - clock) / counts.plate
    for name, changed in others:
        values[name] = greatest(changed.run(drawn[: counts.changed])).astype(float)
    rows, own, other = (
        x.reshape(len(x), -1).astype(float)
        for x in (drawn, training.displacement, unseen.displacement)
    )
    basis = ExtendedPOD(rank=_RANK).fit(own, own)
    made, seen, fresh = (basis.encode(x) for x in (rows, own, other))
    fields = {
        "sliced_wasserstein": sliced_wasserstein(made, fresh, _DIRECTIONS, rng),
        "energy_distance": energy_distance(made, fresh),
        "nearest_neighbour_ratio": nearest_neighbour_ratio(made, seen, fresh),
        "two_half_ratio": two_half_ratio(rows[:_WHOLE], own, other),
    }
    corrected = {}
    for name, zone in zones.items() if model.law.replicas else ():
        estimate = controlled_estimate(
            model.law, zone, training.displacement, training.inputs, counts.corrected,
            np.random.default_rng([seed, 1]), repeats=_REPEATS,
        )  # fmt: skip
        corrected[name] = {key: one.value for key, one in estimate.statistics.items()}
    return Evaluated(
        values=values,
        corrected=corrected,
        fields=fields,
        spectrum=made.var(axis=0),
        real_spectrum=fresh.var(axis=0),
        arrivals=arrivals(model.times, drawn),
        seconds=seconds,
    )


def scores(
    values: Float[np.ndarray, " n"], reference: Float[np.ndarray, " m"]
) -> dict[str, float]:
    """W1 over the reference's deviation, and relative errors of mean, std, q95 and q99."""
    errors = relative_errors(values, reference)
    return {
        "w1": wasserstein1(values, reference) / float(reference.std()),
        **{f"{name}_error": value for name, value in errors.items()},
    }


def arrivals(
    times: Float[np.ndarray, " t"], displacement: Float[np.ndarray, "n t e 2"]
) -> Float[np.ndarray, " n"]:
    """First time at which a node of the edge has moved by a share of the history's greatest."""
    size = np.linalg.norm(displacement, axis=3).max(axis=2)
    return times[(size > _ONSET * size.max(axis=1, keepdims=True)).argmax(axis=1)]

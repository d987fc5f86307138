"""Responses of zones, what was learned from them, and what both say of a chain's histories."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float

from understudy.data import tree
from understudy.surrogates.zone_mmgp import Carrier, LearnedZone, ZoneMMGP, ZoneSamples
from understudy.surrogates.zone_response import demand_of

__all__ = [
    "ChainModel",
    "ChainResponses",
    "LeftOut",
    "left_out",
    "load_chain",
    "load_responses",
    "save_chain",
    "save_responses",
]

_RESPONSES, _MODEL, _VERSION = "understudy-chain-responses", "understudy-chain-model", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ChainResponses:
    """Zones under all modes of a law.

    Attributes:
        carrier: their way to the reference.
        holes: numbers of each hole, shape (N, 3).
        samples: on the reference.
        peak: greatest von Mises stress of each history of the chain at a zone's own nodes, in Pa,
            shape (N, S).
        seconds: CPU time of each zone, shape (N,).
    """

    carrier: Carrier
    holes: Float[np.ndarray, "N 3"]
    samples: ZoneSamples
    peak: Float[np.ndarray, "N S"]
    seconds: Float[np.ndarray, " N"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LeftOut:
    """What zones that were left out of learning show.

    Attributes:
        peak: log (truth / prediction) of the greatest stress, shape (N, S).
        field: relative error of the map from boundary to stress, in the weights' metric, (N,).
        motion: of the node, as predicted, in m per unit weight, shape (N, t, 2, b).
        truth: of the node, in m per unit weight, shape (N, t, 2, b).
    """

    peak: Float[np.ndarray, "N S"]
    field: Float[np.ndarray, " N"]
    motion: Float[np.ndarray, "N t 2 b"]
    truth: Float[np.ndarray, "N t 2 b"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ChainModel:
    """A learned zone.

    Attributes:
        carrier: from a mesh to the reference.
        zone: learned from all training zones.
        left_out: fold by fold.
        holes: numbers of the training zones, shape (N, 3).
    """

    carrier: Carrier
    zone: LearnedZone
    left_out: LeftOut
    holes: Float[np.ndarray, "N 3"]


def left_out(
    spec: ZoneMMGP,
    responses: ChainResponses,
    weights: Float[np.ndarray, "S r1"],
    folds: int,
) -> LeftOut:
    """Learn without one fold of zones at a time, and predict it.

    Args:
        spec: settings.
        responses: of all zones.
        weights: of the histories that the peaks belong to.
        folds: parts of the zones.

    Raises:
        ValueError: fewer than two folds, or more than zones.
    """
    samples = responses.samples
    count = len(samples.coordinates)
    if not 2 <= folds <= count:
        raise ValueError(f"folds: expected 2 to {count}, got {folds}")
    peak, field = np.empty((count, len(weights))), np.empty(count)
    motion = np.empty(samples.motion.shape)
    for fold in range(folds):
        out = np.arange(fold, count, folds)
        learned = spec.fit(samples.subset(np.setdiff1d(np.arange(count), out)))
        for i in out:
            found = learned.predict(samples.coordinates[i])
            kept = responses.carrier.seen(found.points)
            said = demand_of(found.stress[kept], found.motion, weights).peak
            peak[i] = np.log(responses.peak[i] / said)
            scale = samples.deviation.astype(np.float32)
            gap = (found.stress - samples.stress[i]) * scale
            field[i] = float(np.linalg.norm(gap) / np.linalg.norm(samples.stress[i] * scale))
            motion[i] = found.motion
    return LeftOut(peak=peak, field=field, motion=motion, truth=samples.motion)


def save_responses(path: Path, responses: ChainResponses, origin: Mapping[str, Any]) -> None:
    """Write responses."""
    tree.save(path, _RESPONSES, _VERSION, responses, origin)


def load_responses(path: Path) -> ChainResponses:
    """Read responses.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _RESPONSES, _VERSION, ChainResponses)[0]


def save_chain(path: Path, model: ChainModel, origin: Mapping[str, Any]) -> None:
    """Write a model."""
    tree.save(path, _MODEL, _VERSION, model, origin)


def load_chain(path: Path) -> ChainModel:
    """Read a model.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _MODEL, _VERSION, ChainModel)[0]

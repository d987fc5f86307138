"""The failure probability over geometry as a certified network, with its exact sensitivity.

The chain is evaluated at holes of a design, and a two-layer ReLU network learns from them

    y(g) = log P(g) / (1 - P(g)),    g = (r, e_1, e_2) of `hole_family`;

the network carries the proof of its training and a band from designs that it has not learned from
(`quantity_of_interest`). Its slope is exact on each of its pieces,

    dP/dg = P (1 - P) dy/dg,

and its least value over the box is found to global optimality (`network_optimum`): the hole that
fails least, as far as the network knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float

from understudy.data import tree
from understudy.data.hole_family import NAMES, HoleFamily
from understudy.regression import GP
from understudy.surrogates.failure_probability import Failure
from understudy.surrogates.network_optimum import Optimum, optimum
from understudy.surrogates.quantity_of_interest import QuantityModel, QuantityOfInterest

__all__ = ["ChainMaps", "FailureMap", "fit_map", "load_maps", "save_maps"]

_KIND, _VERSION = "understudy-failure-maps", 1
_FOLDS = 5


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FailureMap:
    """A probability over holes.

    Attributes:
        network: of log odds.
        holes: of the design, shape (N, 3).
        odds: log odds of the chain there, shape (N,).
        error: standard error of the chain's log odds, root mean square over the design.
        left_out: log odds less those of networks without a fold of the design, shape (N,).
        rival: the same for a Gaussian process, leave-one-out, shape (N,).
        least: hole with the least probability.
        least_bound: log odds below which no hole of the box lies, by the network.
        greatest: hole with the greatest probability.
    """

    network: QuantityModel
    holes: Float[np.ndarray, "N 3"]
    odds: Float[np.ndarray, " N"]
    error: float
    left_out: Float[np.ndarray, " N"]
    rival: Float[np.ndarray, " N"]
    least: Float[np.ndarray, " 3"]
    least_bound: float
    greatest: Float[np.ndarray, " 3"]

    @property
    def deviation(self) -> float:
        """Of log odds at a hole: of the chain, and of what the network misses."""
        return float(np.hypot(self.error, np.sqrt((self.left_out**2).mean())))

    def probability(self, holes: Float[np.ndarray, "k 3"]) -> Float[np.ndarray, " k"]:
        """Of the failure, by the network."""
        return 1 / (1 + np.exp(-self.network.predict(holes)))

    def interval(self, holes: Float[np.ndarray, "k 3"], width: float) -> Float[np.ndarray, "2 k"]:
        """Ends of the interval, `width` deviations to either side in log odds."""
        odds = self.network.predict(holes)
        ends = np.stack([odds - width * self.deviation, odds + width * self.deviation])
        return 1 / (1 + np.exp(-ends))

    def sensitivity(self, holes: Float[np.ndarray, "k 3"]) -> Float[np.ndarray, "k 3"]:
        """dP/dg, the first column in 1/m."""
        p = self.probability(holes)
        return (p * (1 - p))[:, None] * self.network.gradient(holes)


def fit_map(
    spec: QuantityOfInterest,
    family: HoleFamily,
    holes: Float[np.ndarray, "N 3"],
    failures: Sequence[Failure],
    name: str,
) -> FailureMap:
    """Learn the map of one failure.

    Args:
        spec: of the network.
        family: the box.
        holes: of the design.
        failures: what the chain says there.
        name: of the quantity.

    Raises:
        ValueError: too few holes for the band; see `QuantityOfInterest.fit`.
    """
    p = np.array([f.probability for f in failures])
    odds = np.log(p / (1 - p))
    error = np.array([np.sqrt(sum(e**2 for e in f.parts.values())) for f in failures])
    network = spec.fit(holes, odds, names=NAMES, name=name)
    left_out, count = np.empty(len(odds)), len(odds)
    for fold in range(_FOLDS):
        out = np.arange(fold, count, _FOLDS)
        kept = np.setdiff1d(np.arange(count), out)
        fewer = spec.fit(holes[kept], odds[kept], names=NAMES, name=name)
        left_out[out] = odds[out] - fewer.predict(holes[out])
    process = GP().fit(holes, odds[:, None]).leave_one_out().mean[:, 0]
    best = optimum(network, family.low, family.high)
    worst: Optimum = optimum(network, family.low, family.high, greatest=True)
    return FailureMap(
        network=network, holes=holes, odds=odds,
        error=float(np.sqrt(((error / (p * (1 - p))) ** 2).mean())),
        left_out=left_out, rival=odds - process, least=best.x, least_bound=best.bound,
        greatest=worst.x,
    )  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ChainMaps:
    """Maps of several failures.

    Attributes:
        by_event: map by name of the failure.
    """

    by_event: dict[str, FailureMap]


def save_maps(path: Path, maps: ChainMaps, origin: dict[str, Any]) -> None:
    """Write maps."""
    tree.save(path, _KIND, _VERSION, maps, origin)


def load_maps(path: Path) -> ChainMaps:
    """Read maps.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _KIND, _VERSION, ChainMaps)[0]

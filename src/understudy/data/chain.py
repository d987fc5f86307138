"""What the stages of a chain hand to one another, as arrays: zones, responses, demands, runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from understudy.data import tree
from understudy.data.zone import Zone

__all__ = ["ChainRuns", "ZoneSet", "load_runs", "load_zones", "save_runs", "save_zones"]

_ZONES, _RUNS, _VERSION = "understudy-zones", "understudy-chain-runs", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ZoneSet:
    """Zones of one plate with different holes.

    Attributes:
        holes: numbers of each hole, the first in m, shape (n, 3).
        zones: in the same order.
        seconds: of meshing and assembly of each, shape (n,).
    """

    holes: Float[np.ndarray, "n 3"]
    zones: tuple[Zone, ...]
    seconds: Float[np.ndarray, " n"]

    def __post_init__(self) -> None:
        if len(self.holes) != len(self.zones):
            raise ValueError(f"zones: expected {len(self.holes)}, got {len(self.zones)}")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ChainRuns:
    """What histories asked of one zone: of full runs, or of the zone alone.

    Attributes:
        hole: its numbers, the first in m, shape (3,).
        numbers: of the runs, shape (n,).
        peak: greatest von Mises stress at the nodes of the inner zone, in Pa, shape (n,).
        motion: of the node that carries equipment, in m, shape (n, t, 2).
        times: in s, shape (t,).
        seconds: of each run, shape (n,).
        errors: reason by number of each run that failed; such runs are in none of the arrays.
    """

    hole: Float[np.ndarray, " 3"]
    numbers: Int[np.ndarray, " n"]
    peak: Float[np.ndarray, " n"]
    motion: Float[np.ndarray, "n t 2"]
    times: Float[np.ndarray, " t"]
    seconds: Float[np.ndarray, " n"]
    errors: dict[str, str]


def save_zones(path: Path, zones: ZoneSet, origin: Mapping[str, Any]) -> None:
    """Write zones."""
    tree.save(path, _ZONES, _VERSION, zones, origin)


def load_zones(path: Path) -> ZoneSet:
    """Read zones.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _ZONES, _VERSION, ZoneSet)[0]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Several:
    runs: tuple[ChainRuns, ...]


def save_runs(path: Path, runs: tuple[ChainRuns, ...], origin: Mapping[str, Any]) -> None:
    """Write what histories asked of several zones."""
    tree.save(path, _RUNS, _VERSION, _Several(runs=runs), origin)


def load_runs(path: Path) -> tuple[ChainRuns, ...]:
    """Read it.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _RUNS, _VERSION, _Several)[0].runs

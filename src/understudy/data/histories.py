"""Histories of the displacement on the edge of a zone, one a run, and what the runs left in it.

The file is one of `data.tree`: arrays under a header with units, seed, code and software, whole or
absent, checksummed. Displacements are stored in single precision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from understudy.data import tree

__all__ = ["Histories", "joined", "load_histories", "save_histories"]

_KIND, _VERSION = "understudy-histories", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Histories:
    """Runs, in the order of their numbers.

    Attributes:
        name: of the data set.
        units: of length, time, stress and each input.
        specification: settings of the simulation as JSON.
        times: from 0 on, evenly spaced, shape (t,).
        nodes: of the edge, shape (e, 2).
        numbers: of the runs; the seed of the set and the number decide a run, shape (n,).
        displacement: shape (n, t, e, 2), or (0, t, e, 2) when only stresses were kept.
        peak: greatest von Mises stress over time of each observed triangle, shape (n, c); c = 0
            when none is known.
        inputs: of each run by name, shape (n,).
        residual: relative error of the energy balance, shape (n,).
        seconds: of each run, shape (n,).
        errors: reason by number of each run that failed; such runs are in none of the arrays.
    """

    name: str
    units: dict[str, str]
    specification: str
    times: Float[np.ndarray, " t"]
    nodes: Float[np.ndarray, "e 2"]
    numbers: Int[np.ndarray, " n"]
    displacement: Float[np.ndarray, "m t e 2"]
    peak: Float[np.ndarray, "n c"]
    inputs: dict[str, Float[np.ndarray, " n"]]
    residual: Float[np.ndarray, " n"]
    seconds: Float[np.ndarray, " n"]
    errors: dict[str, str]

    def __post_init__(self) -> None:
        if len(self.displacement) not in (0, len(self.numbers)):
            raise ValueError(
                f"displacement: expected {len(self.numbers)} histories or none, got "
                f"{len(self.displacement)}"
            )
        gaps = np.diff(self.times)
        if len(gaps) < 3 or not np.allclose(gaps, gaps[0], rtol=1e-6, atol=0) or gaps[0] <= 0:
            raise ValueError("times: expected at least 4, evenly spaced and increasing")
        if not np.isfinite(self.displacement).all():
            bad = int(np.flatnonzero(~np.isfinite(self.displacement).all(axis=(1, 2, 3)))[0])
            raise ValueError(f"displacement: expected finite values, run {bad} has others")


def save_histories(path: Path, histories: Histories, origin: Mapping[str, Any]) -> None:
    """Write the file."""
    tree.save(path, _KIND, _VERSION, histories, origin)


def load_histories(path: Path) -> Histories:
    """Read it.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _KIND, _VERSION, Histories)[0]


def joined(parts: Sequence[Histories]) -> Histories:
    """Parts of one data set as one, in the order of the runs' numbers.

    Raises:
        ValueError: parts of different settings, or a run in two of them.
    """
    first = parts[0]
    if len({(p.name, p.specification) for p in parts}) != 1:
        raise ValueError("histories: expected parts of one specification")
    numbers = np.concatenate([p.numbers for p in parts])
    order = np.argsort(numbers)
    if (np.diff(numbers[order]) == 0).any():
        raise ValueError("histories: expected each run once, got one in two parts")
    kept = [len(p.displacement) > 0 for p in parts if len(p.numbers)]
    displacement = np.concatenate([p.displacement for p in parts])

    def together(name: str) -> np.ndarray:
        return np.concatenate([getattr(p, name) for p in parts])[order]

    return Histories(
        name=first.name,
        units=first.units,
        specification=first.specification,
        times=first.times,
        nodes=first.nodes,
        numbers=numbers[order],
        displacement=displacement[order] if all(kept) else displacement[:0],
        peak=together("peak"),
        inputs={k: np.concatenate([p.inputs[k] for p in parts])[order] for k in first.inputs},
        residual=together("residual"),
        seconds=together("seconds"),
        errors={k: v for p in parts for k, v in p.errors.items()},
    )

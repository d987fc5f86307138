"""Runs as the boundary commands take them: files or folders, on the edge of a zone."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from understudy.data.edge import match_edge
from understudy.data.histories import Histories, joined, load_histories
from understudy.data.history_folder import read_histories
from understudy.data.laws import to_normal
from understudy.data.zone import Zone
from understudy.surrogates.boundary_learning import HeldOut
from understudy.surrogates.boundary_recipe import BoundaryRecipe, peaks
from understudy.surrogates.stochastic_boundary import greatest
from understudy.surrogates.submodel import Held

__all__ = ["chosen", "first_runs", "held_out", "named", "read_runs", "read_stresses"]


_TOLERATED = 0.002
"""Share of runs that may have failed: those that fail are the extreme ones."""


def read_runs(paths: Sequence[Path], zone: Zone, first: int = 0) -> Histories:
    """Runs with histories in the order of the zone's edge; the `first` ones, 0: all.

    Raises:
        ValueError: files that cannot be read, an edge that does not match, fewer runs.
    """
    runs = match_edge(read_histories(paths), zone)
    if len(runs.displacement) == 0:
        raise ValueError(f"{paths[0]}: expected histories of an edge, got stresses alone")
    return first_runs(runs, first)


def first_runs(runs: Histories, first: int) -> Histories:
    """The `first` runs, 0: all.

    Raises:
        ValueError: fewer runs, or more failed than can be left out without a bias.
    """
    _check_failures(runs)
    if not 0 <= first <= len(runs.numbers):
        raise ValueError(f"first: expected 0 to {len(runs.numbers)} runs, got {first}")
    return chosen(runs, slice(0, first or len(runs.numbers)))


def _check_failures(runs: Histories) -> None:
    failed, total = len(runs.errors), len(runs.errors) + len(runs.numbers)
    if failed > _TOLERATED * total:
        number, reason = next(iter(runs.errors.items()))
        raise ValueError(
            f"{runs.name}: {failed} of {total} runs failed, more than the tolerated share of "
            f"{_TOLERATED}; first: run {number}: {reason}"
        )


def read_stresses(paths: Sequence[Path]) -> Histories:
    """Runs whose stresses are known, with histories or without.

    Raises:
        ValueError: files that cannot be read, or stresses that are not known.
    """
    runs = joined([load_histories(path) for path in paths])
    _check_failures(runs)
    if runs.peak.shape[1] == 0:
        raise ValueError(f"{paths[0]}: expected stresses of the runs, got none")
    return runs


def named(words: Sequence[str], flag: str) -> dict[str, list[Path]]:
    """Files by name, of words `name=path`; a name may come several times.

    Raises:
        ValueError: a word of another form; names the flag.
    """
    found: dict[str, list[Path]] = {}
    for word in words:
        name, equals, path = word.partition("=")
        if not (name and equals and path):
            raise ValueError(f"{flag}: expected name=path, got {word!r}")
        found.setdefault(name, []).append(Path(path))
    return found


def chosen(runs: Histories, which: slice | Bool[np.ndarray, " n"]) -> Histories:
    """Some of the runs."""
    return replace(
        runs,
        numbers=runs.numbers[which],
        displacement=runs.displacement[which] if len(runs.displacement) else runs.displacement,
        peak=runs.peak[which],
        inputs={name: values[which] for name, values in runs.inputs.items()},
        residual=runs.residual[which],
        seconds=runs.seconds[which],
    )


def held_out(
    spec: BoundaryRecipe,
    zone: Zone,
    training: Histories,
    runs: Histories,
    changed: Sequence[Zone] = (),
) -> HeldOut:
    """Runs to judge a network by, at unit scale."""
    coordinates = spec.coordinates
    triangles = coordinates.triangles(zone, training)
    responses = coordinates.responses(zone, runs, triangles, changed)
    values = greatest(peaks(zone, runs)).astype(float)
    if spec.scale:
        size = runs.inputs[spec.scale]
        responses = responses / size[:, None].astype(responses.dtype)
        values = values / size
    others = {name: law for name, law in spec.laws.items() if name != spec.scale}
    return HeldOut(
        responses=responses,
        condition=to_normal(others, runs.inputs) if others else None,
        values=values,
        submodel=Held(zone=zone),
        shape=(runs.displacement.shape[1], runs.displacement.shape[2], 2),
    )

"""Stage: a chain against full runs, link by link."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call, origin
from understudy.cli.chain_equipment import load_identified
from understudy.data.chain import ChainRuns, load_runs
from understudy.files import write_json
from understudy.surrogates.boundary_model import load_boundary
from understudy.surrogates.chain_context import (
    EVENTS,
    Links,
    equation_error,
    links_of,
    simulated,
)
from understudy.surrogates.chain_demands import ChainDemands, load_demands
from understudy.surrogates.chain_histories import ChainHistories, chain_histories
from understudy.surrogates.chain_network import ChainMaps, load_maps
from understudy.surrogates.chain_responses import ChainResponses, load_chain, load_responses
from understudy.surrogates.chain_results import summary
from understudy.surrogates.chain_score import Checked, Evidence, check, in_band
from understudy.surrogates.direct_peaks import DirectPeaks
from understudy.surrogates.equipment import Equipment, swing
from understudy.surrogates.failure_probability import failure

__all__ = ["main", "run"]


def run(
    law: Path,
    model: Path,
    maps: Path,
    demands: Path,
    training: Path,
    responses: Path,
    conditions: Path,
    direct: tuple[Path, ...],
    equipment: Equipment,
    identified: Path,
    rival: DirectPeaks,
    limit: float,
    calibration: int,
    wanted: int,
    draws: int,
    repeats: int,
    seed: int,
    prefix: str,
    out: Path,
    metrics: Path,
) -> None:
    """Compare.

    Args:
        law: HDF5 file of boundary-fit.
        model: HDF5 file of chain-fit.
        maps: HDF5 file of chain-map.
        demands: HDF5 file of chain-evaluate, at the check holes.
        training: HDF5 file of chain-responses, of the training zones, for the rival.
        responses: HDF5 file of chain-responses, of the check holes.
        conditions: HDF5 file of chain-conditions.
        direct: HDF5 files of chain-direct, at all check holes, calibration holes first.
        equipment: on a node of the edge.
        identified: HDF5 file of chain-equipment.
        rival: a process from geometry and modes to the peak.
        limit: of the stress, in Pa.
        calibration: how many of the check holes put links right; they check nothing.
        wanted: check holes, the first ones whose direct probability lies in [0.05, 0.95].
        draws: histories that the law draws.
        repeats: draws at the inputs of each of its runs.
        seed: of all draws.
        prefix: start of every name.
        out: JSON file to write, all that a report needs.
        metrics: JSON file to write.
    """
    histories = chain_histories(load_boundary(law).law, draws, repeats, seed)
    learned, exact = load_chain(model), load_responses(responses)
    said, under = load_demands(demands), load_runs(conditions)
    runs = [load_runs(path)[0] for path in direct]
    links = links_of(
        histories, learned.left_out, exact, under[:calibration], runs[:calibration], equipment
    )
    data = load_responses(training)
    shapes = learned.zone.shape.encode(data.samples.coordinates.reshape(len(data.holes), -1))
    fitted, rng = rival.fit(shapes, histories.weights, data.peak), np.random.default_rng([seed, 2])
    peaks = [fitted.draw(shape, histories.weights, rng) for shape in said.shapes]
    del data
    checked = {
        event: _checked(
            event, histories, links, load_maps(maps), said, exact, under, runs, peaks,
            equipment, limit, calibration,
        )
        for event in EVENTS
    }  # fmt: skip
    kept = {event: in_band(rows, wanted) for event, rows in checked.items()}
    found = summary(kept, checked, links, learned, load_identified(identified), load_maps(maps))
    seconds = {
        "direct_run": float(np.mean([run.seconds.mean() for run in runs])),
        "chain_hole": float(said.seconds.mean()),
        "zone_run": float(under[0].seconds.mean()),
        "response_hole": float(exact.seconds.mean()),
    }
    about: dict[str, Any] = {"origin": origin("understudy.cli.chain_score", seed=seed)}
    write_json(out, found | {"seconds": seconds} | about)
    write_json(metrics, {f"{prefix}.{k}": v for k, v in found["metrics"].items()})
    sys.stdout.write(
        "".join(
            f"{event}: {sum(c.inside for c in rows)} of {len(rows)} direct probabilities inside, "
            f"widest interval {max((c.width for c in rows), default=0.0):.2f}\n"
            for event, rows in kept.items()
        )
    )


def _checked(
    event: str,
    histories: ChainHistories,
    links: Links,
    maps: ChainMaps,
    said: ChainDemands,
    exact: ChainResponses,
    under: Sequence[ChainRuns],
    runs: Sequence[ChainRuns],
    peaks: Sequence[np.ndarray],
    equipment: Equipment,
    limit: float,
    calibration: int,
) -> list[Checked]:
    """All check holes of one failure; the last of `under` is the zone without a change."""
    rows = []
    limit = limit if event == "stress" else equipment.limit
    for i in range(calibration, len(runs)):
        zone, hole = said.zones[i], said.holes[i : i + 1]
        network = float(maps.by_event[event].probability(hole)[0])
        if event == "stress":
            evidence = Evidence(
                hole=hole[0], direct=runs[i].peak, conditioned=under[i].peak,
                exact=exact.peak[i], learned=zone.peak, network=network,
                rival=_others(histories, links, event, under[-1].peak, peaks[i], limit),
            )  # fmt: skip
        else:
            motion = np.einsum("tdr,nr->ntd", exact.samples.motion[i], histories.weights)
            own = swing(equipment.equation, np.zeros(0), equipment, under[i].times, motion)
            evidence = Evidence(
                hole=hole[0], direct=simulated(runs[i], equipment),
                conditioned=simulated(under[i], equipment), exact=own,
                learned=zone.swing_simulated, network=network,
                rival=_others(
                    histories, links, event, simulated(under[-1], equipment), None, limit
                ),
            )  # fmt: skip
        more = equation_error(zone) if event == "equipment" else {}
        identified = zone.swing if event == "equipment" else None
        rows.append(check(histories, evidence, limit, links.by_event[event], more, identified))
    return rows


def _others(
    histories: ChainHistories,
    links: Links,
    event: str,
    nominal: np.ndarray,
    peaks: np.ndarray | None,
    limit: float,
) -> Mapping[str, float]:
    """Ignoring the geometry, and the direct process."""
    found = {"baseline_unchanged_zone": float((nominal > limit).mean())}
    if peaks is not None:
        own = {"condition": links.by_event[event]["condition"]}
        found["baseline_direct_process"] = failure(histories, peaks, limit, own).probability
    return found


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-score")

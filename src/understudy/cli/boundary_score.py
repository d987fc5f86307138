"""Stage: scores of all laws against full runs, as one flat table of numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.cli.boundary_data import named, read_runs, read_stresses
from understudy.data import tree
from understudy.data.zone import load_zone
from understudy.files import write_json
from understudy.metrics import moments
from understudy.surrogates.boundary_evaluation import KIND, VERSION, Evaluated, scores
from understudy.surrogates.stochastic_boundary import greatest
from understudy.surrogates.submodel import DomainReduction

__all__ = ["main", "median_of_seeds", "read_evaluated", "run"]

_FREE = ("baseline_kde", "baseline_mixture")
_COORDINATES = ("", "_plain", "_mixed")


def run(
    evaluated: Positional[tuple[Path, ...]],
    /,
    zone: Path,
    training: tuple[Path, ...],
    first: int,
    reference: tuple[Path, ...],
    out: Path,
    changed: tuple[str, ...] = (),
    changed_reference: tuple[str, ...] = (),
    name: str = "impact_plate",
) -> None:
    """Score every law on every zone.

    Args:
        evaluated: HDF5 files of boundary-evaluate; the stem is the method, with -<seed> if any.
        zone: HDF5 file of the zone that histories were recorded around.
        training: runs that laws were learned from.
        first: how many of them.
        reference: full runs that nothing was learned from.
        out: JSON file to write.
        changed: changed zones, words name=path.
        changed_reference: full runs of the changed plate, words name=path.
        name: of the zone, as in boundary-evaluate.
    """
    nominal = load_zone(zone)
    truth = {name: greatest(read_stresses(reference).peak)}
    own = read_runs(training, nominal, first)
    replay = {name: greatest(own.peak)}
    zones = named(changed, "--changed")
    for change, paths in named(changed_reference, "--changed-reference").items():
        truth[f"{name}_{change}"] = greatest(read_stresses(paths).peak)
        submodel = DomainReduction(nominal=nominal, zone=load_zone(zones[change][0]))
        replay[f"{name}_{change}"] = greatest(submodel.run(own.displacement))
    metrics: dict[str, float] = {}
    found = {path.stem: read_evaluated(path) for path in evaluated}
    for place, reference_values in truth.items():
        real = reference_values.astype(float)
        table = {stem: scores(e.values[place], real) for stem, e in found.items()}
        table["baseline_replay"] = scores(replay[place].astype(float), real)
        truths = moments(real)
        for stem, e in found.items():
            if place in e.corrected:
                table[f"corrected_{stem}"] = {
                    f"{key}_error": e.corrected[place][key] / value - 1
                    for key, value in truths.items()
                }
        metrics |= _named(f"boundary.{place}", _with_ratios(table))
        metrics[f"boundary.{place}.reference.runs"] = len(real)
        metrics[f"boundary.{place}.reference.mean"] = float(real.mean())
        metrics[f"boundary.{place}.reference.std"] = float(real.std())
        metrics[f"boundary.{place}.reference.q95"] = float(np.quantile(real, 0.95))
        metrics[f"boundary.{place}.reference.q99"] = float(np.quantile(real, 0.99))
    for stem, one in found.items():
        for key, value in one.fields.items():
            metrics[f"boundary.{name}.{_label(stem)}.field.{key}"] = value
    write_json(out, metrics | median_of_seeds(metrics))


def read_evaluated(path: Path) -> Evaluated:
    """Read what boundary-evaluate wrote."""
    return tree.load(path, KIND, VERSION, Evaluated)[0]


def median_of_seeds(metrics: Mapping[str, float]) -> dict[str, float]:
    """wgan_gp.<rest> as the median of wgan_gp_seed<k>.<rest>."""
    groups: dict[str, list[float]] = {}
    for name, value in metrics.items():
        method, _, rest = name.partition("_seed")
        if rest:
            groups.setdefault(f"{method}.{rest.partition('.')[2]}", []).append(value)
    return {name: median(values) for name, values in groups.items()}


def _label(stem: str) -> str:
    return stem.replace("-", "_seed")


def _named(prefix: str, table: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {
        f"{prefix}.{_label(stem)}.qoi.{key}": value
        for stem, row in table.items()
        for key, value in row.items()
    }


def _with_ratios(table: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """W1 of each network over those of rivals, each in the better of its coordinates."""

    def best(names: Sequence[str]) -> float:
        both = [s for n in names for s in (n + c for c in _COORDINATES) if s in table]
        return min((table[s]["w1"] for s in both), default=float("nan"))

    rivals = {"gaussian": best(["baseline_gaussian"]), "best_free": best(_FREE)}
    rivals["replay"] = table["baseline_replay"]["w1"]
    for stem, row in table.items():
        if stem.startswith("wgan_gp"):
            ratios = {f"w1_ratio_{k}": row["w1"] / v for k, v in rivals.items() if v == v}
            row.update(ratios)
    return table


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-score")

"""Stage: draws of a law through the zone and its changes, and how they compare with real runs."""

from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.cli.boundary_data import named, read_runs
from understudy.cli.boundary_estimate import submodel_of
from understudy.data import tree
from understudy.data.zone import load_zone
from understudy.surrogates.boundary_evaluation import KIND, VERSION, Counts, evaluate
from understudy.surrogates.boundary_model import load_boundary

__all__ = ["main", "run"]


def run(
    law: Positional[Path],
    /,
    zone: Path,
    training: tuple[Path, ...],
    unseen: tuple[Path, ...],
    out: Path,
    changed: tuple[str, ...] = (),
    draws: int = 2000,
    changed_draws: int = 1000,
    corrected_draws: int = 1500,
    seed: int = 0,
    name: str = "impact_plate",
) -> None:
    """Draw, run and compare.

    Args:
        law: HDF5 file of boundary-fit.
        zone: HDF5 file of the zone that histories were recorded around.
        training: runs that the law was learned from.
        unseen: as many runs or more that it was not learned from.
        out: HDF5 file to write.
        changed: changed zones, words name=path.
        draws: for the zone.
        changed_draws: for each changed zone.
        corrected_draws: for each zone, of the estimate that the runs correct.
        seed: of the draws.
        name: of the zone; a changed one is <name>_<change>.
    """
    model, nominal = load_boundary(law), load_zone(zone)
    zones = {name: submodel_of(nominal, None)}
    for change, (path,) in named(changed, "--changed").items():
        zones[f"{name}_{change}"] = submodel_of(nominal, load_zone(path))
    own, other = (read_runs(paths, nominal, model.size) for paths in (training, unseen))
    counts = Counts(plate=draws, changed=changed_draws, corrected=corrected_draws)
    found = evaluate(model, zones, own, other, counts, seed)
    tree.save(out, KIND, VERSION, found, origin("understudy.cli.boundary_evaluate", seed=seed))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-evaluate")

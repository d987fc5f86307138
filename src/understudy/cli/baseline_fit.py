"""Stage: what a practitioner would try first, on the same morphed data."""

from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin
from understudy.cli.training_data import read_aligned
from understudy.surrogates.baselines import MeanField, NearestShape, PODRidge, save_baseline

__all__ = ["BASELINES", "main", "run"]

BASELINES: dict[str, type[MeanField | NearestShape | PODRidge]] = {
    "mean_field": MeanField,
    "nearest_shape": NearestShape,
    "pod_ridge": PODRidge,
}


def run(name: str, aligned: Path, shape_rank: int, out: Path) -> None:
    """Fit a baseline.

    Args:
        name: mean_field, nearest_shape or pod_ridge.
        aligned: HDF5 file of the morph stage.
        shape_rank: modes of the coordinate field, as the surrogate's.
        out: HDF5 file to write.
    """
    if name not in BASELINES:
        raise ValueError(f"name: expected one of {sorted(BASELINES)}, got {name!r}")
    data, source = read_aligned(aligned)
    model = BASELINES[name](shape_rank=shape_rank).fit(data)
    save_baseline(out, model, origin("understudy.cli.baseline_fit", data=source))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "baseline-fit")

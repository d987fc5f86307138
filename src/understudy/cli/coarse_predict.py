"""Stage: coarse simulations of a test set as a rival's predictions."""

from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin
from understudy.cli.training_data import read_set, source
from understudy.data import read_samples, tree
from understudy.surrogates.coarse_fem import coarse_predictions
from understudy.surrogates.evaluation import KIND, VERSION

__all__ = ["main", "run"]


def run(
    data: Path, coarse: Path, out: Path, set: str = "test", fields: tuple[str, ...] = ()
) -> None:
    """Interpolate coarse fields to the meshes of a set.

    Args:
        data: HDF5 data set.
        coarse: HDF5 file of the simulate stage for a design of coarse-design.
        out: HDF5 file to write.
        set: name of the set.
        fields: fields that are judged; none named: all.
    """
    samples, _, _ = read_set(data, set)
    found = coarse_predictions(samples, list(read_samples(coarse)), fields)
    tree.save(out, KIND, VERSION, found, origin("understudy.cli.coarse_predict", **source(data)))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "coarse-predict")

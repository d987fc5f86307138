"""Stage: errors and coverage of all methods, as one flat table of numbers."""

from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call
from understudy.cli.training_data import read_set
from understudy.data import tree
from understudy.files import write_json
from understudy.surrogates.evaluation import KIND, VERSION, Predictions, score

__all__ = ["main", "read_predictions", "run"]


def run(data: Path, predictions: tuple[Path, ...], prefix: str, out: Path) -> None:
    """Compare predictions with the truth.

    Args:
        data: HDF5 data set.
        predictions: HDF5 files of the evaluate stage; the stem of a file is its method's name.
        prefix: start of every name, say mmgp.tensile_plate.
        out: JSON file to write.
    """
    samples, _, _ = read_set(data, "test")
    found = {path.stem: read_predictions(path) for path in predictions}
    scores = score(samples, found, "baseline_mean_field")
    write_json(out, {f"{prefix}.{name}": value for name, value in scores.items()})


def read_predictions(path: Path) -> Predictions:
    """Read what the evaluate stage wrote."""
    return tree.load(path, KIND, VERSION, Predictions)[0]


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "score")

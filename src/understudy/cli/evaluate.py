"""Stage: predictions of a set from raw meshes and known inputs alone, with their times."""

from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin
from understudy.cli.training_data import read_set, source
from understudy.data import tree
from understudy.surrogates import mmgp_model
from understudy.surrogates.baselines import load_baseline
from understudy.surrogates.evaluation import KIND, VERSION, evaluate

__all__ = ["main", "run"]


def run(model: Path, data: Path, out: Path, set: str = "test") -> None:
    """Predict every sample of a set.

    Args:
        model: HDF5 file of mmgp-fit or baseline-fit.
        data: HDF5 data set.
        out: HDF5 file to write.
        set: name of the set.
    """
    is_mmgp = tree.peek(model) == mmgp_model.KIND
    surrogate = mmgp_model.load_mmgp(model) if is_mmgp else load_baseline(model)
    samples, known, _ = read_set(data, set)
    found = evaluate(surrogate, samples, known)
    tree.save(out, KIND, VERSION, found, origin("understudy.cli.evaluate", **source(data)))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "evaluate")

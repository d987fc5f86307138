"""Stage: are strange samples noticed, and where does the error come from?"""

import itertools
from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call
from understudy.cli.score import read_predictions
from understudy.cli.training_data import read_set
from understudy.data import read_header
from understudy.files import write_json
from understudy.surrogates.budget import error_budget
from understudy.surrogates.evaluation import evaluate, score_trust
from understudy.surrogates.mmgp_model import load_mmgp

__all__ = ["main", "run"]


def run(model: Path, data: Path, predictions: Path, prefix: str, out: Path) -> None:
    """Predict the shifted sets of a data set, judge the decisions, and split the error.

    Args:
        model: HDF5 file of mmgp-fit.
        data: HDF5 data set; its sets `shift_<kind>` and `remeshed` are used if they are there.
        predictions: HDF5 file of the evaluate stage for the test set.
        prefix: start of every name.
        out: JSON file to write.
    """
    fitted, found = load_mmgp(model), read_predictions(predictions)
    samples, known, _ = read_set(data, "test")
    good = [s for s in samples if not s.error]
    shifted = {}
    sets = read_header(data).sets
    for name in sorted(n for n in sets if n.startswith("shift_")):
        part = [s for s in read_set(data, name)[0] if not s.error]
        shifted[name.removeprefix("shift_")] = (part, evaluate(fitted, part, known))
    again = [s for s in read_set(data, "remeshed")[0] if not s.error] if "remeshed" in sets else []
    groups = itertools.groupby(sorted(again, key=lambda s: s.index), key=lambda s: s.index // 10)
    remeshed = [list(group) for _, group in groups]
    trust = score_trust((good, found), shifted) if fitted.trust is not None else {}
    budget = error_budget(fitted, good, found.samples, remeshed)
    write_json(
        out,
        {f"{prefix}.trust.{name}": value for name, value in trust.items()}
        | {f"{prefix}.budget.{name}": value for name, value in budget.items()},
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mmgp-trust")

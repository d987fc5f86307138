"""Stage: are strange samples noticed, and where does the error come from?"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from understudy.cli.arguments import call
from understudy.cli.score import read_predictions
from understudy.cli.training_data import read_set
from understudy.data import read_header
from understudy.files import write_json
from understudy.surrogates.budget import error_budget
from understudy.surrogates.evaluation import Predictions, evaluate, score_trust
from understudy.surrogates.mmgp_model import load_mmgp
from understudy.surrogates.trust import refusal

__all__ = ["main", "run"]


def run(
    model: Path, data: Path, predictions: Path, prefix: str, out: Path, decisions: Path
) -> None:
    """Predict the shifted sets of a data set, judge the decisions, and split the error.

    Args:
        model: HDF5 file of mmgp-fit.
        data: HDF5 data set; its sets `shift_<kind>` and `remeshed` are used if they are there.
        predictions: HDF5 file of the evaluate stage for the test set.
        prefix: start of every name.
        out: JSON file to write.
        decisions: JSON file to write: what is said of every sample of the design.
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
    said = _decisions("test", found)
    for kind, (_, theirs) in shifted.items():
        said += _decisions(f"shift_{kind}", theirs)
    write_json(decisions, {"decisions": said})
    budget = error_budget(fitted, good, found.samples, remeshed)
    write_json(
        out,
        {f"{prefix}.trust.{name}": value for name, value in trust.items()}
        | {f"{prefix}.budget.{name}": value for name, value in budget.items()},
    )


def _decisions(name: str, found: Predictions) -> list[dict[str, Any]]:
    """Decision and reason by sample; a mesh that could not be mapped is refused."""
    trusts = {i: p.trust for i, p in found.samples.items() if p.trust is not None}
    trusts |= {i: refusal(reason) for i, reason in found.unmapped.items()}
    return [
        {
            "index": int(i),
            "set": name,
            "decision": t.decision,
            "p_value": t.p_value,
            "reason": t.reason,
        }
        for i, t in sorted(trusts.items(), key=lambda pair: int(pair[0]))
    ]


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mmgp-trust")

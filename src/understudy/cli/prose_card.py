"""The model card of answers that check themselves, for trajectories and for fields."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from understudy.cli.prose_results import Found
from understudy.metrics import resampled
from understudy.surrogates.forecast_errors import BAD

__all__ = ["prose_card"]

_STATED = 0.95
_RIVALS = ("baseline_", "head", "ablation_")
_COLUMNS = ("relative_l2", "relative_l2_median", "relative_l2_p90", "exact_skeleton",
            "coverage_95", "trusted")  # fmt: skip


def prose_card(
    found: Mapping[str, Found],
    flat: Mapping[str, float],
    surrogate: str,
    made_for: str,
    families: Sequence[str],
    steps: int,
) -> dict[str, Any]:
    """Fields of `understudy.studies.cards.Card`.

    Args:
        found: splits by name, the main one first.
        flat: their metrics.
        surrogate: name of what is judged.
        made_for: its job.
        families: that the network has learned.
        steps: of its training.
    """
    main, first = next(iter(found.items()))
    errors = first.methods["answer"].columns["error"]
    low, high = resampled(
        lambda rows: float(errors[rows].mean()), len(errors), np.random.default_rng(0)
    )
    samples = f"95 % of resampled test sets of {len(errors)}"
    exact = f"prose.{main}.answer.exact_skeleton"
    answers = [
        {
            "name": f"mean relative error of the forecast, {main}", "unit": "",
            "value": flat[f"prose.{main}.answer.relative_l2"], "low": low, "high": high,
            "interval": samples,
        }
    ]  # fmt: skip
    if exact in flat:
        hits = first.methods["answer"].columns["exact"]
        low, high = resampled(
            lambda rows: float(np.nanmean(hits[rows])), len(hits), np.random.default_rng(0)
        )
        answers.append(
            {"name": "share of equations with the true terms", "unit": "", "value": flat[exact],
             "low": low, "high": high, "interval": samples}
        )  # fmt: skip
    judged = [own.methods["answer"].columns for own in found.values()]
    error, trusted = (
        np.concatenate([c[key] for c in judged if "trusted" in c]) for key in ("error", "trusted")
    )
    return {
        "surrogate": surrogate,
        "methods": ["answer"],
        "made_for": made_for,
        "trained_on": f"Its network learned {', '.join(families)} in {steps} steps, each on new "
        "samples that its generator drew; the search for equations needs no training.",
        "answers": answers,
        "error_by_region": {
            "caption": f"The answer by split, {main} is the main one",
            "columns": ["split", "samples", *_COLUMNS],
            "rows": [
                [split, len(own.methods["answer"].families),
                 *(flat.get(f"prose.{split}.answer.{c}") for c in _COLUMNS)]
                for split, own in found.items()
            ],
        },
        "coverage": [
            {"name": f"forecast of {split}", "stated": _STATED,
             "found": flat[f"prose.{split}.answer.coverage_95"],
             "cases": len(own.methods["answer"].families)}
            for split, own in found.items()
            if f"prose.{split}.answer.coverage_95" in flat
        ],
        "refuses_when": "The best equation leaves more than noise, misses a window left out, or "
        "leaves the forecast uncertain: the answer is then called doubtful or rejected. It called "
        f"{float((trusted == 0).mean()):.0%} of all {len(trusted)} so. A trusted forecast counts "
        f"as wrong where its relative error is above {BAD:g}.",
        "silent": float(((error > BAD) & (trusted > 0)).mean()),
        "rivals": [
            {"name": method, "where": "" if split == main else split,
             "own": flat[f"prose.{split}.answer.relative_l2"],
             "theirs": flat[f"prose.{split}.{method}.relative_l2"]}
            for split, own in found.items()
            for method in own.methods
            if method.startswith(_RIVALS)
        ],
        "certificate": "none: the verdict is a check of the misfit, and proves nothing",
    }  # fmt: skip

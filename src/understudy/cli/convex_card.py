"""The model card of certified networks, from their cases and quantities."""

import math
from collections.abc import Mapping
from statistics import median
from typing import Any

__all__ = ["convex_card"]

_OWN, _ROBUST = "column_generation", "robust_columns"


def convex_card(
    solved: Mapping[str, Any], judged: Mapping[str, Any], attacked: Mapping[str, Any]
) -> dict[str, Any]:
    """Fields of `understudy.studies.cards.Card`.

    Args:
        solved: JSON of convex-case, by case.
        judged: JSON of convex-quantity, by quantity.
        attacked: JSON of convex-robust, by problem.
    """
    rows = {
        f"{case} {beta}": own
        for case, found in solved.items()
        for beta, own in found["betas"].items()
        if _OWN in own
    }
    own_rows = [own[_OWN] for own in rows.values()]
    proofs = [row["certified_global"] for row in own_rows]
    proofs += [found["methods"][_OWN]["certified_global"] for found in judged.values()]
    gaps = [row["relative_gap"] for row in own_rows]
    gaps += [found["methods"][_OWN]["relative_gap"] for found in judged.values()]
    count, proved = len(proofs), int(sum(proofs))
    worst = max(gaps, default=math.nan)
    proof = (
        f"{'proved' if proved == count else 'heuristic'}: no two-layer ReLU network of any width "
        f"has an objective lower by more than a share of {worst:.1e}; proved in {proved} of "
        f"{count} problems, in the others nothing lower was found"
    )
    return {
        "surrogate": "Two-layer ReLU networks with a certificate",
        "methods": [_OWN, _ROBUST],
        "made_for": "Scalars of a simulation from a few inputs, where exact integrals, a proved "
        "optimum and a bound on the training are wanted.",
        "trained_on": _samples(judged)
        or f"The problems of the study: {', '.join([*rows, *attacked])}.",
        "answers": [*_errors(judged), *_gap(worst, proved, count), *_under_attack(attacked)],
        "error_by_region": {
            "caption": "Error over deviation, sqrt(1 - R2), by quantity; gap of the objective by "
            "case",
            "columns": ["region", "error over deviation", "relative gap", "neurons"],
            "rows": [
                [name, _error(found["methods"][_OWN]), found["methods"][_OWN]["relative_gap"],
                 found["methods"][_OWN]["neurons"]]
                for name, found in judged.items()
            ]
            + [
                [name, None, own[_OWN]["relative_gap"], own[_OWN].get("neurons")]
                for name, own in rows.items()
            ],
        },
        "coverage": [
            {"name": f"band of {name}", "stated": found["spec"]["spec"]["level"],
             "found": found["methods"][_OWN]["coverage"], "cases": found["unseen"]}
            for name, found in judged.items()
        ],
        "refuses_when": "An input is not finite or missing. Beyond the box of the training inputs "
        "it warns, and neither band nor optimum says anything there.",
        "silent": None,
        "rivals": _rivals(judged) + _objectives(rows) + _attackers(attacked),
        "certificate": proof if count else "none: no problem was solved in this study",
    }  # fmt: skip


def _error(row: Mapping[str, float]) -> float:
    """Error over deviation."""
    return math.sqrt(max(1 - row["r2"], 0.0))


def _samples(judged: Mapping[str, Any]) -> str:
    words = [
        f"{found['spec']['samples']} samples of {name}, {found['unseen']} others judge"
        for name, found in judged.items()
    ]
    return "; ".join(words)


def _errors(judged: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": f"error of {name} over its deviation", "value": _error(found["methods"][_OWN]),
         "unit": "", "low": None, "high": None,
         "interval": f"median of {found['spec']['designs']} designs"}
        for name, found in judged.items()
    ]  # fmt: skip


def _gap(worst: float, proved: int, count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    return [
        {"name": "greatest relative gap of the objective", "value": worst, "unit": "", "low": 0.0,
         "high": worst, "interval": f"bound, proved in {proved} of {count} problems"}
    ]  # fmt: skip


def _wrong(row: Mapping[str, Any]) -> list[float]:
    """Share of unseen samples that are wrong under attack, of each split."""
    return [1 - share for share in row["attacked_accuracy"]]


def _under_attack(attacked: Mapping[str, Any]) -> list[dict[str, Any]]:
    answers = []
    for name, found in attacked.items():
        own = _wrong(found["methods"][_ROBUST])
        answers.append(
            {"name": f"share wrong under attack, {name}", "value": median(own), "unit": "",
             "low": min(own), "high": max(own),
             "interval": f"median, least and greatest of {len(own)} splits"}
        )  # fmt: skip
    return answers


def _attackers(attacked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Medians of what is wrong under attack, of all methods."""
    return [
        {"name": method, "where": f"{name} under attack",
         "own": median(_wrong(found["methods"][_ROBUST])), "theirs": median(_wrong(row))}
        for name, found in attacked.items()
        for method, row in found["methods"].items()
        if method != _ROBUST
    ]  # fmt: skip


def _rivals(judged: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Errors of all methods, their mean over the quantities first."""
    rows = [
        {"name": method, "where": name, "own": _error(found["methods"][_OWN]),
         "theirs": _error(row)}
        for name, found in judged.items()
        for method, row in found["methods"].items()
        if method != _OWN
    ]  # fmt: skip
    means = []
    for method in dict.fromkeys(str(row["name"]) for row in rows):
        own = [row for row in rows if row["name"] == method]
        mean = {key: sum(row[key] for row in own) / len(own) for key in ("own", "theirs")}
        means.append({"name": method, "where": "", **mean})
    return means + (rows if len(judged) > 1 else [])


def _objectives(rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Solvers that reached a lower objective of a case than ours did."""
    return [
        {"name": solver, "where": f"objective of {case}", "own": own[_OWN]["value"],
         "theirs": row["value"]}
        for case, own in rows.items()
        for solver, row in own.items()
        if solver != _OWN
    ]  # fmt: skip

"""What evaluations of equations left, as flat numbers and as curves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float

from understudy.surrogates.forecast_errors import BAD, Judged

__all__ = ["Found", "Outcome", "along", "numbers", "read_evaluated", "told"]

_FLAGS = {"exact": "exact_skeleton", "coverage": "coverage_95", "trusted": "trusted",
          "number_coverage": "number_coverage_95"}  # fmt: skip

_HALVES = {"coverage_first_half": "coverage_95_first_half",
           "coverage_second_half": "coverage_95_second_half"}  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one method did with one split, all seeds and families one after the other.

    Attributes:
        families: name a sample.
        columns: of `Judged`, arrays with NaN where nothing is known; absent: not given.
        curve: mean error at each later time.
        seconds: of CPU time a sample.
        by_seed: mean error of each seed's network.
    """

    families: tuple[str, ...]
    columns: Mapping[str, Float[np.ndarray, " n"]]
    curve: Float[np.ndarray, " S"]
    seconds: float
    by_seed: Float[np.ndarray, " k"]


@final
@dataclass(frozen=True, kw_only=True)
class Found:
    """One split.

    Attributes:
        split: settings.
        methods: outcomes by name.
        pairs: family and what the network took the sample for.
    """

    split: Mapping[str, Any]
    methods: Mapping[str, Outcome]
    pairs: tuple[tuple[str, str], ...]


def read_evaluated(paths: Sequence[Path]) -> dict[str, Found]:
    """Splits by name, from files <split>-<seed>.json of prose-evaluate."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        grouped.setdefault(path.stem.rpartition("-")[0], []).append(json.loads(path.read_text()))
    return {name: _joined(tables) for name, tables in grouped.items()}


def _joined(tables: Sequence[Mapping[str, Any]]) -> Found:
    split = tables[0]["split"]
    names = split["families"]
    methods = {}
    for method in tables[0]["methods"]:
        rows = [row for table in tables for row in table["methods"][method]]
        families = [f for _ in tables for f in names]
        owners = [f for f, row in zip(families, rows, strict=True) for _ in row["error"]]
        columns = {"error": _column(rows, "error")}
        for k, half in enumerate(("first_half", "second_half")):
            columns[half] = np.array([pair[k] for row in rows for pair in row["halves"]])
        if rows[0]["coverage_halves"] is not None:
            for k, half in enumerate(("coverage_first_half", "coverage_second_half")):
                columns[half] = np.array(
                    [np.nan if pair[k] is None else pair[k]
                     for row in rows for pair in row["coverage_halves"]]
                )  # fmt: skip
        for name in (*_FLAGS, "number_error"):
            if rows[0][name] is not None:
                columns[name] = _column(rows, name)
        methods[method] = Outcome(
            families=tuple(owners), columns=columns,
            curve=np.mean([row["curve"] for row in rows], axis=0),
            seconds=float(np.mean([row["seconds"] for row in rows])),
            by_seed=np.array([_column(table["methods"][method], "error").mean()
                              for table in tables]),
        )  # fmt: skip
    pairs = [
        (family, name)
        for table in tables
        for family, own in zip(names, table["named"], strict=False)
        for name in own
    ]
    return Found(split=split, methods=methods, pairs=tuple(pairs))


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> Float[np.ndarray, " n"]:
    values = [value for row in rows for value in row[name]]
    return np.array([np.nan if value is None else float(value) for value in values])


def numbers(found: Mapping[str, Found]) -> dict[str, float]:
    """Metrics by name, prose.<split>.<method>.<quantity>, and some of each family."""
    flat: dict[str, float] = {}
    for split, own in found.items():
        for method, outcome in own.methods.items():
            flat |= _of(outcome, f"prose.{split}.{method}")
        flat |= _families(own, split)
        if "head" in own.methods:
            answer, head = (own.methods[m].columns["error"] for m in ("answer", "head"))
            flat[f"prose.{split}.answer.better_than_head"] = float((answer < head).mean())
    return flat


def along(found: Mapping[str, Found], setting: str) -> dict[float, str]:
    """The most splits that differ in one setting alone, by its value in rising order.

    How many samples a split has, and their seed, is no difference. Empty: there are fewer than
    three.
    """
    groups: dict[str, dict[float, str]] = {}
    for name, own in found.items():
        same = {k: v for k, v in own.split.items() if k not in {setting, "each", "seed"}}
        groups.setdefault(json.dumps(same, sort_keys=True), {})[own.split[setting]] = name
    most = max(groups.values(), key=len, default={})
    return dict(sorted(most.items())) if len(most) > 2 else {}


def _of(outcome: Outcome, start: str) -> dict[str, float]:
    columns = outcome.columns
    error = columns["error"]
    flat = {
        f"{start}.relative_l2": float(error.mean()),
        f"{start}.relative_l2_median": float(np.median(error)),
        f"{start}.relative_l2_p90": float(np.quantile(error, 0.9)),
        f"{start}.lost_share": float((error >= 1.0).mean()),
        f"{start}.first_half": float(columns["first_half"].mean()),
        f"{start}.second_half": float(columns["second_half"].mean()),
    }
    if len(outcome.by_seed) > 1:
        flat[f"{start}.relative_l2_seed_deviation"] = float(outcome.by_seed.std(ddof=1))
    for name, key in (_FLAGS | _HALVES).items():
        if name in columns and np.isfinite(columns[name]).any():
            flat[f"{start}.{key}"] = float(np.nanmean(columns[name]))
    if "number_error" in columns and np.isfinite(columns["number_error"]).any():
        flat[f"{start}.number_error"] = float(np.nanmedian(columns["number_error"]))
    if "trusted" in columns and (bad := error > BAD).any():
        flat[f"{start}.bad_trusted"] = float(columns["trusted"][bad].mean())
    return flat


def _families(found: Found, split: str) -> dict[str, float]:
    """Mean and median error of each family by the answer, the head and the oracle."""
    flat = {}
    for method in {"answer", "head", "oracle"} & set(found.methods):
        outcome = found.methods[method]
        owners = np.array(outcome.families)
        for family in dict.fromkeys(outcome.families):
            error = outcome.columns["error"][owners == family]
            start = f"prose.{split}.by_family.{family}.{method}"
            flat[f"{start}.relative_l2"] = float(error.mean())
            flat[f"{start}.relative_l2_median"] = float(np.median(error))
    return flat


def told(one: Judged) -> dict[str, Any]:
    """Arrays as lists; what is not known is null."""
    return {name: _plain(value) for name, value in vars(one).items()}


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value

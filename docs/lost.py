"""The page of methods that lost, from the numbers of committed studies alone."""

import json
import re
from collections import defaultdict
from pathlib import Path

__all__ = ["lost"]

_RACES = (
    (r"mmgp\.(?P<race>[^.]+)\.(?P<method>[^.]+)\.mean_rrmse", "mean RRMSE"),
    (r"boundary\.(?P<race>[^.]+)\.(?P<method>[^.]+)\.qoi\.w1", "W1 of the peak stress"),
    (r"(?P<race>prose\.[^.]+)\.(?P<method>[^.]+)\.relative_l2", "relative L2 error"),
    (
        r"(?P<race>evolution\.[^.]+)\.(?P<method>[^.]+)\.relative_l2",
        "relative L2 error",
    ),
    (
        r"(?P<race>chain\.[^.]+\.[^.]+)\.(?P<method>[^.]+)\.log_error",
        "error of the logarithm of the probability",
    ),
)
_SEED = re.compile(r"_seed\d+$")


def lost(results: Path) -> str:
    """Markdown: in each race the best method, and the others by how far they were behind."""
    lines = [
        "# Methods that lost",
        "",
        "Made by `docs/render.py` from `docs/results/`. A race is one data set and one error,",
        "lower is better; behind is the error over that of the best. Negative controls, and",
        "methods that were given the truth, are listed with the rest.",
        "",
    ]
    for path in sorted(results.glob("*/metrics.json")):
        metrics = json.loads(path.read_text())
        for pattern, words in _RACES:
            for race, errors in _races(metrics, pattern).items():
                lines += _table(path.parent.name, race, words, errors)
    return "\n".join(lines)


def _races(metrics: dict[str, float], pattern: str) -> dict[str, dict[str, float]]:
    """Error by method, by race; a race of one is none."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for name, value in metrics.items():
        match = re.fullmatch(pattern, name)
        if match and isinstance(value, int | float) and not _SEED.search(match["method"]):
            found[match["race"]][match["method"]] = float(value)
    return {race: errors for race, errors in sorted(found.items()) if len(errors) > 1}


def _table(study: str, race: str, words: str, errors: dict[str, float]) -> list[str]:
    order = sorted(errors, key=lambda method: (errors[method], method))
    best = errors[order[0]]
    lines = [
        f"## {race} (study [{study}](results/{study}/README.md))",
        "",
        f"| place | method | {words} | behind |",
        "|---|---|---|---|",
    ]
    for place, method in enumerate(order, start=1):
        behind = f"{errors[method] / best:.2f}" if best > 0 else ""
        lines.append(f"| `{place}` | `{method}` | `{errors[method]:.4g}` | `{behind}` |")
    return [*lines, ""]

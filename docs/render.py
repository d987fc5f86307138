"""Write the pages made from data: docs/configuration.md, docs/lost.md, docs/results/*/README.md.

python docs/render.py            write them
python docs/render.py --check    fail if a page is not what it would write
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from lost import lost

ROOT = Path(__file__).parents[1]
FIELD_COLUMNS = ["rrmse", "q2", "q2_about_mean_field", "relative_l2", "coverage_95", "crps"]
REGION_COLUMNS = [f"coverage_95_{region}" for region in ("notch_root", "edges", "bulk", "all")]
TRUST_COLUMNS = ["auroc", "accept_share", "warn_share", "refuse_share", "silent_failure_share"]
BUDGET_COLUMNS = ["total", "regression", "basis", "transfer", "mesh_noise", "calibration"]
SCALAR_COLUMNS = ["rrmse", "q2", "coverage_95", "yield_f1"]
ERROR_COLUMNS = ["mean_error", "std_error", "q95_error", "q99_error"]
LAW_COLUMNS = [f"qoi.{c}" for c in ("w1", *ERROR_COLUMNS)] + [
    f"field.{c}"
    for c in ("sliced_wasserstein", "energy_distance", "nearest_neighbour_ratio", "two_half_ratio")
]
RATIO_COLUMNS = [f"qoi.w1_ratio_{rival}" for rival in ("gaussian", "best_free", "replay")]
LEFT_OUT_COLUMNS = ["w1", "w1_at_unit_load", *ERROR_COLUMNS]
CHANGE_COLUMNS = ["mean_bias", "worst", "worst_of_ten", "q99_of_error", "field_error"]
CONVEX_COLUMNS = [
    "objective_ratio", "relative_gap", "certified_global", "probed_gap", "checked_gap",
    "violation", "neurons", "seconds",
]  # fmt: skip
QUANTITY_COLUMNS = ["r2", "r2_least", "r2_greatest", "coverage", "relative_gap", "seconds"]
ROBUST_COLUMNS = [
    "accuracy", "attacked_accuracy", "proved_accuracy", "attacked_loss", "proved_loss",
    "splits_below_line",
]  # fmt: skip
PROSE_ERRORS = ["relative_l2", "relative_l2_median", "relative_l2_p90", "first_half",
                "second_half", "lost_share", "relative_l2_seed_deviation"]  # fmt: skip
PROSE_TRUST = ["exact_skeleton", "number_error", "number_coverage_95", "coverage_95",
               "coverage_95_first_half", "coverage_95_second_half", "trusted",
               "bad_trusted"]  # fmt: skip
CHAIN_COLUMNS = ["mean_error", "log_error", "bias"]
CHAIN_CHECKS = ["checked", "inside", "mean_width", "widest", "left_out_of_band"]
RARE_COLUMNS = ["probability", "low", "high", "cov", "evaluations", "saving"]


def configuration() -> str:
    """The keys of a configuration, from the schema."""
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    lines = [
        "# Configuration",
        "",
        "Made from `workflow/schemas/config.schema.yaml`. An unknown key is an error at once.",
        "",
    ]
    blocks = {"top level": schema} | schema["$defs"]
    for name, block in blocks.items():
        if block["type"] != "object":
            continue
        lines += [f"## {name}", "", "| key | meaning |", "|---|---|"]
        lines += [
            f"| `{key}` | {_meaning(value, blocks)} |"
            for key, value in block["properties"].items()
        ]
        lines.append("")
    return "\n".join(lines)


def _meaning(value: dict[str, Any], blocks: dict[str, Any]) -> str:
    reference = value.get("$ref", "").rpartition("/")[2]
    words = [value.get("description", "")]
    if blocks.get(reference, {}).get("type") == "object":
        words.append(f"See [{reference}](#{reference}).")
    if "enum" in value:
        words.append("One of " + ", ".join(f"`{v}`" for v in value["enum"]) + ".")
    if "default" in value:
        words.append(f"Default `{value['default']}`.")
    return " ".join(filter(None, words))


def results(folder: Path) -> str:
    """The tables of a committed study."""
    metrics = json.loads((folder / "metrics.json").read_text())
    times = json.loads((folder / "timings.json").read_text())
    machine = json.loads((folder / "provenance.json").read_text())["machine"]
    lines = [
        f"# Results of the study `{folder.name}`",
        "",
        f"Made by `make study STUDY={folder.name}` from the committed `metrics.json`, "
        "`timings.json` and `provenance.json`.",
        "",
    ]
    for data in sorted({_section(name) for name in metrics}):
        start = f"{data}."
        short = {n.removeprefix(start): v for n, v in metrics.items() if n.startswith(start)}
        own = {n.removeprefix(start): v for n, v in times.items() if n.startswith(start)}
        lines += [f"## {data}", ""]
        kinds = {
            "boundary": _boundary,
            "chain": _chain,
            "convex": _convex,
            "mmgp": _mmgp,
            "prose": _prose,
        }
        lines += kinds[data.partition(".")[0]](short, own)
    lines += [
        f"Machine: `{machine['processor']}`, `{machine['cores']}` cores, one thread a job.",
        "",
    ]
    return "\n".join(lines)


def _mmgp(short: dict[str, float], times: dict[str, float]) -> list[str]:
    """The tables of a data set with surrogates."""
    lines = _table(short, "fields", FIELD_COLUMNS) + _table(short, "scalars", SCALAR_COLUMNS)
    lines += ["| method | mean RRMSE |", "|---|---|"]
    lines += [f"| {m} | {_number(short[f'{m}.mean_rrmse'])} |" for m in _methods(short)]
    own = {n.removeprefix("mmgp.fields."): v for n, v in short.items() if "mmgp.fields" in n}
    lines += ["", *_grid("Coverage by region", own, REGION_COLUMNS)]
    for title, part, columns in (
        ("Strange samples", "trust", TRUST_COLUMNS),
        ("Error budget (RRMSE)", "budget", BUDGET_COLUMNS),
        ("Learning curve (RRMSE)", "learning", ["mean_rrmse"]),
    ):
        lines += _grid(title, _part(short, part), columns)
    lines += [f"{name}: {short[name]:g}.  " for name in sorted(short) if "answers." in name]
    lines += ["", *_times(times)]
    return [
        *lines,
        f"A prediction is {times['speed_up']:.1f} times faster than a simulation, at a mean RRMSE "
        f"of {_number(short['mmgp.mean_rrmse'])}.",
        "",
    ]


def _boundary(short: dict[str, float], times: dict[str, float]) -> list[str]:
    """The tables of a law of boundary histories, the quantity of interest first."""
    full = {n.removeprefix("reference."): v for n, v in short.items() if n.startswith("reference")}
    lines = [
        "Full runs that laws are judged by: "
        + ", ".join(f"{n} {_plain(v)}" for n, v in full.items())
        + " (stresses in Pa).",
        "",
        *_ranked("Laws, the least W1 first", short, LAW_COLUMNS),
    ]
    lines += _rows("W1 of the network over that of rivals", short, RATIO_COLUMNS)
    corrected = sorted({n.partition(".")[0] for n in short if n.startswith("corrected_")})
    if corrected:
        both = [n.removeprefix("corrected_") for n in corrected]
        errors = [f"qoi.{c}" for c in ERROR_COLUMNS]
        title = "Corrected by the training runs, alone, and these runs"
        lines += _rows(title, short, errors, [*corrected, *both, "baseline_replay"])
    names = ("mean", "std", "q95")
    intervals = [f"{p}.{s}" for p in ("coverage", "mean_width_ratio_direct") for s in names]
    title = f"Intervals of {_plain(short.get('coverage.sets', 0))} small studies"
    lines += _rows(title, short, intervals)
    lines += _grid("Inputs left out of training", _part(short, "conditional"), LEFT_OUT_COLUMNS)
    lines += _grid("Exact histories, changed zones", _part(short, "changes"), CHANGE_COLUMNS)
    lines += _grid("Small probabilities", _part(short, "rare"), RARE_COLUMNS)
    if "speed_up" not in times:
        return lines
    return [
        *lines,
        *_times(times),
        f"Speed-up of a draw with its run of the zone over a full run: {times['speed_up']:.1f}, "
        f"over the fastest one {times['least_speed_up']:.1f}; at a W1 of "
        f"{_number(short['wgan_gp.qoi.w1'])}.",
        "",
    ]


def _prose(short: dict[str, float], times: dict[str, float]) -> list[str]:
    """The tables of a split of trajectories: methods, verdicts, families, times."""
    own = {n: v for n, v in short.items() if not n.startswith("by_family.")}
    end = ".relative_l2"
    names = sorted(
        (n.removesuffix(end) for n in own if n.endswith(end)), key=lambda n: own[n + end]
    )
    lines = _rows("Relative L2 errors", own, PROSE_ERRORS, names)
    lines += _grid("Equations, bands and verdicts", own, PROSE_TRUST)
    lines += _rows("Families", _part(short, "by_family"), PROSE_ERRORS)
    if "answer.better_than_head" in own:
        share = own["answer.better_than_head"]
        lines += [f"The answer is better than the head on {100 * share:.1f} % of the samples.", ""]
    return [*lines, *_times(times)]


def _chain(short: dict[str, float], times: dict[str, float]) -> list[str]:
    """The tables of a chain: of each failure its check, its rivals, its budget and its map."""
    lines = []
    for failure in sorted({n.partition(".")[0] for n in short if n.endswith(".inside")}):
        own = _part(short, failure)
        lines += _rows(
            f"`{failure}`: intervals against full runs, widths as factors",
            short, CHAIN_CHECKS, [failure],
        )  # fmt: skip
        methods = sorted(n for n in {k.partition(".")[0] for k in own} if f"{n}.log_error" in own)
        title = f"`{failure}`: errors of the probability at the checked holes"
        lines += _rows(title, own, CHAIN_COLUMNS, methods)
        for title, mark in (
            ("parts of the interval", "part_"),
            ("links undone one by one", "step_"),
            ("links, logarithm of a factor", "link_"),
            ("map", "map."),
        ):
            rows = [f"| {n.removeprefix(mark)} | {_number(own[n])} |" for n in sorted(own)
                    if n.startswith(mark)]  # fmt: skip
            lines += [f"`{failure}`: {title}:", "", "| | |", "|---|---|", *rows, ""]
    for part in ("zone", "equation"):
        rows = [f"| {n} | {_number(v)} |" for n, v in sorted(_part(short, part).items())]
        lines += [f"{part}:", "", "| | |", "|---|---|", *rows, ""]
    rows = [f"| {n.removesuffix('.seconds')} | {_number(v)} |" for n, v in times.items()]
    return [*lines, "| CPU time | seconds |", "|---|---|", *rows, ""]


def _section(name: str) -> str:
    """Stage and item; certified networks are all in one."""
    stage, item = name.split(".")[:2]
    return stage if stage == "convex" else f"{stage}.{item}"


def _convex(short: dict[str, float], times: dict[str, float]) -> list[str]:
    """The tables of cases, quantities and classifiers: a row a case and method."""
    both = short | times
    lines = []
    for title, mark, columns in (
        ("Objectives, over the best of ten L-BFGS starts, and gaps", "value", CONVEX_COLUMNS),
        ("R2 on unseen samples", "r2", QUANTITY_COLUMNS),
        ("Classifiers under attack, medians of splits", "attacked_accuracy", ROBUST_COLUMNS),
    ):
        end = f".{mark}"
        names = [n.removesuffix(end) for n in short if n.endswith(end) and n.count(".") == 2]
        lines += _rows(title, both, columns, names)
    return lines


def _part(short: dict[str, float], part: str) -> dict[str, float]:
    start = f"{part}."
    return {n.removeprefix(start): v for n, v in short.items() if n.startswith(start)}


def _times(times: dict[str, float]) -> list[str]:
    rows = [f"| {n} | {_number(v)} |" for n, v in times.items() if n.endswith("_seconds")]
    return ["| time | seconds |", "|---|---|", *rows, ""]


def _ranked(title: str, short: dict[str, float], columns: list[str]) -> list[str]:
    """A row a law that has a W1, the least first."""
    end = ".qoi.w1"
    laws = sorted(
        (n.removesuffix(end) for n in short if n.endswith(end)), key=lambda n: short[n + end]
    )
    return _rows(title, short, columns, laws)


def _rows(
    title: str, short: dict[str, float], columns: list[str], names: list[str] | None = None
) -> list[str]:
    """A table of `<row>.<column>` whose columns may hold points; nothing without rows."""
    shown = [c for c in columns if any(n.endswith(f".{c}") for n in short)]
    if names is None:
        names = sorted(
            {n.removesuffix(f".{c}") for c in shown for n in short if n.endswith(f".{c}")}
        )
    if not names or not shown:
        return []
    lines = [f"{title}:", "", f"| | {' | '.join(shown)} |", "|---" * (len(shown) + 1) + "|"]
    for name in names:
        cells = [_number(short.get(f"{name}.{c}")) for c in shown]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return [*lines, ""]


def _plain(value: float) -> str:
    return f"{value:.5g}"


def _methods(short: dict[str, float]) -> list[str]:
    scored = {name.split(".")[0] for name in short if name.split(".")[1:] == ["mean_rrmse"]}
    return sorted(scored, key=lambda m: (m != "mmgp", m))


def _grid(title: str, values: dict[str, float], columns: list[str]) -> list[str]:
    """A table of `<row>.<column>`; nothing without rows."""
    shown = [c for c in columns if any(n.rpartition(".")[2] == c for n in values)]
    rows = {n.rpartition(".")[0] for n in values if n.rpartition(".")[2] in shown}
    if not rows:
        return []
    lines = [f"{title}:", "", f"| | {' | '.join(shown)} |", "|---" * (len(shown) + 1) + "|"]
    for row in sorted(rows, key=lambda r: [r.rstrip("0123456789"), len(r), r]):
        cells = [_number(values.get(f"{row}.{c}")) for c in shown]
        lines.append(f"| `{row}` | {' | '.join(cells)} |")
    return [*lines, ""]


def _table(short: dict[str, float], kind: str, columns: list[str]) -> list[str]:
    names = sorted({n.split(".")[2] for n in short if n.startswith(f"mmgp.{kind}.")})
    lines = [
        f"| {kind[:-1]} | method | {' | '.join(columns)} |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for name in names:
        for method in _methods(short):
            cells = [_number(short.get(f"{method}.{kind}.{name}.{c}")) for c in columns]
            lines.append(f"| `{name}` | {method} | {' | '.join(cells)} |")
    return [*lines, ""]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value == int(value):
        return f"{value:.0f}"
    return f"{value:.2e}" if abs(value) < 0.01 else f"{value:.4f}"


def pages() -> dict[Path, str]:
    """Every generated page and its text."""
    made = {ROOT / "docs/configuration.md": configuration()}
    made[ROOT / "docs/lost.md"] = lost(ROOT / "docs/results")
    for metrics in sorted((ROOT / "docs/results").glob("*/metrics.json")):
        made[metrics.parent / "README.md"] = results(metrics.parent)
    return made


def main(check: bool) -> int:
    """Write or check."""
    stale = [
        path for path, text in pages().items() if not path.exists() or path.read_text() != text
    ]
    for path in stale:
        sys.stdout.write(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}\n")
        if not check:
            path.write_text(pages()[path])
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))

"""A report of made sections that has all that a page can have."""

import csv
import json

import numpy as np

from synthetic import necked_plate
from understudy.__main__ import main
from understudy.figures.turn import draw_surface, turns

TEMPLATE = "workflow/report/report.html.j2"


def card(**changes):
    """A model card that holds."""
    return {
        "surrogate": "MMGP", "methods": ["mmgp"], "made_for": "Fields of necked plates.",
        "trained_on": "64 plates, judged on 16 others.",
        "answers": [
            {"name": "mean RRMSE over 3 outputs", "value": 0.0123, "unit": "", "low": 0.01,
             "high": 0.015, "interval": "95 % of resampled test sets of 16"},
            {"name": "times faster", "value": 28.0, "unit": "", "low": None, "high": None,
             "interval": "ratio of medians"},
        ],
        "error_by_region": {
            "caption": "RRMSE by region", "columns": ["region", *(f"u_{k}" for k in range(14))],
            "rows": [["notch root", *(0.0123 * k for k in range(13)), None]],
        },
        "coverage": [{"name": "u_x", "stated": 0.95, "found": 0.94, "cases": 64},
                     {"name": "u_y", "stated": 0.95, "found": 0.3, "cases": 64}],
        "refuses_when": "The shape is unlike those of training.", "silent": 0.0,
        "rivals": [{"name": "baseline_pod_ridge", "where": "", "own": 0.0123, "theirs": 0.02}],
        "certificate": "none: it proves nothing",
    } | changes  # fmt: skip


def section(**changes):
    """What a stage writes."""
    return {
        "title": "MMGP on necked_plate", "question": "How well, and can it be trusted?",
        "notes": ["One prediction takes 0.003 s."], "card": card(),
        "tables": [
            {"caption": "Fields", "columns": ["field", "method", *(f"m{k}" for k in range(12))],
             "rows": [["u", "mmgp", *np.linspace(0, 1, 12).tolist()],
                      ["u", "baseline_pod_ridge", *np.linspace(1e-7, 1e7, 12).tolist()]]},
            {"caption": "Refusals", "columns": ["sample", "reason"], "rows": []},
        ],
        "figures": [],
    } | changes  # fmt: skip


def write_report(folder, sections=None):
    """Path of a page, made by the verb from files as the workflow leaves them."""
    folder.mkdir(exist_ok=True)
    mesh = necked_plate(0.4, 15, 15, np.random.default_rng(0))
    values = np.sin(2 * mesh.points[:, 0])
    poster, scene = folder / "turn.png", folder / "turn.html"
    draw_surface(poster, scene if turns() else None, mesh, values, values**2, "error")
    own = {"poster": str(poster), "scene": str(scene) if turns() else None, "caption": "A field."}
    figures = [{"file": str(poster), "caption": "A surface", "alt": "A surface over a plate"}]
    if sections is None:
        more = {"title": "Beyond", "question": "And elsewhere?", "notes": [], "tables": [],
                "figures": []}  # fmt: skip
        sections = [
            section(turn=own, figures=figures, more=[more]),
            section(title="A law", card=card(coverage=[], rivals=[])),
            section(title="A network", card=card(coverage=[], certificate="heuristic: of 2")),
        ]
    words = []
    for k, one in enumerate(sections):
        (folder / f"section-{k}.json").write_text(json.dumps(one))
        words.append(str(folder / f"section-{k}.json"))
    (folder / "numbers.json").write_text('{"a.b": 1.0}')
    (folder / "benchmarks").mkdir(exist_ok=True)
    for k in range(12):
        with (folder / f"benchmarks/job-{k}.tsv").open("w", newline="") as file:
            csv.writer(file, delimiter="\t").writerows([["s", "max_rss"], [k + 0.5, "100.0"]])
    (folder / "graph.svg").write_text(
        '<?xml version="1.0"?><svg width="90pt" height="20pt"><text y="10">a</text></svg>'
    )
    code = main(
        ["report", "--study", "made", "--settings", '{"seed": 0}', "--codes", '{"fit": "a1"}',
         "--sections", *words, "--metrics", f"{folder}/numbers.json", "--timings",
         f"{folder}/numbers.json", "--benchmarks", *map(str, sorted(folder.glob("benchmarks/*"))),
         "--graph", f"{folder}/graph.svg", "--template", TEMPLATE, "--out", f"{folder}/out"]
    )  # fmt: skip
    return code, folder / "out" / "report.html"

"""Stage: the report of a study, and its numbers, times and provenance, each in one file."""

import csv
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from understudy.cli.arguments import call
from understudy.cli.report_page import read_sections, render
from understudy.files import replacing, versions, write_json

__all__ = ["main", "run"]


def run(
    study: str,
    settings: str,
    codes: str,
    sections: tuple[Path, ...],
    metrics: tuple[Path, ...],
    timings: tuple[Path, ...],
    benchmarks: tuple[Path, ...],
    graph: Path,
    template: Path,
    out: Path,
) -> None:
    """Write report.html, metrics.json, timings.json and provenance.json.

    Args:
        study: name of the study.
        settings: its configuration as JSON.
        codes: digest of the code by rule and the folders of its data sets, as JSON.
        sections: JSON files, a stage each, with its model card.
        metrics: JSON files with deterministic numbers.
        timings: JSON files with times.
        benchmarks: tables that the workflow keeps of its jobs.
        graph: SVG picture of the rules.
        template: page to fill; what it includes lies beside it.
        out: folder to write to.
    """
    numbers, times = _joined(metrics), _joined(timings)
    times["jobs"] = [_benchmark(path) for path in benchmarks]
    times["wall_seconds_of_jobs"] = sum(job["seconds"] for job in times["jobs"])
    provenance = {
        "study": study,
        "settings": json.loads(settings),
        "codes": json.loads(codes),
        "software": versions(),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "libc": "-".join(platform.libc_ver()),
            "processor": _processor(),
            "cores": os.cpu_count(),
        },
    }
    svg = graph.read_text(encoding="utf-8")
    text = render(template, study, read_sections(sections), svg, times, provenance)
    write_json(out / "metrics.json", numbers)
    write_json(out / "timings.json", times)
    write_json(out / "provenance.json", provenance)
    with replacing(out / "report.html") as temporary:
        temporary.write_text(text, encoding="utf-8")


def _joined(paths: Sequence[Path]) -> dict[str, Any]:
    return {k: v for path in paths for k, v in json.loads(path.read_text()).items()}


def _benchmark(path: Path) -> dict[str, Any]:
    with path.open(newline="") as file:
        row = next(csv.DictReader(file, delimiter="\t"))
    memory = row.get("max_rss", "")
    parts = path.with_suffix("").parts
    known = memory.replace(".", "", 1).isdigit()
    return {
        "job": "/".join(
            parts[parts.index("benchmarks") + 1 :] if "benchmarks" in parts else parts
        ),
        "seconds": float(row["s"]),
        "memory_mib": float(memory) if known else None,
    }


def _processor() -> str:
    """Name of the processor, where Linux tells it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "report")

"""Two studies that differ in known ways, as folders."""

import json

import pytest

SETTINGS = {
    "seed": 1,
    "data_sets": {"plate": {"mesh_size": 0.2}, "rod": {"mesh_size": 0.1}},
    "mmgp": {"plate": {"rank": 3}},
    "boundary": {"impact": {"training": 40}},
    "evolution": {"fields": {"data_sets": ["rod"]}},
}
CODES = {
    "mmgp_fit": "a",
    "score": "a",
    "impact_run": "a",
    "evolution_train": "a",
    "data set plate": "plate-a",
    "data set impact_down": "impact-a",
}
METRICS = {"mmgp.plate.q2": 0.5, "boundary.impact.w1": 2.0, "evolution.fields.error": 0.25}


def write(folder, metrics=METRICS, settings=SETTINGS, codes=CODES, software=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(metrics))
    origin = {
        "settings": settings,
        "codes": codes,
        "software": software or {"numpy": "1.26"},
        "machine": {"processor": "one"},
    }
    (folder / "provenance.json").write_text(json.dumps(origin))
    for name in ("timings.json", "report.html"):
        (folder / name).write_text("{}")
    return folder


@pytest.fixture
def study(tmp_path):
    return write(tmp_path / "results" / "one")

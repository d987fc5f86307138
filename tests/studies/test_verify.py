import json
from pathlib import Path

import pytest

from studies.conftest import METRICS, write
from understudy.__main__ import main
from understudy.studies import Tolerance, judge, read_tolerances

ROOT = Path(__file__).parents[2]
TOLERANCES = """
tolerances:
  - {metrics: "mmgp.*", relative: 0.0, absolute: 0.01, why: rounding}
  - {metrics: "*", relative: 0.1, absolute: 0.0, why: chance}
"""


@pytest.fixture
def reference(tmp_path):
    (tmp_path / "tolerances.yaml").write_text(TOLERANCES)
    return write(tmp_path / "reference")


def verify(tmp_path, metrics):
    write(tmp_path / "study", metrics)
    words = ["--reference", tmp_path / "reference", "--tolerances", tmp_path / "tolerances.yaml"]
    return main(["verify", str(tmp_path / "study"), *map(str, words)])


def test_numbers_within_their_tolerances_agree(reference, tmp_path, capsys):
    near = {"mmgp.plate.q2": 0.509, "boundary.impact.w1": 2.19, "evolution.fields.error": 0.26}
    assert verify(tmp_path, near) == 0
    assert "verify: 3 numbers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mmgp.plate.q2": 0.511}, "mmgp.plate.q2: expected 0.5 within 0.01, got 0.511"),
        ({"boundary.impact.w1": 2.3}, "boundary.impact.w1: expected 2.0 within 0.2, got 2.3"),
        ({"prose.new": 1.0}, "prose.new: expected None within 0, got 1.0"),
        ({"mmgp.plate.q2": None}, "mmgp.plate.q2: expected 0.5 within 0.01, got None"),
    ],
)
def test_one_number_too_far_fails(reference, tmp_path, capsys, change, words):
    assert verify(tmp_path, METRICS | change) == 1
    said = capsys.readouterr()
    assert words in said.out
    assert "understudy compare" in said.err


def test_a_study_becomes_the_reference(reference, tmp_path):
    write(tmp_path / "study", METRICS | {"mmgp.plate.q2": 0.7})
    log = tmp_path / "log"
    log.write_text(
        "[Sun Nov 29 01:00:00 2026]\nJob 3: Draw\n[Sun Nov 29 01:00:06 2026]\n"
        "Finished jobid: 3 (Rule: design)\n"
    )
    words = ["--reference", tmp_path / "new", "--tolerances", "none", "--write", log]
    assert main(["verify", str(tmp_path / "study"), *map(str, words)]) == 0
    assert json.loads((tmp_path / "new/metrics.json").read_text())["mmgp.plate.q2"] == 0.7
    assert json.loads((tmp_path / "new/seconds.json").read_text()) == {"design": 6.0}


def test_the_first_pattern_that_fits_decides():
    rules = [
        Tolerance(metrics="a.*", relative=0.0, absolute=1.0, why="x"),
        Tolerance(metrics="*", relative=0.0, absolute=0.0, why="x"),
    ]
    assert [o.share for o in judge({"a.b": 2.0}, {"a.b": 1.5}, rules)] == [0.5]
    assert [o.share for o in judge({"b": 2.0}, {"b": 1.5}, rules)] == [float("inf")]
    with pytest.raises(ValueError, match="b: expected a tolerance"):
        judge({"b": 2.0}, {}, rules[:1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [", "not YAML"),
        ("tolerances: 3", "expected a list"),
        ("tolerances: [{metrics: a}]", r"tolerances\[0\]: expected keys"),
        ("tolerances: [{metrics: a, relative: -1, absolute: 0, why: x}]", "relative: expected"),
        (
            "tolerances: [{metrics: a, relative: 1, absolute: 0, why: ''}]",
            "why: expected a reason",
        ),
        ("tolerances: !!python/object/apply:os.getcwd []", "not YAML"),
    ],
)
def test_a_wrong_file_of_tolerances_is_named(tmp_path, text, words):
    path = tmp_path / "t.yaml"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"t\.yaml.*{words}"):
        read_tolerances(path)


@pytest.mark.parametrize(
    "name", sorted(p.parent.name for p in (ROOT / "tests/reference").glob("*/metrics.json"))
)
def test_the_references_that_are_kept_agree_with_themselves(name, capsys):
    folder = ROOT / "tests/reference" / name
    words = ["--reference", folder, "--tolerances", ROOT / "tests/reference/tolerances.yaml"]
    assert main(["verify", str(folder), *map(str, words)]) == 0
    assert set(json.loads((folder / "seconds.json").read_text())) >= {"design", "mmgp_fit"}

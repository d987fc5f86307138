import json

import pytest

from studies.conftest import CODES, METRICS, SETTINGS, write
from understudy.__main__ import main
from understudy.studies import causes, changes, read_record


def compared(tmp_path, **second):
    one, two = write(tmp_path / "a"), write(tmp_path / "b", **second)
    first, other = read_record(one), read_record(two)
    found = changes(first, other)
    return found, {c.stage: c for c in causes(found, first, other)}


def test_equal_studies_differ_in_nothing(tmp_path):
    assert compared(tmp_path) == ([], {})


def test_a_setting_explains_the_numbers_of_its_stage_alone(tmp_path):
    settings = SETTINGS | {"mmgp": {"plate": {"rank": 4}}}
    metrics = METRICS | {"mmgp.plate.q2": 0.6, "boundary.impact.w1": 2.5}
    found, why = compared(tmp_path, settings=settings, metrics=metrics)
    assert [c.name for c in found] == ["mmgp.plate.rank", "boundary.impact.w1", "mmgp.plate.q2"]
    assert [c.name for c in why["mmgp"].reasons] == ["mmgp.plate.rank"]
    assert why["boundary"].reasons == ()
    assert why["mmgp"].greatest == pytest.approx(0.1 / 0.6)


@pytest.mark.parametrize(
    ("codes", "stage"),
    [
        ({"impact_run": "b"}, "boundary"),
        ({"score": "b"}, "mmgp"),
        ({"evolution_train": "b"}, "evolution"),
        ({"data set plate": "plate-b"}, "mmgp"),
        ({"data set impact_down": "impact-b"}, "boundary"),
    ],
)
def test_code_explains_the_numbers_of_its_stage(tmp_path, codes, stage):
    metrics = {name: value + 1.0 for name, value in METRICS.items()}
    _, why = compared(tmp_path, codes=CODES | codes, metrics=metrics)
    assert {s for s, c in why.items() if c.reasons} == {stage}


def test_a_data_set_reaches_each_stage_that_names_it(tmp_path):
    settings = SETTINGS | {"data_sets": SETTINGS["data_sets"] | {"rod": {"mesh_size": 0.3}}}
    metrics = {name: value + 1.0 for name, value in METRICS.items()}
    _, why = compared(tmp_path, settings=settings, metrics=metrics)
    assert {s for s, c in why.items() if c.reasons} == {"evolution"}


def test_software_is_a_reason_where_nothing_else_is(tmp_path):
    metrics = METRICS | {"mmgp.plate.q2": 0.6}
    _, why = compared(tmp_path, software={"numpy": "2.3"}, metrics=metrics)
    assert [(c.kind, c.name) for c in why["mmgp"].reasons] == [("software", "numpy")]


def test_the_verb_tells_both(tmp_path, capsys):
    settings = SETTINGS | {"seed": 2}
    write(tmp_path / "a")
    write(tmp_path / "b", settings=settings, metrics=METRICS | {"mmgp.plate.q2": 0.6})
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    said = capsys.readouterr().out
    assert "  seed: 1 | 2\n" in said
    assert "why mmgp (1 numbers, at most 0.17 of mmgp.plate.q2): settings seed\n" in said


def test_an_unfinished_study_is_named(study, capsys):
    (study / "metrics.json").unlink()
    assert main(["compare", str(study), str(study)]) == 2
    assert "metrics.json: no such file; is the study finished?" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"settings": {}})])
def test_a_broken_account_is_named(study, content, capsys):
    (study / "provenance.json").write_text(content)
    assert main(["compare", str(study), str(study)]) == 2
    assert "provenance.json: " in capsys.readouterr().err

"""The page of a study: what each stage owes it, how numbers are shown, that it stands alone."""

import json
import re

import numpy as np
import pytest

from report.pages import card, section, write_report
from understudy.cli.prose_card import prose_card
from understudy.cli.prose_results import Found, Outcome, numbers
from understudy.cli.report_page import show, text
from understudy.studies.cards import read_card


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    code, path = write_report(tmp_path_factory.mktemp("made"))
    assert code == 0
    return path


def test_the_page_answers_first_and_stands_alone(made):
    page = made.read_text()
    first = page[: page.index('<nav aria-label="Contents"')]
    for words in ("How well, and can it be trusted?", "0.0123", "[0.01, 0.015]", "do not use",
                  "Bands miss far too often: u_y 30", "with care", "holds"):  # fmt: skip
        assert words in first, words
    linked = re.findall(r'(?:src|href)="([^"#][^"]*)"', page)
    assert linked
    assert all(address.startswith("data:") for address in linked)


def test_a_model_card_says_what_it_is_for_and_what_beat_it(tmp_path):
    rivals = [{"name": "baseline_gp", "where": "", "own": 0.0123, "theirs": 0.01}]
    code, path = write_report(tmp_path / "a", [section(card=card(rivals=rivals))])
    assert code == 0
    page = path.read_text()
    for words in ("Fields of necked plates.", "64 plates", "RRMSE by region", "None: it proves",
                  "The shape is unlike", "gp: 0.01 against 0.0123."):  # fmt: skip
        assert words in page, words


def test_jobs_are_named_by_their_place_the_longest_first(made):
    times = json.loads((made.parent / "timings.json").read_text())
    assert {job["job"] for job in times["jobs"]} == {f"job-{k}" for k in range(12)}
    page = made.read_text()
    assert page.index("job-11") < page.index("job-4<") < page.index("4 shorter jobs")


@pytest.mark.claim(
    "A stage without a model card stops the report, and its verdict follows from stated rules."
)
@pytest.mark.parametrize("name", ["card", "question", "tables"])
def test_a_stage_without_what_it_owes_is_named_and_no_page_is_written(tmp_path, capsys, name):
    broken = section()
    del broken[name]
    code, path = write_report(tmp_path / "a", [section(), broken])
    assert code == 2
    said = capsys.readouterr().err
    assert "section-1.json: expected a" in said
    assert f"'{name}'" in said
    assert not path.exists()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (0.0, "0"), (0.0123456, "0.0123"), (0.987654, "0.98765"), (12.345, "12.3"),
        (1234.5, "1234"), (-0.5, "−0.5"), (2.11e-7, "2.11e-07"), (3e7, "3.00e+07"), (7, "7"),
        ("P, E", "P, E"), (True, "True"),
    ],
)  # fmt: skip
def test_a_cell_is_short_and_tells_shares_near_one_apart(value, shown):
    assert show(value) == shown


def test_names_of_the_code_keep_their_case():
    assert text("bands hold") == "Bands hold"
    assert text("u_y_top of it") == "u_y_top of it"


def outcome(errors, **columns):
    return Outcome(
        families=("a",) * len(errors), curve=np.ones(2), seconds=1.0,
        by_seed=np.array([errors.mean()]),
        columns={"error": errors, "first_half": errors, "second_half": errors} | columns,
    )  # fmt: skip


def test_the_card_of_answers_counts_what_was_wrong_and_trusted():
    """Of four answers two are wrong, and one of these was trusted."""
    errors = np.array([0.01, 0.02, 0.5, 0.9])
    answer = outcome(
        errors, exact=np.array([1.0, 1, 0, 0]), trusted=np.array([1.0, 1, 1, 0]),
        coverage=np.array([1.0, 0.9, 0.5, 0.4]),
    )  # fmt: skip
    methods = {"answer": answer, "oracle": outcome(errors / 9), "head": outcome(errors / 4)}
    split = Found(split={"families": ["a"]}, methods=methods, pairs=())
    found = {"known": split}
    own = read_card(
        {"card": prose_card(found, numbers(found), "Answers", "A window.", ["a"], 10)}, "prose"
    )
    assert own.silent == 0.25
    assert "called 25% of all 4 so" in own.refuses_when
    assert own.coverage[0].found == pytest.approx(0.7)
    assert [rival.name for rival in own.beaten_by] == ["head"]
    first, exact = own.answers
    assert first.value == pytest.approx(errors.mean())
    assert first.low <= first.value <= first.high
    assert (exact.low, exact.value, exact.high) == (0.0, 0.5, 1.0)

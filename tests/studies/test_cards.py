"""Model cards: what each stage owes, and the word that follows from its numbers by rule."""

import pytest

from understudy.studies.cards import RULES, judge, read_card


def card(**changes):
    """A card whose verdict is `holds`."""
    given = {
        "surrogate": "MMGP", "methods": ["mmgp"], "made_for": "Fields.", "trained_on": "8 plates.",
        "answers": [{"name": "error", "value": 0.1, "unit": "", "low": 0.05, "high": 0.2,
                     "interval": "95 %"}],
        "error_by_region": {"caption": "Errors", "columns": ["region", "u"], "rows": [["all", 1]]},
        "coverage": [{"name": "u", "stated": 0.95, "found": 0.95, "cases": 100}],
        "refuses_when": "Never.", "silent": 0.0,
        "rivals": [{"name": "baseline_mean", "where": "", "own": 0.1, "theirs": 0.3}],
        "certificate": "none: it proves nothing",
    }  # fmt: skip
    return {"card": given | changes}


def verdict(**changes):
    return judge(read_card(card(**changes), "section.json"))


def rival(theirs, where="", own=0.1):
    return {"name": "baseline_pod_ridge", "where": where, "own": own, "theirs": theirs}


def band(found, cases=100):
    return [{"name": "u", "stated": 0.95, "found": found, "cases": cases}]


def test_a_surrogate_that_keeps_its_word_holds_and_says_why():
    found = verdict()
    assert found.word == "holds"
    assert found.reasons[0] == "none of 1 rivals errs less"
    assert "u 95\N{NO-BREAK SPACE}%" in found.reasons[1]


@pytest.mark.parametrize(
    ("found", "cases", "word"),
    [
        (0.89, 100, "holds"),  # 0.95 - 0.02 - 2 sqrt(.95 .05 / 100) = 0.886
        (0.88, 100, "with care"),
        (0.81, 100, "with care"),  # misses 0.19 of 0.15 + 2 se = 0.194
        (0.80, 100, "do not use"),
        (0.88, 20, "holds"),  # fewer cases say less
        (0.88, 10_000, "with care"),
        (1.0, 100, "holds"),
    ],
)
def test_a_band_is_judged_by_what_chance_allows(found, cases, word):
    assert verdict(coverage=band(found, cases)).word == word


@pytest.mark.parametrize(
    ("rivals", "word"),
    [
        ([rival(0.0999)], "holds"),  # alike within 0.1 %
        ([rival(0.09)], "with care"),
        ([rival(0.051)], "with care"),
        ([rival(0.049)], "do not use"),
        ([rival(0.01, where="notch")], "with care"),  # elsewhere than on the main measure
        ([rival(0.0)], "do not use"),
        ([], "holds"),
    ],
)
def test_a_rival_that_errs_less_is_named_and_weighs_by_its_factor(rivals, word):
    found = verdict(rivals=rivals)
    assert found.word == word
    if word != "holds":
        assert found.reasons[0].startswith("pod ridge errs less: ")


@pytest.mark.parametrize(
    ("silent", "word"),
    [(None, "holds"), (0.05, "holds"), (0.06, "with care"), (0.21, "do not use")],
)
def test_what_was_wrong_without_a_warning_weighs(silent, word):
    assert verdict(silent=silent).word == word


@pytest.mark.parametrize(
    ("state", "word"), [("proved", "holds"), ("heuristic", "with care"), ("none", "holds")]
)
def test_a_promised_proof_is_there(state, word):
    assert verdict(certificate=f"{state}: of the gap").word == word


def test_the_weightiest_reason_comes_first():
    found = verdict(coverage=band(0.88), rivals=[rival(0.01)], silent=0.06)
    assert found.word == "do not use"
    assert found.reasons[0] == "pod ridge errs less: 10 times"
    assert len(found.reasons) == 3


def test_every_word_has_its_rule():
    assert set(RULES) == {"holds", "with care", "do not use"}


@pytest.mark.parametrize("name", sorted(card()["card"]))
def test_a_field_that_is_missing_names_the_stage(name):
    section = card()
    del section["card"][name]
    with pytest.raises(ValueError, match=rf"mmgp/section.json: card: expected a field '{name}'"):
        read_card(section, "mmgp/section.json")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"title": "t"}, r"x: expected a mapping 'card', got \['title'\]"),
        (card(colour="red"), "x: card: expected .*, got 'colour' too"),
        (card(answers=[]), "x: card.answers: expected at least one number, got none"),
        (card(answers={}), "x: card.answers: expected a list, got dict"),
        (card(answers=[{"name": "e"}]), r"x: card.answers\[0\]: expected a field 'high'"),
        (card(coverage=band(1.2)), "x: card.coverage u: expected shares within 0 and 1"),
        (card(coverage=band(0.9, 0)), "x: card.coverage u: expected .*at least one case"),
        (card(made_for=" "), "x: card.made_for: expected a sentence, got nothing"),
        (card(certificate="sure"), "x: card.certificate: expected 'proved: '.* got 'sure'"),
        (card(error_by_region={}), r"x: card.error_by_region: expected \['caption'"),
    ],
)
def test_a_strange_card_is_refused_by_name(section, message):
    with pytest.raises(ValueError, match=message):
        read_card(section, "x")


def test_who_is_better_on_the_main_measure_comes_before_who_is_better_elsewhere():
    rivals = [rival(0.01, where="notch"), rival(0.09), rival(0.08)]
    found = read_card(card(rivals=rivals), "x").beaten_by
    assert [(r.where, r.theirs) for r in found] == [("", 0.08), ("", 0.09), ("notch", 0.01)]

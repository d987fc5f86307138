"""Classifiers against attacks."""

import numpy as np
import pytest

from understudy.cli.convex_robust import robust_notes, robust_numbers, robust_table
from understudy.convex import Logistic, ReluProblem, attacked
from understudy.surrogates.robust_evaluation import RobustCase, judge_robust, trained_against


@pytest.fixture(scope="module")
def judged():
    case = RobustCase(radius=0.12, samples=90, tests=200, splits=2, betas=(1e-3, 0.3))
    return {"moons": judge_robust(case)}


def test_no_attack_finds_more_than_the_proved_loss(judged):
    """Of no method, in no split; what is proved right is right under attack."""
    for row in judged["moons"]["methods"].values():
        for told, found in zip(row["proved_loss"], row["attacked_loss"], strict=True):
            assert told >= found - 1e-9
        for least, held, right in zip(
            row["proved_accuracy"], row["attacked_accuracy"], row["accuracy"], strict=True
        ):
            assert least <= held <= right


def test_the_robust_network_beats_the_robust_line_on_moons(judged):
    """The line cannot bend; a great decay, which forbids bending too, is not what is chosen."""
    own = judged["moons"]["methods"]["robust_columns"]
    line = judged["moons"]["methods"]["baseline_robust_line"]
    assert min(own["attacked_accuracy"]) > max(line["attacked_accuracy"]) + 0.03
    assert own["beta"] == [1e-3, 1e-3]
    # A line's worst case is known: the attack finds it.
    assert line["proved_loss"] == pytest.approx(line["attacked_loss"], rel=1e-6)
    numbers = robust_numbers(judged)
    assert numbers["convex.moons.robust_columns.splits_below_line"] == 0
    assert numbers["convex.moons.robust_columns.least_spare_loss"] >= 0


def test_training_against_an_attack_lowers_the_attacked_loss():
    """On the samples that it is trained on."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.uniform(-1, 1, (80, 2)), np.ones(80)])
    y = np.where(np.abs(x[:, 0]) + 0.3 * rng.standard_normal(80) > 0.5, 1.0, -1.0)
    problem = ReluProblem(x=x, y=y, beta=1e-4, loss=Logistic())
    moves = np.array([True, True, False])
    losses = [
        problem.loss.value(
            attacked(problem, trained_against(problem, radius, 0), 0.2, moves), np.ones(80)
        )
        for radius in (0.2, 0.0)
    ]
    assert losses[0] < 0.8 * losses[1]


def test_the_table_names_all_methods_and_the_note_who_wins(judged):
    (table,) = robust_table(judged)
    assert {row[1] for row in table["rows"]} == set(judged["moons"]["methods"])
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
    (note,) = robust_notes(judged)
    assert "in 0 of 2 splits" in note
    assert robust_table({}) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"problem": "cats"}, "problem: expected one of"),
        ({"loss": "hinge"}, "loss: expected one of"),
        ({"radius": 0.0}, "radius: expected more than 0"),
        ({"betas": ()}, "betas: expected some above 0"),
        ({"samples": 5}, "expected at least 6"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        RobustCase(**settings)


def test_too_many_samples_are_named():
    case = RobustCase(problem="tumours", samples=600, splits=1)
    with pytest.raises(ValueError, match="expected fewer than 569, got 600"):
        judge_robust(case)

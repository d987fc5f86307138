"""The command that finds equations of time series."""

import csv
import json

import numpy as np
import pytest

from understudy.__main__ import main
from understudy.data.series import write_series
from understudy.equations.parse import parse
from understudy.equations.sensitivity import Sensitivity
from understudy.surrogates.equation_discovery import Discovery

PREY = parse("x' = 1.1*x - 0.4*x*y; y' = 0.1*x*y - 0.4*y")
GUESS = "y' = c*x*y - d*y; x' = a*x - b*x*y + e*y^2"
TIMES = np.linspace(0.0, 8.0, 48)


@pytest.fixture
def histories(tmp_path):
    """Three windows of prey and predators that begin at other times, 2 % noise."""
    rng = np.random.default_rng(0)
    start = rng.uniform(2.0, 6.0, (2, 3))
    clean = Sensitivity(PREY, substeps=10).states_at(np.empty((0, 3)), start, TIMES)
    paths = []
    for i, states in enumerate(clean + 0.02 * clean.std() * rng.standard_normal(clean.shape)):
        paths.append(tmp_path / f"window{i}.csv")
        write_series(paths[-1], ["t", "x", "y"], [TIMES + 10 * i, *states.T])
    return paths


def test_a_guess_with_a_term_too_many_is_corrected(histories, tmp_path, capsys):
    """Equation, numbers with deviations, verdict; all files of the answer."""
    out = tmp_path / "answer"
    assert main(["prose-solve", *map(str, histories), "--guess", GUESS, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "x' = c0*x + c1*x*y" in said
    assert "verdict: trusted" in said
    found = json.loads((out / "answer.json").read_text())
    best = found["candidates"][0]
    assert best["terms_removed"] == 1
    for number, truth in zip(best["numbers"].values(), (1.1, -0.4, -0.4, 0.1), strict=True):
        assert abs(number["value"] - truth) < 4 * number["deviation"]
    assert found["chi2_in_window_left_out"] < 1.5
    assert found["holds_until"] == pytest.approx(36.0)
    with (out / "forecast.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["t", "x", "y", "x_low", "y_low", "x_high", "y_high"]
    assert (float(rows[0]["t"]), float(rows[-1]["t"])) == (20.0, 36.0)
    assert "\\dot x" in (out / "equation.tex").read_text()
    assert (out / "forecast.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--guess", "x' = a*x"], "guess: expected an equation for each of x, y, got x"),
        (["--guess", "x' = a*(x; y' = y"], "cannot be read at line 1, column 10"),
        (["--guess", "x' = log(x); y' = y"], "log: expected a function"),
        (["--ahead", "0.5"], "ahead: expected at least 1, got 0.5"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_file(histories, tmp_path, capsys, words, message):
    """Exit code 2, and nothing written."""
    out = tmp_path / "none"
    assert main(["prose-solve", str(histories[0]), *words, "--out", str(out)]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_an_answer_without_a_finite_misfit_is_written_too(histories, tmp_path, monkeypatch):
    """No equation can be followed without the last window: null in the file."""
    monkeypatch.setattr(Discovery, "_held_out", lambda *_: np.inf)
    out = tmp_path / "answer"
    assert main(["prose-solve", *map(str, histories), "--guess", GUESS, "--out", str(out)]) == 0
    found = json.loads((out / "answer.json").read_text())
    assert found["chi2_in_window_left_out"] is None
    assert found["verdict"] == "rejected"
    assert any("last window" in reason for reason in found["reasons"])


def test_windows_that_do_not_match_are_named(histories, tmp_path, capsys):
    """Other columns, or other times."""
    other, short = tmp_path / "other.csv", tmp_path / "short.csv"
    write_series(other, ["t", "x", "z"], [TIMES, TIMES, TIMES])
    write_series(short, ["t", "x", "y"], [TIMES[:40], TIMES[:40], TIMES[:40]])
    for path, message in (
        (other, "expected the columns x, y of"), (short, "expected 48 rows over a time of 8"),
    ):  # fmt: skip
        words = ["prose-solve", str(histories[0]), str(path), "--out", str(tmp_path / "o")]
        assert main(words) == 2
        assert message in capsys.readouterr().err

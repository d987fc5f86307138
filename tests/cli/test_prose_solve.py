"""The command that finds equations of time series."""

import csv
import json

import numpy as np
import pytest

from understudy.__main__ import main
from understudy.data.series import write_series
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.parse import parse
from understudy.equations.sensitivity import Sensitivity
from understudy.equations.trajectories import TIMES as LEARNED
from understudy.equations.trajectories import draw, noisy
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


def test_noise_that_is_known_decides_what_is_trusted(histories, tmp_path, capsys):
    """A tenth of what there is: no equation of the library leaves so little."""
    out = tmp_path / "answer"
    words = ["--guess", "x' = a*x - b*x*y; y' = c*x*y - d*y", "--noise", "0.005"]
    assert main(["prose-solve", *map(str, histories), *words, "--out", str(out)]) == 0
    assert "verdict: rejected" in capsys.readouterr().out
    assert json.loads((out / "answer.json").read_text())["chi2"] > 9


def test_an_operator_speaks_where_there_is_no_equation(histories, tmp_path, capsys, monkeypatch):
    """A guess with a sine is not for the search, and the network writes nothing."""

    def asked(path, times, windows, names, guess, later, noise):
        del path, times, windows, guess
        zero = np.zeros((len(later), len(names)))
        return [], (zero, zero - 1, zero + 1)

    monkeypatch.setattr("understudy.cli.prose_solve._asked", asked)
    out = tmp_path / "answer"
    words = ["--guess", "x' = a*sin(y); y' = b*x", "--out", str(out)]
    assert main(["prose-solve", str(histories[0]), *words]) == 0
    said = capsys.readouterr().out
    assert "verdict: rejected" in said
    assert "an operator without an equation" in said
    found = json.loads((out / "answer.json").read_text())
    assert found["candidates"] == []
    assert (found["chi2"], found["source_of_forecast"]) == (None, "operator")
    assert (out / "equation.tex").read_text() == "% no equation could be followed\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--guess", "x' = a*x"], "guess: expected an equation for each of x, y, got x"),
        (["--guess", "x' = a*(x; y' = y"], "cannot be read at line 1, column 10"),
        (["--guess", "x' = log(x); y' = y"], "log: expected a function"),
        (["--ahead", "0.5"], "ahead: expected at least 1, got 0.5"),
        (["--noise", "-1"], "noise: expected at least 0, got -1"),
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
    monkeypatch.setattr(Discovery, "_held_out", lambda *_, **__: np.inf)
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


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A network that has learned next to nothing."""
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    recipe = {
        "families": ["lorenz"], "batch": 8, "training": {"steps": 2, "every": 1},
        "sizes": {"width": 16, "heads": 2, "data": 1, "symbols": 1, "fusion": 1, "queries": 1,
                  "words": 1},
    }  # fmt: skip
    assert main(["prose-train", "--out", str(path), "--spec", json.dumps(recipe)]) == 0
    return path


def test_a_network_that_knows_nothing_does_no_harm(model, tmp_path):
    """A family that it has not learned, a right guess: the search's equation, as without it."""
    rng = np.random.default_rng(0)
    states = draw(ODE_FAMILIES["sprott_linz_f"], 1, rng).states
    windows = noisy(np.repeat(states, 2, axis=0), 0.01, rng)[:, :64]
    paths = []
    for i, window in enumerate(windows):
        paths.append(tmp_path / f"window{i}.csv")
        write_series(paths[-1], ["t", "x", "y", "z"], [LEARNED[:64], *window.T])
    words = ["prose-solve", *map(str, paths), "--model", str(model), "--out", str(tmp_path)]
    guess = "x' = a*y + b*z; y' = c*y - d*x; z' = e*x^2 - f*z"
    assert main([*words, "--guess", guess, "--ahead", "3"]) == 0
    found = json.loads((tmp_path / "answer.json").read_text())
    assert found["candidates"][0]["source"] == "search"
    assert found["source_of_forecast"] == "search"


def test_a_network_reads_no_windows_of_another_kind(model, histories, tmp_path, capsys):
    words = ["prose-solve", str(histories[0]), "--model", str(model), "--out", str(tmp_path)]
    assert main(words) == 2
    assert "expected windows of 64 points over a time of" in capsys.readouterr().err


def test_a_model_that_is_none(histories, tmp_path, capsys):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"nothing")
    words = ["prose-solve", str(histories[0]), "--model", str(path), "--out", str(tmp_path)]
    assert main(words) == 2
    assert "not a whole safetensors file" in capsys.readouterr().err


def test_a_family_that_is_none(tmp_path, capsys):
    words = ["prose-train", "--out", str(tmp_path / "m"), "--spec", '{"families": ["rossler"]}']
    assert main(words) == 2
    assert "got rossler" in capsys.readouterr().err

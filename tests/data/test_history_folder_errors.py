"""Folders of histories with one thing wrong: each is told by file, line and what was expected."""

import re
from pathlib import Path

import pytest

from understudy.data.history_folder import read_history_folder

PAGE = Path(__file__).parents[2] / "docs" / "own-histories.md"


def swapped(name, old, new):
    """A change of a file that replaces the one place where `old` stands."""

    def change(folder):
        text = (folder / name).read_text()
        assert text.count(old) == 1
        (folder / name).write_text(text.replace(old, new))

    return change


def dropped(name):
    return lambda folder: (folder / name).unlink()


def rewritten(name, text):
    return lambda folder: (folder / name).write_text(text)


def without_time(time):
    def change(folder):
        lines = (folder / "run_5.csv").read_text().splitlines()
        kept = [line for line in lines if not line.startswith(f"{time},")]
        (folder / "run_5.csv").write_text("\n".join(kept))

    return change


def other_grid(folder):
    lines = (folder / "run_5.csv").read_text().splitlines()
    rows = [line.split(",", 1) for line in lines[1:]]
    rows = [f"{2 * float(time):g},{rest}" for time, rest in rows]
    (folder / "run_5.csv").write_text("\n".join([lines[0], *rows]))


def without_runs(folder):
    for path in folder.glob("run_*.csv"):
        path.unlink()


WRONG = [
    (dropped("nodes.csv"), "my_runs/nodes.csv: no such file"),
    (dropped("units.json"), "my_runs/units.json: no such file"),
    (without_runs, "my_runs: expected a file run_<number>.csv a run, got none"),
    (
        rewritten("nodes.csv", "node,x,y,z\n7,1,1,1\n"),
        "my_runs/nodes.csv: expected no column but node, x, y, got 'z'",
    ),
    (
        rewritten("nodes.csv", "node;x;y\n7;1;1\n"),
        "my_runs/nodes.csv: expected columns node, x, y, got node;x;y",
    ),
    (
        rewritten("nodes.csv", "node,x,x,y\n7,1,1,1\n"),
        "my_runs/nodes.csv: expected each column once, got 'x' again",
    ),
    (
        rewritten("nodes.csv", "node,x,y\n"),
        "my_runs/nodes.csv: expected a row of numbers, got none",
    ),
    (
        swapped("nodes.csv", "12,90", "7,90"),
        "my_runs/nodes.csv, line 4, node: expected each node once, got 7 again",
    ),
    (
        swapped("nodes.csv", "12,90", "1.5,90"),
        "my_runs/nodes.csv, line 4, node: expected a whole number, got 1.5",
    ),
    (
        swapped("nodes.csv", "12,90,10\n", ""),
        "my_runs/run_1.csv, line 4, node: expected a node of nodes.csv, got 12",
    ),
    (
        swapped("nodes.csv", "12,90,10\n", "12,90,10\n\n13,90,0\n"),
        "my_runs/run_1.csv: expected each of 4 nodes at each of 5 times, got none of node 13 "
        "at time 0 (5 rows lack)",
    ),
    (
        swapped("run_5.csv", "\n6,7,105,-3\n", "\n"),
        "my_runs/run_5.csv: expected each of 3 nodes at each of 5 times, got none of node 7 "
        "at time 6 (1 rows lack)",
    ),
    (
        swapped("run_5.csv", "\n6,7,105,-3\n", "\n6,7,105,-3\n6,7,105,-3\n"),
        "my_runs/run_5.csv, line 6: expected one row a node and time, got node 7 at time 6 again",
    ),
    (
        swapped("run_5.csv", "\n6,7,105,-3\n", "\n6,7,1.05D+02,-3\n"),
        "my_runs/run_5.csv, line 5, u_x: expected a finite number, got '1.05D+02'",
    ),
    (
        swapped("run_5.csv", "\n6,7,105,-3\n", "\n6,7,105,nan\n"),
        "my_runs/run_5.csv, line 5, u_y: expected a finite number, got 'nan'",
    ),
    (
        swapped("run_5.csv", "\n6,7,105,-3\n", "\n6,7,-inf,-3\n"),
        "my_runs/run_5.csv, line 5, u_x: expected a finite number, got '-inf'",
    ),
    (
        swapped("run_5.csv", "\n6,7,105,-3\n", "\n6,7,105\n"),
        "my_runs/run_5.csv, line 5: expected 4 cells, got 3",
    ),
    (
        swapped("run_5.csv", "\n0,4,0,0\n", "\n0,4,0,0.01\n"),
        "my_runs/run_5.csv: expected a start at rest, got u_y = 0.01 of node 4 at time 0",
    ),
    (
        without_time(0),
        "my_runs/run_5.csv: expected a start at rest, got u_x = 60 of node 12 at time 2",
    ),
    (
        without_time(4),
        "my_runs/run_5.csv, time: expected even steps of 2, got 4 from 2 to 6",
    ),
    (
        other_grid,
        "my_runs/run_5.csv, time: expected the 5 times to 8 of run_1.csv, got 5 to 16",
    ),
    (
        without_time(8),
        "my_runs/run_5.csv, time: expected the 5 times to 8 of run_1.csv, got 4 to 6",
    ),
    (
        lambda folder: (without_time(8)(folder), without_time(6)(folder)),
        "my_runs/run_5.csv, time: expected at least 4 times, got 3",
    ),
    (
        swapped("runs.csv", "1,1.5\n", "1,1.5\n6,1\n"),
        "my_runs/runs.csv, line 4, run: expected a file run_6.csv, got none",
    ),
    (
        swapped("runs.csv", "1,1.5\n", ""),
        "my_runs/run_1.csv: expected a row of run 1 in runs.csv, got none",
    ),
    (
        swapped("runs.csv", "1,1.5\n", "1,1.5\n1,1.5\n"),
        "my_runs/runs.csv, line 4, run: expected each run once, got 1 again",
    ),
    (
        rewritten("runs.csv", "run,time\n1,1\n5,1\n"),
        "my_runs/runs.csv: expected an input of another name than time",
    ),
    (
        rewritten("quantity.csv", "run,quantity\n1,3\n"),
        "my_runs/run_5.csv: expected a row of run 5 in quantity.csv, got none",
    ),
    (
        rewritten("run_a.csv", ""),
        "my_runs/run_a.csv: expected a name run_<number>.csv",
    ),
    (
        rewritten("run_05.csv", ""),
        "my_runs/run_5.csv: expected one file of run 5, got my_runs/run_05.csv too",
    ),
    (
        swapped("units.json", '"mm"', '"inch"'),
        "my_runs/units.json, length: expected one of m, cm, mm, um, got 'inch'",
    ),
    (
        swapped("units.json", '"us"', '"min"'),
        "my_runs/units.json, time: expected one of s, ms, us, got 'min'",
    ),
    (
        swapped("units.json", '"MPa"', '"psi"'),
        "my_runs/units.json, stress: expected one of Pa, kPa, MPa, GPa, got 'psi'",
    ),
    (
        swapped("units.json", '"um"', '"nm"'),
        "my_runs/units.json, displacement: expected one of m, cm, mm, um, got 'nm'",
    ),
    (
        swapped("units.json", ', "P": "kN"', ""),
        "my_runs/units.json: expected a unit of 'P', got "
        "['displacement', 'length', 'stress', 'time']",
    ),
    (
        swapped("units.json", '"kN"', '"k?N"'),
        "my_runs/units.json: units, P: unit: expected a product of powers of symbols, got 'k?N'",
    ),
    (
        swapped("units.json", '"P"', '"P": "", "Q"'),
        "my_runs/units.json: units: expected names of "
        "['P', 'displacement', 'length', 'stress', 'time'], got 'Q'",
    ),
    (
        swapped("units.json", '"kN"', "1"),
        "my_runs/units.json: expected a unit as text for 'P', got 1",
    ),
    (rewritten("units.json", "[]"), "my_runs/units.json: expected a unit a name, got []"),
]


@pytest.mark.parametrize(("change", "message"), WRONG, ids=[m for _, m in WRONG])
def test_what_does_not_fit_is_told(folder, monkeypatch, change, message):
    monkeypatch.chdir(folder.parent)
    change(folder)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        read_history_folder(Path("my_runs"))


def test_a_quantity_needs_a_unit_of_stress(folder):
    rewritten("quantity.csv", "run,quantity\n1,3\n5,4\n")(folder)
    swapped("units.json", '"stress": "MPa", ', "")(folder)
    with pytest.raises(ValueError, match="expected a unit of 'stress'"):
        read_history_folder(folder)


def test_times_begin_at_zero(folder):
    rewritten("runs.csv", "run\n1\n")(folder)
    swapped("units.json", ', "P": "kN"', "")(folder)
    dropped("run_5.csv")(folder)
    rows = [f"{2 * k + 2},{n},{k},0" for k in range(5) for n in (4, 7, 12)]
    rewritten("run_1.csv", "\n".join(["time,node,u_x,u_y", *rows]))(folder)
    with pytest.raises(ValueError, match="expected times from 0 on, got 2 first"):
        read_history_folder(folder)


def test_the_page_quotes_what_is_said():
    blocks = PAGE.read_text().split("```text\n")[1:]
    quoted = [line for line in blocks[-1].split("```")[0].splitlines() if line]
    assert len(quoted) > 5
    assert set(quoted) <= {message for _, message in WRONG}

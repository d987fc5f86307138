"""Histories of any program: what a folder says comes out in SI, what does not fit is told."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from understudy.data.histories import Histories, save_histories
from understudy.data.history_folder import (
    read_histories,
    read_history_folder,
    write_history_folder,
)

PAGE = Path(__file__).parents[2] / "docs" / "own-histories.md"


def histories(numbers=(2, 10, 3), **changes):
    rng = np.random.default_rng(0)
    n, t, e = len(numbers), 5, 3
    moved = rng.normal(size=(n, t, e, 2)) * 10.0 ** rng.integers(-9, 3, size=(n, t, e, 2))
    moved[:, 0] = 0.0
    facts = {
        "name": "set", "units": {"length": "m", "time": "s", "stress": "Pa", "P": "kN", "a": ""},
        "specification": "{}", "times": np.linspace(0.0, 7e-5, t),
        "nodes": rng.normal(size=(e, 2)), "numbers": np.array(numbers),
        "displacement": moved.astype(np.float32),
        "peak": rng.uniform(1e5, 1e6, size=(n, 1)),
        "inputs": {"P": rng.normal(size=n), "a": rng.normal(size=n)},
        "residual": np.zeros(n), "seconds": np.zeros(n), "errors": {},
    }  # fmt: skip
    return Histories(**(facts | changes))


@pytest.fixture
def folder(tmp_path):
    """Two runs of three nodes over five times, in mm, us and MPa, displacements in um."""
    path = tmp_path / "my_runs"
    path.mkdir()
    (path / "nodes.csv").write_text("node,x,y\n7,100,0\n4,100,10\n12,90,10\n")
    units = {"length": "mm", "time": "us", "stress": "MPa", "displacement": "um", "P": "kN"}
    (path / "units.json").write_text(json.dumps(units))
    (path / "runs.csv").write_text("run,P\n5,2.5\n1,1.5\n")
    for run in (1, 5):
        rows = [
            f"{2 * step},{node},{run * step * node},{-step}"
            for step in range(5)
            for node in (12, 4, 7)
        ]
        text = "\n".join(["time,node,u_x,u_y", *reversed(rows), ""])
        (path / f"run_{run}.csv").write_text(text)
    return path


def test_numbers_come_out_in_si_and_in_the_order_of_the_nodes(folder):
    found = read_history_folder(folder)
    assert found.name == "my_runs"
    assert found.units == {"length": "m", "time": "s", "stress": "Pa", "P": "kN"}
    assert found.numbers.tolist() == [1, 5]
    assert found.inputs["P"].tolist() == [1.5, 2.5]
    np.testing.assert_allclose(found.times, [0, 2e-6, 4e-6, 6e-6, 8e-6], rtol=1e-15)
    np.testing.assert_allclose(found.nodes, [[0.1, 0.0], [0.1, 0.01], [0.09, 0.01]], rtol=1e-15)
    step = np.arange(5)[:, None]
    for k, run in enumerate((1, 5)):
        x = 1e-6 * run * step * np.array([7, 4, 12])
        expected = np.stack([x, np.broadcast_to(-1e-6 * step, x.shape)], axis=2)
        np.testing.assert_array_equal(found.displacement[k], expected.astype(np.float32))
    assert found.peak.shape == (2, 0)
    assert (found.residual.tolist(), found.seconds.tolist()) == ([0, 0], [0, 0])


def test_the_quantity_of_each_run_is_a_stress(folder):
    (folder / "quantity.csv").write_text("run,quantity\n5,20\n1,30\n")
    np.testing.assert_allclose(read_history_folder(folder).peak, [[30e6], [20e6]], rtol=1e-15)


def test_runs_of_which_nothing_is_known_need_two_units(folder):
    (folder / "runs.csv").unlink()
    (folder / "units.json").write_text('{"length": "cm", "time": "ms"}')
    found = read_history_folder(folder)
    assert found.inputs == {}
    assert found.times[1] == pytest.approx(2e-3, rel=1e-15)
    assert found.displacement[0, 1, 0, 0] == np.float32(0.07)


def test_what_is_written_is_read_again(tmp_path):
    """To the last bit, in the order of the runs."""
    given = histories()
    write_history_folder(tmp_path / "set", given)
    found = read_history_folder(tmp_path / "set")
    order = np.argsort(given.numbers)
    assert (found.name, found.units, found.specification) == ("set", given.units, "{}")
    for name in ("times", "nodes"):
        np.testing.assert_array_equal(getattr(found, name), getattr(given, name))
    for name in ("numbers", "displacement", "peak"):
        np.testing.assert_array_equal(getattr(found, name), getattr(given, name)[order])
        assert getattr(found, name).dtype == getattr(given, name).dtype
    for name, values in given.inputs.items():
        np.testing.assert_array_equal(found.inputs[name], values[order])


def test_single_precision_is_written_in_as_few_digits_as_it_needs(tmp_path):
    moved = np.zeros((1, 4, 1, 2), dtype=np.float32)
    moved[0, 1:, 0, 0] = np.float32([0.1, 1 / 3, 1e-12])
    facts = {"times": np.arange(4.0), "nodes": np.zeros((1, 2)), "peak": np.zeros((1, 0))}
    given = histories((0,), displacement=moved, inputs={}, **facts)
    write_history_folder(tmp_path / "set", given)
    lines = (tmp_path / "set" / "run_0.csv").read_text().splitlines()
    assert lines[2:] == ["1.0,0,0.1,0.0", "2.0,0,0.33333334,0.0", "3.0,0,1e-12,0.0"]
    there = sorted(path.name for path in (tmp_path / "set").iterdir())
    assert there == ["nodes.csv", "run_0.csv", "units.json"]


def test_a_folder_is_whole_or_absent(tmp_path):
    given = histories()
    bad = replace(given, inputs={"P": given.inputs["P"], "a": np.array([0.0, np.nan, 1.0])})
    with pytest.raises(ValueError, match="a: expected finite numbers"):
        write_history_folder(tmp_path / "set", bad)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "set").mkdir()
    with pytest.raises(ValueError, match="expected a folder that is not there yet"):
        write_history_folder(tmp_path / "set", given)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"displacement": np.zeros((0, 5, 3, 2), np.float32)}, "expected runs with displ.* none"),
        ({"units": {"length": "mm", "time": "s", "stress": "Pa"}}, "length: .* m, .*got 'mm'"),
        ({"units": {"length": "m", "stress": "Pa"}}, "units, time: expected one of s, ms, us"),
        ({"inputs": {"stress": np.zeros(3)}}, "expected another name than 'stress'"),
    ],
)
def test_what_cannot_be_written_is_told(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        write_history_folder(tmp_path / "set", histories(**changes))


def test_the_quantity_of_many_triangles_is_their_greatest(tmp_path):
    write_history_folder(tmp_path / "set", histories(peak=np.arange(12.0).reshape(3, 4)))
    np.testing.assert_array_equal(
        read_history_folder(tmp_path / "set").peak, [[3.0], [11.0], [7.0]]
    )


def test_times_of_few_digits_become_even(folder):
    """1/3, 2/3, ... us in five digits are no even steps to a millionth, but meant to be."""
    for run in (1, 5):
        path = folder / f"run_{run}.csv"
        lines = path.read_text().splitlines()
        rows = [line.split(",", 1) for line in lines[1:]]
        rows = [f"{float(time) / 6:.5g},{rest}" for time, rest in rows]
        path.write_text("\n".join([lines[0], *rows]))
    found = read_history_folder(folder)
    np.testing.assert_allclose(np.diff(found.times), 1e-6 / 3, rtol=1e-4)
    np.testing.assert_allclose(np.diff(found.times), found.times[1], rtol=1e-12)


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


def test_folders_and_files_are_joined_by_the_numbers_of_their_runs(tmp_path):
    given = histories((1, 2))
    others = replace(given, numbers=np.array([4, 0]), displacement=2 * given.displacement)
    save_histories(tmp_path / "a.h5", given, {})
    write_history_folder(tmp_path / "b", others)
    found = read_histories([tmp_path / "a.h5", tmp_path / "b"])
    assert (found.name, found.numbers.tolist()) == ("set", [0, 1, 2, 4])
    np.testing.assert_array_equal(found.displacement[1:3], given.displacement)
    np.testing.assert_array_equal(found.displacement[[3, 0]], 2 * given.displacement)
    alone = read_histories([tmp_path / "b"])
    assert (alone.name, alone.numbers.tolist()) == ("b", [0, 4])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"times": np.linspace(0, 8e-5, 5)},
            "b, time: .* 5 times to 7e-05 of .*a, got 5 to 8e-05",
        ),
        ({"nodes": np.zeros((3, 2))}, "b: expected the 3 nodes of .*a"),
        ({"peak": np.zeros((2, 0))}, "b: expected quantities 1 as .*a has, got 0"),
        ({"inputs": {}}, "b: expected units "),
        ({"numbers": np.array([2, 3])}, "a, .*b: histories: expected each run once"),
    ],
)
def test_parts_that_do_not_belong_together_are_told(tmp_path, changes, message):
    given = histories((1, 2))
    write_history_folder(tmp_path / "a", given)
    other = replace(given, numbers=np.array([3, 4]))
    write_history_folder(tmp_path / "b", replace(other, **changes))
    with pytest.raises(ValueError, match=message):
        read_histories([tmp_path / "a", tmp_path / "b"])


def test_no_path_is_an_error():
    with pytest.raises(ValueError, match="expected a file or a folder, got none"):
        read_histories([])

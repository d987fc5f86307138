"""Histories of any program: what a folder says comes out in SI, what does not fit is told."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.data.histories import Histories, save_histories
from understudy.data.history_folder import (
    read_histories,
    read_history_folder,
    write_history_folder,
)


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

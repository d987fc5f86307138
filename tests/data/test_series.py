"""Time series from CSV files."""

import numpy as np
import pytest

from understudy.data.series import read_series, write_series

TIMES = np.linspace(0.0, 1.5, 16)


def test_what_is_written_is_read_back(tmp_path):
    """To the last bit, columns in their order wherever t stands."""
    path = tmp_path / "a.csv"
    x, y = np.sin(TIMES), np.cos(TIMES)
    write_series(path, ["x", "t", "y"], [x, TIMES, y])
    found = read_series(path)
    assert found.names == ("x", "y")
    assert np.allclose(found.times, TIMES, rtol=1e-15)
    assert np.array_equal(found.values, np.stack([x, y], axis=1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\n1,2\n", "expected a column t"),
        ("t,x,x\n", "each once"),
        ("t,x\n0,1\n", "expected at least 16 rows, got 1"),
        ("t,x\n0,nan\n", "line 2, x: expected a finite number, got 'nan'"),
        ("t,x\n0,1,2\n", "line 2: expected 2 cells, got 3"),
        ("", "expected a column t"),
    ],
)
def test_bad_tables_are_named(tmp_path, text, message):
    """File, line and column."""
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_series(path)


def test_uneven_times_are_named_with_their_line(tmp_path):
    """The step that is most unlike the others."""
    path = tmp_path / "uneven.csv"
    times = TIMES.copy()
    times[5:] += 0.05
    write_series(path, ["t", "x"], [times, TIMES])
    with pytest.raises(
        ValueError, match=r"line 7: expected evenly spaced rising times, got a step"
    ):
        read_series(path)
    with pytest.raises(ValueError, match="no such file"):
        read_series(tmp_path / "none.csv")

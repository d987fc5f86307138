"""Strips and films of stress: whole files with the frames and panels that were asked for."""

import numpy as np
import pytest
from PIL import Image

from understudy.figures import waves
from understudy.figures.waves import film, film_strip
from understudy.mesh import Mesh


def grid(n=4):
    """A square of n x n cells, each cut into two triangles."""
    x, y = np.meshgrid(*[np.linspace(0.0, 1.0, n + 1)] * 2)
    corner = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
    lower = np.stack([corner, corner + 1, corner + n + 2], axis=1)
    upper = np.stack([corner, corner + n + 2, corner + n + 1], axis=1)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


def wave(mesh, count):
    """The left half is loaded at even times, the right half at odd ones."""
    right = mesh.points[mesh.triangles, 0].mean(axis=1) > 0.5
    return np.array([np.where(right == bool(k % 2), 1.0, 0.0) for k in range(count)])


@pytest.fixture
def kept(monkeypatch):
    """Figures as they are saved."""
    figures = []
    save = waves.save

    def keep(figure, path):
        figures.append(figure)
        save(figure, path)

    monkeypatch.setattr(waves, "save", keep)
    return figures


def test_a_strip_has_a_row_a_history_and_a_column_a_time(tmp_path, kept):
    mesh = grid()
    rows = {"real": wave(mesh, 3), "generated": 2 * wave(mesh, 3)}
    given = {name: values.copy() for name, values in rows.items()}
    film_strip(
        tmp_path / "s.png", mesh, rows, np.array([0.0, 20.0, 40.0]), label="MPa", time_unit="us"
    )
    with Image.open(tmp_path / "s.png") as picture:
        assert picture.format == "PNG"
    *panels, bar = kept[0].axes
    assert len(panels) == 6
    assert [axis.get_title() for axis in panels] == ["0 us", "20 us", "40 us", "", "", ""]
    assert [axis.get_ylabel() for axis in panels[::3]] == ["real", "generated"]
    assert bar.get_ylabel() == "MPa"
    for axis, values in zip(panels, [*rows["real"], *rows["generated"]], strict=True):
        np.testing.assert_array_equal(axis.collections[0].get_array(), values)
        assert axis.collections[0].get_clim() == (0.0, 2.0)
    for name, values in rows.items():
        np.testing.assert_array_equal(values, given[name])


def test_a_few_cells_do_not_darken_the_rest(tmp_path, kept):
    """One cell in 320 is a thousand times the others: they keep their colours."""
    mesh = grid()
    values = np.ones((10, 32))
    values[0, 0] = 1000.0
    film_strip(tmp_path / "s.png", mesh, {"real": values}, np.arange(10.0), label="MPa")
    assert kept[0].axes[0].collections[0].get_clim() == (0.0, 1.0)


def test_a_film_has_a_frame_a_time(tmp_path):
    """And a frame shows where the wave is then, in each panel."""
    mesh = grid()
    rows = {"real": wave(mesh, 4), "generated": wave(mesh, 5)[1:]}
    film(tmp_path / "f.gif", mesh, rows, np.arange(4.0), label="MPa", per_second=10)
    with Image.open(tmp_path / "f.gif") as picture:
        assert (picture.format, picture.n_frames) == ("GIF", 4)
        assert picture.info["duration"] == 100
        frames = []
        for k in range(4):
            picture.seek(k)
            frames.append(np.asarray(picture.convert("L"), dtype=float))
    # The heading above the panels changes as well; look at a line through their middle.
    middle = np.array([frame[round(0.6 * len(frame))] for frame in frames])
    moving = np.abs(middle[1] - middle[0]) > 50
    assert 0.5 < moving.mean() < 0.9
    np.testing.assert_allclose(middle[2], middle[0], atol=8)
    np.testing.assert_allclose(middle[3], middle[1], atol=8)
    places = np.flatnonzero(moving)
    left, right = (middle[0, places[p]] for p in (len(places) // 10, 9 * len(places) // 10))
    # Loaded cells are bright: the real wave begins on the left, the generated one on the right.
    assert left > 100
    assert right > 100
    inner = [middle[0, places[p * len(places) // 10]] for p in (4, 6)]
    assert max(inner) < 50


def test_a_long_film_is_thinned_from_the_first_time_to_the_last(tmp_path, monkeypatch):
    told = []
    clock = waves._clock
    monkeypatch.setattr(waves, "_FRAMES", 3)
    monkeypatch.setattr(waves, "_clock", lambda t, k, u: told.append(k) or clock(t, k, u))
    mesh = grid(1)
    rows = {"real": np.arange(18.0).reshape(9, 2)}
    film(tmp_path / "f.gif", mesh, rows, np.arange(9.0), label="MPa")
    assert told[1:] == [0, 4, 8]
    with Image.open(tmp_path / "f.gif") as picture:
        assert picture.n_frames == 3


def test_films_and_strips_are_the_same_files_each_time(tmp_path):
    mesh = grid(1)
    for name in "ab":
        rows = {"real": np.ones((2, 2))}
        film(tmp_path / f"{name}.gif", mesh, rows, np.arange(2.0), label="MPa")
        film_strip(tmp_path / f"{name}.png", mesh, rows, np.arange(2.0), label="MPa")
    for kind in ("gif", "png"):
        one, two = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "ab")
        assert one == two


def test_nothing_at_all_can_be_shown(tmp_path):
    film_strip(tmp_path / "s.png", grid(1), {"real": np.zeros((1, 2))}, np.zeros(1), label="MPa")
    assert (tmp_path / "s.png").is_file()


@pytest.mark.parametrize("draw", [film, film_strip])
def test_values_of_another_shape_leave_no_file(tmp_path, draw):
    mesh = grid(1)
    for rows, times, message in (
        ({"real": np.zeros((2, 3))}, np.arange(2.0), r"real: .* of 2 triangles, .* \(2, 3\)"),
        ({}, np.arange(2.0), "expected rows and times, got 0 and 2"),
    ):
        with pytest.raises(ValueError, match=message):
            draw(tmp_path / "a.png", mesh, rows, times, label="MPa")
    assert list(tmp_path.iterdir()) == []

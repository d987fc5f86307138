"""Pictures of laws show the numbers that they are given."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from PIL import Image

from understudy.figures import laws
from understudy.figures.laws import (
    arrival_histogram,
    bars,
    cumulative,
    interval_plot,
    scatter_tail,
    spectrum,
    training_history,
)


@pytest.fixture
def kept(monkeypatch):
    """Figures as they are saved."""
    figures = []
    save = laws.save

    def keep(figure, path):
        figures.append(figure)
        save(figure, path)

    monkeypatch.setattr(laws, "save", keep)
    return figures


def legend(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


SAMPLE, OTHER = np.random.default_rng(0).normal(size=(2, 20))
ENDS = np.stack([OTHER - 1.0, OTHER + 1.0], axis=1)
ROWS = np.array([[1.0, 1e-2, 5e-3, 2e-2], [2.0, 1e-4, 1e-5, 1e-3]])


@pytest.mark.parametrize(
    "draw",
    [
        lambda path: cumulative(path, {"WGAN": SAMPLE}, OTHER, band=0.2, label="MPa"),
        lambda path: spectrum(path, {"WGAN": SAMPLE**2}),
        lambda path: arrival_histogram(path, {"WGAN": SAMPLE}, label="us"),
        lambda path: training_history(path, np.arange(20.0), {"gap": SAMPLE}),
        lambda path: interval_plot(path, 0.0, {"WGAN": ENDS}, label="MPa"),
        lambda path: bars(path, {"WGAN": 0.1, "replay": 0.2}, label="error"),
        lambda path: scatter_tail(path, {"WGAN": ROWS}, label="MPa"),
    ],
)
def test_every_picture_is_a_png_and_the_same_each_time(tmp_path, draw):
    given = [array.copy() for array in (SAMPLE, OTHER, ENDS, ROWS)]
    for name in ("a.png", "b.png"):
        draw(tmp_path / name)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.format == "PNG"
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"]
    for array, before in zip((SAMPLE, OTHER, ENDS, ROWS), given, strict=True):
        np.testing.assert_array_equal(array, before)


def test_distribution_functions_step_at_the_values(tmp_path, kept):
    """F of 1, 2, 4 is 1/3, 2/3, 1 there; the tail is the share of values at or above each."""
    curves = {"WGAN": np.array([4.0, 1.0, 2.0])}
    cumulative(tmp_path / "c.png", curves, np.array([3.0, 5.0]), band=0.25, label="MPa")
    whole, tail = kept[0].axes
    assert legend(whole) == ["band of the reference", "reference", "WGAN"]
    black, line = whole.lines
    np.testing.assert_allclose(black.get_xydata(), [[3, 0.5], [5, 1]], rtol=1e-15)
    np.testing.assert_allclose(line.get_xydata(), [[1, 1 / 3], [2, 2 / 3], [4, 1]], rtol=1e-15)
    np.testing.assert_allclose(
        tail.lines[1].get_xydata(), [[1, 1], [2, 2 / 3], [4, 1 / 3]], rtol=1e-15
    )
    assert tail.get_yscale() == "log"
    band = whole.collections[0].get_paths()[0].vertices
    for corner in ([3, 0.25], [3, 0.75], [5, 0.75], [5, 1.0]):
        assert np.abs(band - corner).sum(axis=1).min() < 1e-15
    # From 1 - F of the upper end of the band to that of the lower one, on an axis that ends at
    # half of one value of the largest sample.
    band = tail.collections[0].get_paths()[0].vertices
    for corner in ([3, 0.25], [3, 0.75], [5, 0.25], [5, 0.5 / 3]):
        assert np.abs(band - corner).sum(axis=1).min() < 1e-15


def test_samples_that_have_no_distribution_function_are_told(tmp_path):
    fine = np.ones(2)
    for curves, reference, message in (
        ({"WGAN": np.array([1.0, np.nan])}, fine, "WGAN: expected finite values"),
        ({"WGAN": fine}, np.zeros(0), "reference: expected finite values"),
        ({"reference": fine}, fine, "expected names other than"),
    ):
        with pytest.raises(ValueError, match=message):
            cumulative(tmp_path / "c.png", curves, reference, band=0.1, label="MPa")
    assert list(tmp_path.iterdir()) == []


def test_a_spectrum_has_a_logarithmic_axis(tmp_path, kept):
    spectra = {"real": np.array([1.0, 0.1, 1e-4]), "WGAN": np.array([0.9, 0.2])}
    spectrum(tmp_path / "s.png", spectra)
    (axis,) = kept[0].axes
    assert axis.get_yscale() == "log"
    assert legend(axis) == ["real", "WGAN"]
    for line, values in zip(axis.lines, spectra.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, len(values) + 1))


def test_waves_that_never_arrive_are_counted_apart(tmp_path, kept):
    """The area below the curve is the share of those that do."""
    arrivals = {"real": np.array([1.0, 1.1, 3.0]), "WGAN": np.array([2.0, 1.0, np.nan, np.nan])}
    arrival_histogram(tmp_path / "a.png", arrivals, label="us", bins=4)
    (axis,) = kept[0].axes
    assert legend(axis) == ["real", "WGAN (2 never)"]
    for steps, share in zip(axis.patches, (1.0, 0.5), strict=True):
        heights, sides, _ = steps.get_data()
        np.testing.assert_allclose(sides, [1.0, 1.5, 2.0, 2.5, 3.0], rtol=1e-15)
        assert (heights * np.diff(sides)).sum() == pytest.approx(share, rel=1e-12)
    with pytest.raises(ValueError, match="expected a wave that arrives"):
        arrival_histogram(tmp_path / "b.png", {"WGAN": np.full(3, np.nan)}, label="us")


def test_a_training_shows_what_was_measured(tmp_path, kept):
    iteration = np.array([0.0, 100.0, 200.0])
    series = {"gap": np.array([3.0, 2.0, 1.0]), "quality": np.array([0.5, np.nan, 0.1])}
    training_history(tmp_path / "t.png", iteration, series)
    gap, quality = kept[0].axes
    assert (gap.get_ylabel(), quality.get_ylabel()) == ("gap", "quality")
    np.testing.assert_array_equal(gap.lines[0].get_xydata(), [[0, 3], [100, 2], [200, 1]])
    np.testing.assert_array_equal(quality.lines[0].get_xydata(), [[0, 0.5], [200, 0.1]])


def test_intervals_that_miss_the_truth_are_red(tmp_path, kept):
    studies = {"naive": np.array([[0.0, 1.0], [2.0, 3.0], [1.5, 2.0], [2.0, 2.1]])}
    interval_plot(tmp_path / "i.png", 2.0, studies | {"other": np.ones((1, 2))}, label="MPa")
    one, other = kept[0].axes
    assert one.get_title() == "naive: 3 of 4"
    assert other.get_title() == "other: 0 of 1"
    held, missed = one.collections
    assert tuple(missed.get_color()[0]) == to_rgba("tab:red") != tuple(held.get_color()[0])
    np.testing.assert_array_equal(missed.get_segments(), [[[1, 0], [1, 1]]])
    np.testing.assert_array_equal([s[:, 1] for s in held.get_segments()], studies["naive"][1:])
    np.testing.assert_array_equal(one.lines[0].get_ydata(), [2.0, 2.0])


def test_bars_stand_in_order_beside_the_reference(tmp_path, kept):
    bars(
        tmp_path / "b.png", {"WGAN": 0.1, "replay": 0.25}, reference=0.07, label="error",
        reference_label="floor",
    )  # fmt: skip
    (axis,) = kept[0].axes
    assert [bar.get_width() for bar in axis.patches] == [0.1, 0.25]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["WGAN", "replay"]
    assert axis.yaxis_inverted()
    assert axis.lines[0].get_xdata() == [0.07, 0.07]
    assert legend(axis) == ["floor"]


def test_a_tail_without_a_find_shows_only_its_bound(tmp_path, kept):
    rows = np.array([[1.0, 1e-2, 5e-3, 2e-2], [2.0, 0.0, 0.0, 1e-3]])
    scatter_tail(tmp_path / "r.png", {"Monte Carlo": rows}, label="MPa")
    (axis,) = kept[0].axes
    (bars_,) = axis.containers
    line, _, (whiskers,) = bars_.lines
    np.testing.assert_array_equal(line.get_xydata(), [[1.0, 1e-2]])
    np.testing.assert_allclose(whiskers.get_segments()[0][:, 1], [5e-3, 2e-2], rtol=1e-12)
    bound = axis.lines[-1]
    np.testing.assert_array_equal(bound.get_xydata(), [[2.0, 1e-3]])
    assert bound.get_color() == line.get_color()
    assert axis.get_yscale() == "log"
    assert axis.get_ylim()[0] == pytest.approx(3e-4)


def test_methods_stand_beside_one_another_and_a_bound_of_one_stretches_no_axis(tmp_path, kept):
    """Three methods at the same thresholds, the last of which found nothing: bound one."""
    nothing = np.array([[1.0, 0.0, 0.0, 1.0], [2.0, 0.0, 0.0, 1.0]])
    scatter_tail(tmp_path / "r.png", {"a": ROWS, "b": ROWS, "c": nothing}, label="MPa")
    (axis,) = kept[0].axes
    first, second = (bars.lines[0].get_xdata() for bars in axis.containers[:2])
    np.testing.assert_allclose(second - first, 0.012, rtol=1e-6)
    assert (first < ROWS[:, 0]).all()
    assert axis.get_ylim()[1] == pytest.approx(0.06)
    assert (axis.lines[-1].get_ydata() < 0.06).all()


def test_an_interval_holds_its_probability(tmp_path):
    rows = np.array([[1.0, 1e-2, 2e-2, 3e-2]])
    with pytest.raises(ValueError, match="IS: expected low <= probability"):
        scatter_tail(tmp_path / "r.png", {"IS": rows}, label="MPa")
    assert list(tmp_path.iterdir()) == []

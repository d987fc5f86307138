import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from synthetic import sample
from understudy.figures import (
    draw_bars,
    draw_curves,
    draw_panels,
    draw_parity,
    draw_spectra,
    probe,
)


def test_off_screen_rendering_works():
    assert probe() == ""


def test_panels_show_each_field_in_its_own_range(tmp_path):
    """The same field times a thousand has the same picture, so ranges are not shared."""
    s = sample(0)
    u = s.fields["u"]
    rows = [[("a", s.mesh, u, None, "viridis"), ("a", s.mesh, 1e3 * u, None, "viridis")]]
    draw_panels(tmp_path / "a.png", rows, size=120)
    picture = imread(tmp_path / "a.png")[30:90]
    left, right = np.split(picture, 2, axis=1)
    assert np.abs(left - right).max() < 0.05
    assert np.ptp(left) > 0.5


def test_a_mesh_without_values_shows_its_edges(tmp_path):
    draw_panels(tmp_path / "m.png", [[("mesh", sample(0).mesh, None, None, "")]], size=120)
    assert len(np.unique(imread(tmp_path / "m.png")[..., 0])) > 5


def test_curves_are_the_same_file_each_time(tmp_path):
    rng = np.random.default_rng(0)
    pair = {"w": (rng.normal(size=9), rng.normal(size=9))}
    for name in ("a", "b"):
        draw_parity(tmp_path / f"p{name}.png", pair, {"w": np.ones(9)})
        draw_bars(tmp_path / f"b{name}.png", {"m": {"u": 0.1}, "n": {"u": 0.2}}, "error")
        draw_curves(tmp_path / f"c{name}.png", {"a": (np.arange(1, 4), np.ones(3))}, "x", "y")
        draw_spectra(tmp_path / f"s{name}.png", {"u": np.logspace(0, -12, 20)}, 8)
    for kind in "pbcs":
        one, two = ((tmp_path / f"{kind}{n}.png").read_bytes() for n in "ab")
        assert one == two


def test_the_wrong_order_of_imports_is_told():
    pytest.importorskip("dolfinx")
    code = "import h5py, dolfinx\nimport understudy.figures"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "import understudy.figures before understudy.fem" in done.stderr

"""A field as a surface: its picture, and the page that turns where the extra is installed."""

import importlib.util
import re

import numpy as np
import pytest
from PIL import Image

import understudy.figures.turn as turn
from synthetic import necked_plate

needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("trame_vtk") is None,
    reason="trame-vtk is not installed; bash envs/setup.sh report installs it",
)


@pytest.fixture(scope="module")
def plate():
    mesh = necked_plate(0.4, 15, 15, np.random.default_rng(0))
    return mesh, np.sin(2 * mesh.points[:, 0])


def test_the_picture_shows_the_surface(plate, tmp_path):
    """In the colours of its values: the map from yellow to red has no blue above red."""
    mesh, values = plate
    turn.draw_surface(tmp_path / "a.png", None, mesh, values, values**2, "error", "YlOrRd")
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    coloured = np.ptp(pixels, axis=2) > 60
    assert coloured.mean() > 0.05
    assert (pixels[coloured][:, 0] >= pixels[coloured][:, 2]).all()
    assert not list(tmp_path.glob("*.html"))


def test_values_that_are_not_as_many_as_the_nodes_are_refused(plate, tmp_path):
    mesh, values = plate
    with pytest.raises(ValueError, match=rf"expected {len(values)} nodal values, got 3 and 3"):
        turn.draw_surface(tmp_path / "a.png", None, mesh, values[:3], values[:3], "error")
    assert not list(tmp_path.iterdir())


@needs_extra
def test_the_page_holds_all_that_it_needs(plate, tmp_path):
    """No address that a browser would fetch when it opens."""
    mesh, values = plate
    turn.draw_surface(tmp_path / "a.png", tmp_path / "a.html", mesh, values, values, "u")
    page = (tmp_path / "a.html").read_text()
    assert "OfflineLocalView.load" in page
    assert "favicon-" not in page
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"?https?:", page) == []


def test_whether_it_turns_is_asked_without_importing(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not turn.turns()

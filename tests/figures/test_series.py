"""Signals and forecasts are drawn."""

import numpy as np
from PIL import Image

from understudy.figures import draw_forecast, draw_lines

TIMES = np.linspace(0.0, 2.0, 40)
WAVE = np.stack([np.sin(3 * TIMES), np.cos(3 * TIMES)], axis=1)


def colours(path):
    """How many pixels are neither white nor grey."""
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return int((np.ptp(pixels, axis=2) > 30).sum())


def test_lines_are_drawn_for_negative_values_too(tmp_path):
    """Axes are plain: a sine shows both its halves."""
    whole, half = tmp_path / "whole.png", tmp_path / "half.png"
    draw_lines(whole, {"sine": (TIMES, WAVE[:, 0])}, "t", "u")
    draw_lines(half, {"sine": (TIMES[:20], WAVE[:20, 0])}, "t", "u")
    assert colours(whole) > 500
    assert colours(half) > 500


def test_a_wider_band_covers_more(tmp_path):
    """The same forecast with bands of a tenth and a half; infinite ends do not spoil it."""
    painted = []
    for name, width in (("narrow", 0.1), ("wide", 0.5)):
        path = tmp_path / f"{name}.png"
        draw_forecast(
            path, TIMES, WAVE, WAVE - width, WAVE + width, names=("x", "y"),
            seen=(TIMES[:13], WAVE[:13]), horizon=1.5,
        )  # fmt: skip
        painted.append(colours(path))
    assert painted[1] > 1.5 * painted[0]

"""Pictures: the only importer of Matplotlib and PyVista."""

from understudy.figures.curves import draw_bars, draw_curves, draw_parity, draw_spectra
from understudy.figures.fields import Panel, draw_panels, probe
from understudy.figures.networks import draw_bounds, draw_path, draw_pieces
from understudy.figures.series import draw_forecast, draw_lines

__all__ = [
    "Panel",
    "draw_bars",
    "draw_bounds",
    "draw_curves",
    "draw_forecast",
    "draw_lines",
    "draw_panels",
    "draw_parity",
    "draw_path",
    "draw_pieces",
    "draw_spectra",
    "probe",
]

"""The equation behind time series, with error bars, a forecast and a verdict."""

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call, origin
from understudy.data.series import Series, read_series, write_series
from understudy.equations.equation import Equation
from understudy.equations.parse import parse
from understudy.equations.printing import latex, lines
from understudy.equations.trajectories import TIMES
from understudy.figures.series import draw_forecast
from understudy.files import replacing, versions, write_json
from understudy.surrogates.equation_candidate import Candidate
from understudy.surrogates.equation_discovery import Answer, Discovery
from understudy.surrogates.equation_network import Band
from understudy.surrogates.equation_proposals import proposals
from understudy.surrogates.prose_lessons import SEEN, STATES
from understudy.surrogates.prose_model import load_prose

__all__ = ["main", "run"]


def run(
    history: Positional[tuple[Path, ...]],
    /,
    out: Path,
    guess: str = "",
    ahead: float = 2.0,
    model: Path | None = None,
    noise: float | None = None,
    spec: Discovery | None = None,
    seed: int = 0,
) -> None:
    """Find the equation that one or several windows obey, and continue the last of them.

    Args:
        history: CSV files with a column t and a column a state, a window each, of one system.
        out: folder to write: answer.json, forecast.csv, forecast.png, equation.tex.
        guess: what is believed, as "x' = s*(y - x); y' = x*(r - z) - y; z' = x*y - b*z"; names
            that are no states are unknown numbers. Without one the windows alone decide.
        ahead: length of the forecast, in lengths of the window from its beginning.
        model: safetensors file of prose-train, whose equations compete with those of the search
            and whose forecast is shown if none holds; for windows of the length that it learned.
        noise: its deviation, in the unit of the columns, where it is known; else it is measured.
        spec: settings.
        seed: of the draws.
    """
    windows = [read_series(path) for path in history]
    _check(history, windows)
    if not ahead >= 1.0:
        raise ValueError(f"ahead: expected at least 1, got {ahead}")
    if noise is not None and not noise >= 0:
        raise ValueError(f"noise: expected at least 0, got {noise}")
    names = windows[0].names
    believed = _ordered(parse(guess), names) if guess else None
    times = windows[0].times - windows[0].times[0]
    later = np.linspace(0.0, ahead * times[-1], round(ahead * (len(times) - 1)) + 1)
    values = np.stack([w.values for w in windows])
    level = None if noise is None else np.full(len(values), noise)
    offered, band = _asked(model, times, values, names, believed, later, level)
    found = (spec or Discovery()).solve(
        times, values, names, ahead=later, rng=np.random.default_rng(seed), guess=believed,
        proposals=offered, operator=band, noise=level,
    )  # fmt: skip
    begin, last = windows[-1].times[0], windows[-1]
    write_series(
        out / "forecast.csv",
        ["t", *(f"{n}{end}" for end in ("", "_low", "_high") for n in names)],
        [later + begin, *found.forecast.T, *found.low.T, *found.high.T],
    )
    draw_forecast(
        out / "forecast.png", later + begin, found.forecast, found.low, found.high, names=names,
        seen=(last.times, last.values), horizon=found.horizon + begin,
    )  # fmt: skip
    with replacing(out / "equation.tex") as temporary:
        best = [latex(c.equation) for c in found.candidates[:1]]
        temporary.write_text("\n".join(best or ["% no equation could be followed"]) + "\n")
    write_json(out / "answer.json", _told(found, begin, seed))
    sys.stdout.write("\n".join(_said(found, begin)) + "\n")


def _asked(
    path: Path | None,
    times: np.ndarray,
    windows: np.ndarray,
    names: tuple[str, ...],
    guess: Equation | None,
    later: np.ndarray,
    noise: np.ndarray | None,
) -> tuple[list[Candidate], Band | None]:
    """Equations and forecast of a trained network.

    Raises:
        ValueError: windows of another kind than the network has learned.
    """
    if path is None:
        return [], None
    model = load_prose(path)
    if not model.fits(times, len(names)):
        seen = TIMES[SEEN - 1]
        raise ValueError(
            f"{path}: expected windows of {SEEN} points over a time of {seen:.4f} with at most "
            f"{len(STATES)} columns, got {len(times)} points over {times[-1]:.4f} with "
            f"{len(names)}"
        )
    guesses = None if guess is None else [guess]
    written = model.decode(windows[-1:], names, guesses)
    told = None if noise is None else noise[None]
    offered = proposals(written, model.families, names, times, windows[None], told)[0]
    return offered, model.bands(windows[-1:], later, guesses, written)[0]


def _check(history: Sequence[Path], windows: Sequence[Series]) -> None:
    first = windows[0]
    for path, window in zip(history, windows, strict=True):
        if window.names != first.names:
            raise ValueError(
                f"{path}: expected the columns {', '.join(first.names)} of {history[0]}, "
                f"got {', '.join(window.names)}"
            )
        length, own = (w.times[-1] - w.times[0] for w in (first, window))
        if len(window.times) != len(first.times) or abs(own - length) > 1e-6 * length:
            raise ValueError(
                f"{path}: expected {len(first.times)} rows over a time of {length:g} as in "
                f"{history[0]}, got {len(window.times)} over {own:g}"
            )


def _ordered(guess: Equation, names: Sequence[str]) -> Equation:
    """The guess with its components in the order of the columns."""
    if set(guess.states) != set(names):
        raise ValueError(
            f"guess: expected an equation for each of {', '.join(names)}, "
            f"got {', '.join(guess.states)}"
        )
    order = [guess.states.index(name) for name in names]
    return replace(
        guess, states=tuple(names), orders=tuple(guess.orders[i] for i in order),
        right=tuple(guess.right[i] for i in order),
    )  # fmt: skip


def _numbers(candidate: Candidate) -> dict[str, dict[str, float]]:
    return {
        name: {"value": float(value), "deviation": float(deviation)}
        for name, value, deviation in zip(
            candidate.skeleton.parameters, candidate.fit.values, candidate.deviation, strict=True
        )
    }


def _told(found: Answer, begin: float, seed: int) -> dict[str, Any]:
    """All of the answer but the forecast."""
    return {
        "candidates": [
            {
                "equation": lines(c.equation),
                "skeleton": lines(c.skeleton),
                "numbers": _numbers(c),
                "weight": float(weight),
                "terms_added": c.added,
                "terms_removed": c.removed,
                "source": c.source,
            }
            for c, weight in zip(found.candidates, found.weights, strict=True)
        ],
        # JSON has no infinity; the reasons say what an equation that cannot be followed leaves.
        "chi2": _finite(found.chi2),
        "chi2_in_window_left_out": _finite(found.held_out),
        "spread_of_forecast": _finite(found.spread),
        "holds_until": found.horizon + begin,
        "source_of_forecast": found.source,
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "units": "those of the columns",
        "origin": origin("understudy.cli.prose_solve", seed=seed),
        "software": versions(),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _said(found: Answer, begin: float) -> list[str]:
    rows = []
    for best in found.candidates[:1]:
        rows += lines(best.skeleton)
        for name, number in _numbers(best).items():
            rows.append(f"  {name} = {number['value']:.4g} +- {number['deviation']:.2g}")
        rows.append(f"weight {found.weights[0]:.2f} of {len(found.candidates)} candidates")
        rows.append(f"forecast holds until t = {found.horizon + begin:.4g}")
    return [*rows, f"verdict: {found.verdict}", *(f"  {reason}" for reason in found.reasons)]


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "prose-solve")

"""Laws of random quantities, real against generated, and how far an estimate can be trusted.

The distribution function of n values is F(x) = #{values <= x} / n. With probability 1 - a all of
it lies within sqrt(log(2/a) / (2 n)) of the true one.

Reference: A. Dvoretzky, J. Kiefer, J. Wolfowitz, Ann. Math. Statist. 27, 1956; constant of
P. Massart, Ann. Probab. 18, 1990.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from understudy.figures.look import save

__all__ = [
    "arrival_histogram",
    "bars",
    "cumulative",
    "interval_plot",
    "scatter_tail",
    "spectrum",
    "training_history",
]

_MISS = "tab:red"

_APART = 0.012
"""Between methods at one threshold, as a share of what the thresholds span."""


def cumulative(
    path: Path,
    curves: Mapping[str, Float[np.ndarray, " _"]],
    reference: Float[np.ndarray, " r"],
    *,
    band: float,
    label: str,
) -> None:
    """Distribution functions against that of a reference, and the upper tail 1 - F beside it.

    Args:
        path: PNG file to write.
        curves: values by the name of their law.
        reference: values of the reference.
        band: half-width of the band about the distribution function of the reference.
        label: of the quantity, with its unit.

    Raises:
        ValueError: a sample without a value or with one that is not finite; names it.
    """
    if "reference" in curves:
        raise ValueError("curves: expected names other than 'reference'")
    for name, values in {"reference": reference, **curves}.items():
        if not len(values) or not np.isfinite(values).all():
            raise ValueError(f"{name}: expected finite values, got {values}")
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    whole, tail = figure.subplots(1, 2)
    x = np.sort(reference)
    below = np.arange(1, len(x) + 1) / len(x)
    low, high = np.clip(below - band, 0.0, 1.0), np.clip(below + band, 0.0, 1.0)
    shade = {"color": "0.85", "step": "post", "lw": 0, "label": "band of the reference"}
    whole.fill_between(x, low, high, **shade)
    floor = 0.5 / max(len(x), *(len(values) for values in curves.values()), 1)
    tail.fill_between(x, np.maximum(1.0 - high, floor), 1.0 - low, **shade)
    for name, values in {"reference": reference, **curves}.items():
        at = np.sort(values)
        share = np.arange(1, len(at) + 1) / len(at)
        style = {"color": "black", "lw": 1.4} if name == "reference" else {"lw": 1.1}
        whole.step(at, share, where="post", label=name, **style)
        # The share of values at or above each: the greatest one stays on the axis.
        tail.step(at, 1.0 - share + 1.0 / len(at), where="pre", **style)
    tail.set(yscale="log", ylim=(floor, 1.1), xlabel=label, ylabel="1 - distribution function")
    whole.set(xlabel=label, ylabel="distribution function", ylim=(0.0, 1.0))
    whole.legend(fontsize=8, loc="lower right")
    save(figure, path)


def spectrum(path: Path, variances: Mapping[str, Float[np.ndarray, " _"]]) -> None:
    """Variance of each coefficient of a POD by the name of the law, on a logarithmic axis."""
    figure = Figure(figsize=(6, 3), layout="constrained")
    axis = figure.subplots()
    for name, values in variances.items():
        axis.semilogy(np.arange(1, len(values) + 1), values, ".-", ms=3, lw=1, label=name)
    axis.set(xlabel="mode", ylabel="variance")
    axis.legend(fontsize=8)
    save(figure, path)


def arrival_histogram(
    path: Path, arrivals: Mapping[str, Float[np.ndarray, " _"]], *, label: str, bins: int = 30
) -> None:
    """Density of the time at which a wave arrives, by the name of the law, in common bins.

    Args:
        path: PNG file to write.
        arrivals: a time a history, nan for a wave that never arrives; these are counted apart.
        label: of the time, with its unit.
        bins: how many.

    Raises:
        ValueError: no wave arrives.
    """
    there = {name: times[np.isfinite(times)] for name, times in arrivals.items()}
    together = np.concatenate([np.zeros(0), *there.values()])
    if not len(together):
        raise ValueError("arrivals: expected a wave that arrives, got none")
    figure = Figure(figsize=(6, 3), layout="constrained")
    axis = figure.subplots()
    sides = np.histogram_bin_edges(together, bins)
    for name, times in there.items():
        never = len(arrivals[name]) - len(times)
        said = f"{name} ({never} never)" if never else name
        # Of all histories, so that those that never arrive lower the curve.
        density = np.histogram(times, sides)[0] / (len(arrivals[name]) * np.diff(sides))
        axis.stairs(density, sides, label=said, lw=1.3, fill=False)
    axis.set(xlabel=label, ylabel="density")
    axis.legend(fontsize=8)
    save(figure, path)


def training_history(
    path: Path, iteration: Float[np.ndarray, " k"], series: Mapping[str, Float[np.ndarray, " k"]]
) -> None:
    """What a training left behind, a panel a series over the same iterations.

    Args:
        path: PNG file to write.
        iteration: numbers of the iterations.
        series: say gap, gradient norm and quality; nan where a series was not measured.
    """
    figure = Figure(figsize=(6, 1.5 * len(series) + 0.4), layout="constrained")
    axes = figure.subplots(len(series), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (name, values) in zip(axes, series.items(), strict=True):
        there = np.isfinite(values)
        axis.plot(iteration[there], values[there], ".-", ms=2, lw=1)
        axis.set_ylabel(name)
    axes[-1].set_xlabel("iteration")
    save(figure, path)


def interval_plot(
    path: Path, truth: float, studies: Mapping[str, Float[np.ndarray, "_ 2"]], *, label: str
) -> None:
    """Intervals of repeated studies against the truth, a panel a method; misses are red.

    Args:
        path: PNG file to write.
        truth: that each interval should hold.
        studies: lower and upper end of each interval, by the name of the method.
        label: of the quantity, with its unit.
    """
    figure = Figure(figsize=(2.6 * len(studies) + 0.6, 3.2), layout="constrained")
    axes = figure.subplots(1, len(studies), sharey=True, squeeze=False)[0]
    for axis, (name, ends) in zip(axes, studies.items(), strict=True):
        low, high = ends.T
        held = (low <= truth) & (truth <= high)
        at = np.arange(1, len(ends) + 1)
        for which, colour in ((held, "tab:blue"), (~held, _MISS)):
            axis.vlines(at[which], low[which], high[which], color=colour, lw=1.6)
        axis.axhline(truth, color="black", lw=1, ls="--")
        axis.set(title=f"{name}: {held.sum()} of {len(ends)}", xlabel="study")
    axes[0].set_ylabel(label)
    save(figure, path)


def bars(
    path: Path,
    values: Mapping[str, float],
    *,
    reference: float | None = None,
    label: str,
    reference_label: str = "reference",
) -> None:
    """A bar a method with its value, the first on top; a dashed line for the reference."""
    figure = Figure(figsize=(6, 0.32 * len(values) + 0.9), layout="constrained")
    axis = figure.subplots()
    drawn = axis.barh(list(values), list(values.values()), color="tab:blue", height=0.7)
    axis.bar_label(drawn, fmt="%.3g", padding=3, fontsize=8)
    axis.margins(x=0.12)
    axis.invert_yaxis()
    axis.grid(False, axis="y")
    axis.set_xlabel(label)
    if reference is not None:
        axis.axvline(reference, color="black", ls="--", lw=1, label=reference_label)
        axis.legend(fontsize=8)
    save(figure, path)


def scatter_tail(path: Path, tails: Mapping[str, Float[np.ndarray, "_ 4"]], *, label: str) -> None:
    """Probability that a threshold is exceeded, with its interval, on a logarithmic axis.

    Args:
        path: PNG file to write.
        tails: threshold, probability, lower and upper end of its interval, a row a threshold,
            by the name of the method. Where a method found nothing, probability 0, only the
            upper end is shown.
        label: of the threshold, with its unit. Methods stand beside one another at each.

    Raises:
        ValueError: an interval that does not hold its probability; names the method.
    """
    figure = Figure(figsize=(6, 3.4), layout="constrained")
    axis = figure.subplots()
    lowest = 1.0
    for name, rows in tails.items():
        _, probability, low, high = rows.T
        if not ((low <= probability) & (probability <= high)).all():
            raise ValueError(f"{name}: expected low <= probability <= high, got {rows}")
        seen = np.concatenate([rows[:, 1], rows[:, 3]])
        lowest = min(lowest, float(seen[seen > 0.0].min(initial=1.0)))
    every = np.concatenate(list(tails.values()))
    top = min(1.5, 3 * float(every[every[:, 1] > 0.0, 3].max(initial=0.0)) or 1.5)
    apart = _APART * (float(np.ptp(every[:, 0])) or float(np.abs(every[0, 0])))
    for place, (name, rows) in enumerate(tails.items()):
        moved = rows + apart * (place - (len(tails) - 1) / 2) * np.eye(4)[0]
        _draw_tail(axis, name, moved, f"C{place}", top)
    axis.set(yscale="log", ylim=(0.3 * lowest, top), xlabel=label, ylabel="probability to exceed")
    axis.legend(fontsize=8)
    save(figure, path)


def _draw_tail(
    axis: Axes, name: str, rows: Float[np.ndarray, "k 4"], colour: str, top: float
) -> None:
    found = rows[rows[:, 1] > 0.0]
    x, probability, low, high = found.T
    ends = np.stack([probability - low, high - probability])
    axis.errorbar(
        x, probability, yerr=ends, fmt="o-", ms=4, lw=1, elinewidth=0.9, capsize=2, color=colour,
        label=name,
    )  # fmt: skip
    nothing = rows[rows[:, 1] == 0.0]
    axis.plot(
        nothing[:, 0], np.minimum(nothing[:, 3], 0.8 * top), "v", ms=5, mfc="none", color=colour
    )

"""Stage: pictures of a study of boundary histories, from the waves to the scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from understudy.cli.arguments import call
from understudy.cli.boundary_data import chosen, read_runs, read_stresses
from understudy.cli.boundary_results import (
    NETWORK,
    REPLAY,
    intervals,
    methods,
    read_laws,
    read_metrics,
    rivals,
)
from understudy.data.histories import Histories
from understudy.data.zone import Zone, load_zone
from understudy.figures import draw_bars
from understudy.figures.laws import (
    arrival_histogram,
    bars,
    cumulative,
    interval_plot,
    scatter_tail,
    spectrum,
    training_history,
)
from understudy.figures.waves import film, film_strip
from understudy.generative.wgan_sampler import WGANSampler
from understudy.metrics import ks_band, moments
from understudy.surrogates.boundary_evaluation import arrivals
from understudy.surrogates.boundary_model import BoundaryModel, load_boundary
from understudy.surrogates.stochastic_boundary import greatest
from understudy.surrogates.stress_films import stress_films
from understudy.surrogates.submodel import Held

__all__ = ["main", "run"]

_MEGA, _MICRO = 1e6, 1e-6
_STRIP, _DRAWS = 6, 101
_STRESS = "von Mises stress [MPa]"
_GREATEST = "greatest von Mises stress [MPa]"


def run(
    law: Path,
    zone: Path,
    evaluated: tuple[Path, ...],
    training: tuple[Path, ...],
    first: int,
    unseen: tuple[Path, ...],
    reference: tuple[Path, ...],
    metrics: Path,
    changes: Path,
    prefix: str,
    out: Path,
    sets: tuple[Path, ...] = (),
    rare: Path | None = None,
    seed: int = 0,
) -> None:
    """Draw waves, laws of the quantity, scores, training, spectrum, arrivals and changes.

    Args:
        law: HDF5 file of boundary-fit for the network.
        zone: HDF5 file of the zone.
        evaluated: HDF5 files of boundary-evaluate, the stem is the law.
        training: runs that laws were learned from.
        first: how many of them.
        unseen: runs with histories that nothing was learned from.
        reference: full runs that all is judged by.
        metrics: JSON file of boundary-score.
        changes: JSON file of boundary-changes.
        prefix: start of the names in `metrics`, boundary.<set>.
        out: folder to write to.
        sets: JSON files of boundary-coverage; none: no picture of intervals.
        rare: JSON file with small probabilities; None: no picture of them.
        seed: of the draws that the waves show.
    """
    model, nominal, short = load_boundary(law), load_zone(zone), read_metrics(metrics, prefix)
    laws = {name: one for name, one in read_laws(evaluated).items() if f"{name}.qoi.w1" in short}
    fresh = read_runs(unseen, nominal)
    truth = greatest(read_stresses(reference).peak).astype(float)
    replay = greatest(read_runs(training, nominal, first).peak).astype(float)
    _draw_waves(out, nominal, fresh, model, seed)
    networks = [name for name in laws if name.startswith(f"{NETWORK}_seed")]
    place = prefix.partition(".")[2]
    curves = {name: laws[name].values[place] / _MEGA for name in [*networks, *rivals(short)]}
    curves["training runs"] = replay / _MEGA
    band = ks_band(len(truth))
    cumulative(out / "cdf.png", curves, truth / _MEGA, band=band, label=_GREATEST)
    _draw_methods(out / "methods.png", short, list(laws))
    if isinstance(model.law.sampler, WGANSampler):
        _draw_training(out / "training.png", model.law.sampler)
    one = laws[networks[0]]
    spectrum(out / "spectrum.png", {"real": one.real_spectrum, networks[0]: one.spectrum})
    times = {"real": arrivals(model.times, fresh.displacement), networks[0]: one.arrivals}
    micro = {name: values / _MICRO for name, values in times.items()}
    arrival_histogram(out / "arrivals.png", micro, label="first motion [µs]")
    _draw_changes(out / "changes.png", read_metrics(changes, f"{prefix}.changes"))
    if sets:
        _draw_intervals(out, intervals(sets), moments(truth))
    if rare is not None:
        _draw_tails(out / "rare.png", read_metrics(rare, f"{prefix}.rare"))


def _draw_waves(out: Path, zone: Zone, fresh: Histories, model: BoundaryModel, seed: int) -> None:
    """Stress under the real and the generated history whose quantity is the median."""
    held = Held(zone=zone)
    drawn = model.law.sample(_DRAWS, np.random.default_rng(seed))
    real = chosen(fresh, _median(greatest(fresh.peak))).displacement
    made = drawn[_median(greatest(held.run(drawn)))]
    films = stress_films(zone, np.concatenate([real, made.astype(real.dtype)])) / _MEGA
    rows = dict(zip(("real", "generated"), films, strict=True))
    times = model.times / _MICRO
    film(out / "waves.gif", zone.mesh, rows, times, label=_STRESS, time_unit="µs")
    at = np.linspace(len(times) / 4, len(times) - 1, _STRIP).round().astype(int)
    few = {name: values[at] for name, values in rows.items()}
    film_strip(out / "waves.png", zone.mesh, few, times[at], label=_STRESS, time_unit="µs")


def _median(values: Float[np.ndarray, " n"]) -> slice:
    place = int(np.argsort(values, kind="stable")[len(values) // 2])
    return slice(place, place + 1)


def _draw_methods(path: Path, short: Mapping[str, float], drawn: Sequence[str]) -> None:
    """W1 of every law, and that of the training runs themselves as a line."""
    scored = {name: short[f"{name}.qoi.w1"] for name in methods(short) if name in drawn}
    bars(
        path, scored, reference=short[f"{REPLAY}.qoi.w1"], reference_label="training runs",
        label="W1 of the quantity / deviation",
    )  # fmt: skip


def _draw_training(path: Path, sampler: WGANSampler) -> None:
    """What the players did; before training there is neither gap nor gradient."""
    history = sampler.history
    after = np.where(history.iteration > 0, 1.0, np.nan)
    series = {
        "critic's gap": after * history.gap,
        "gradient norm": after * history.gradient_norm,
        "quality": history.quality,
    }
    training_history(path, history.iteration, series)


def _draw_changes(path: Path, changes: Mapping[str, float]) -> None:
    """Bias and worst error of each way to treat each change, under exact histories."""
    values: dict[str, dict[str, float]] = {}
    for key, value in changes.items():
        variant, _, rest = key.partition(".")
        method, _, metric = rest.partition(".")
        words = {"mean_bias": "bias", "worst": "worst"}
        if metric in words:
            row = values.setdefault(method.removeprefix("baseline_"), {})
            place = variant.replace("_", "\n")
            row[f"{place}\n{words[metric]}"] = abs(value)
    if values:
        draw_bars(path, values, "relative error of the quantity")


def _draw_intervals(
    out: Path,
    found: Mapping[str, Mapping[str, Float[np.ndarray, "k 2"]]],
    truth: Mapping[str, float],
) -> None:
    """Intervals of small studies for the mean and for the quantile at 95 %."""
    for name, picture in (("mean", "coverage"), ("q95", "coverage_q95")):
        studies = {method: own[name] / _MEGA for method, own in found.items()}
        label = f"{name} [MPa]"
        interval_plot(out / f"{picture}.png", truth[name] / _MEGA, studies, label=label)


def _draw_tails(path: Path, rare: Mapping[str, float]) -> None:
    """Estimates of small probabilities with their intervals."""
    rows: dict[str, list[list[float]]] = {}
    for key in rare:
        name, _, rest = key.partition(".")
        method, _, quantity = rest.partition(".")
        if quantity == "probability":
            values = (rare[f"{name}.{method}.{k}"] for k in ("probability", "low", "high"))
            rows.setdefault(method, []).append([rare[f"{name}.threshold"] / _MEGA, *values])
    tails = {method: np.array(sorted(own)) for method, own in rows.items()}
    scatter_tail(path, tails, label=_GREATEST)


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "boundary-figures")

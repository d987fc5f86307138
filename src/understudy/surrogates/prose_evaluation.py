"""How good answers are: splits of new trajectories, all methods on the same windows, clean truth.

The error of a forecast is its relative L2 norm over what lies beyond the window, at most one, so
that a chaotic trajectory that was lost does not rule a mean. A forecast is bad from .2 on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import process_time
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float

from understudy.equations.equation import Equation, renamed
from understudy.equations.family import Family
from understudy.equations.numbers import number_by_product
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta
from understudy.equations.terms import Monomial, Symbol
from understudy.equations.trajectories import TIMES
from understudy.surrogates.equation_candidate import Candidate
from understudy.surrogates.equation_discovery import Answer, Discovery
from understudy.surrogates.equation_network import Band, EquationNetwork, Learned
from understudy.surrogates.equation_proposals import proposals
from understudy.surrogates.equation_refinement import Refinement, noise_level
from understudy.surrogates.equation_search import EquationSearch
from understudy.surrogates.prose_lessons import SEEN, STATES
from understudy.surrogates.prose_model import ProseModel
from understudy.surrogates.prose_samples import Sample, Split, samples_of
from understudy.surrogates.series_baselines import dynamic_modes, ensemble_sindy, persistence

__all__ = [
    "BAD",
    "BASELINES",
    "Asked",
    "Forecaster",
    "Judged",
    "answers",
    "ask",
    "banded",
    "evaluate",
    "judged",
    "judged_answers",
    "true_family",
]

BAD = 0.2


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """What one method did with a split.

    Attributes:
        error: of each forecast, at most one.
        halves: of its first and second half.
        curve: mean error at each later time, over the size of the truth, at most one.
        exact: the skeleton was found; None: the method gives none.
        coverage: share of the truth within the band; None: it gives none.
        coverage_halves: the same in the first and second half of what lies beyond the window.
        trusted: the answer says that it can be; None: it says nothing.
        named: source of the forecast, `search`, `network`, `operator` or `none`.
        number_error: mean relative error of the numbers where the skeleton is exact, else NaN.
        number_coverage: share of the numbers within their intervals, likewise.
        seconds: of CPU time a sample.
    """

    error: Float[np.ndarray, " n"]
    halves: Float[np.ndarray, "n 2"]
    curve: Float[np.ndarray, " S"]
    exact: Bool[np.ndarray, " n"] | None = None
    coverage: Float[np.ndarray, " n"] | None = None
    coverage_halves: Float[np.ndarray, "n 2"] | None = None
    trusted: Bool[np.ndarray, " n"] | None = None
    named: tuple[str, ...] = ()
    number_error: Float[np.ndarray, " n"] | None = None
    number_coverage: Float[np.ndarray, " n"] | None = None
    seconds: float = 0.0


def judged(truth: Float[np.ndarray, "n S D"], forecast: Float[np.ndarray, "n S D"]) -> Judged:
    """Errors of forecasts."""

    def error(part: slice) -> Float[np.ndarray, " n"]:
        with np.errstate(all="ignore"):
            off = np.linalg.norm((forecast - truth)[:, part], axis=(1, 2))
            size = np.linalg.norm(truth[:, part], axis=(1, 2))
            return np.minimum(np.nan_to_num(off / size, nan=1.0, posinf=1.0), 1.0)

    half = truth.shape[1] // 2
    size = np.sqrt((truth**2).mean(axis=(1, 2)))[:, None]
    with np.errstate(all="ignore"):
        each = np.sqrt(((forecast - truth) ** 2).mean(axis=2)) / size
    curve = np.minimum(np.nan_to_num(each, nan=1.0, posinf=1.0), 1.0).mean(axis=0)
    return Judged(
        error=error(slice(None)),
        halves=np.stack([error(slice(half)), error(slice(half, None))], axis=1),
        curve=curve,
    )


def banded(
    one: Judged,
    truth: Float[np.ndarray, "n S D"],
    low: Float[np.ndarray, "n S D"],
    high: Float[np.ndarray, "n S D"],
) -> Judged:
    """With how much of the truth lies in bands; NaN where a band is NaN."""
    inside = np.where(np.isnan(low), np.nan, (low <= truth) & (truth <= high))
    half = truth.shape[1] // 2
    halves = [inside[:, part].mean(axis=(1, 2)) for part in (slice(half), slice(half, None))]
    return replace(
        one, coverage=inside.mean(axis=(1, 2)), coverage_halves=np.stack(halves, axis=1)
    )


Method = Callable[[Sample], Float[np.ndarray, "n S D"]]


def true_family(sample: Sample) -> Family:
    """Of samples that have one.

    Raises:
        ValueError: a system outside of all.
    """
    if sample.family is None:
        raise ValueError(f"{sample.name}: expected a family, got a system outside of all")
    return sample.family


def _family_mean(sample: Sample) -> Float[np.ndarray, "n S D"]:
    """The true skeleton with the means of its family, from the last noisy point."""
    family, many = true_family(sample), len(sample.values)
    values = np.tile(family.centre[:, None], (1, many))
    first = sample.windows[:, -1, -1].T
    return RungeKutta().solve(
        RightHandSide(family.equation), values, first, TIMES[SEEN - 1 :]
    )[:, 1:]  # fmt: skip


def _oracle(sample: Sample) -> Float[np.ndarray, "n S D"]:
    """The true skeleton refined with the law of its family for a prior."""
    family, many = true_family(sample), len(sample.values)
    size = family.spread / np.sqrt(3.0) * np.abs(family.centre)
    noise = np.sqrt((noise_level(sample.windows) ** 2).mean(axis=1))
    refined = Refinement().fit(
        family.equation, TIMES[:SEEN], sample.windows,
        centre=np.tile(family.centre, (many, 1)), spread=np.tile(size, (many, 1)),
        noise=noise,
    )  # fmt: skip
    return refined.forecast(TIMES, sample.windows.shape[1] - 1)[:, SEEN:]


def _guess_refined(sample: Sample) -> Float[np.ndarray, "n S D"]:
    """The guess as it is, its numbers found through the integrator."""
    only = EquationSearch(rounds=0)
    found = np.full_like(sample.truth, np.nan)
    for k, believed in enumerate(sample.guesses or ()):
        if only.reads(believed, sample.names):
            searched = only.solve(TIMES[:SEEN], sample.windows[k], sample.names, believed)
            if searched.candidates:
                found[k] = Discovery.forecast(searched.candidates[0], TIMES)[SEEN:]
    return found


BASELINES: dict[str, Method] = {
    "baseline_persistence": lambda s: persistence(s.windows[:, -1], s.truth.shape[1]),
    "baseline_dmd": lambda s: dynamic_modes(s.windows[:, -1], s.truth.shape[1]),
    "baseline_sindy": lambda s: np.stack(
        [ensemble_sindy(TIMES[:SEEN], w, s.names, TIMES)[SEEN:] for w in s.windows]
    ),
    "baseline_family_mean": _family_mean,
    "baseline_guess_refined": _guess_refined,
    "oracle": _oracle,
}
"""Rivals that need no training, by name."""
_FAMILIAR = ("baseline_family_mean", "oracle")
"""Those that know the family."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """What a network says of the samples of a family; it is asked once for all that use it.

    Attributes:
        written: equations of each sample.
        offered: the same, refined.
        bands: forecast, low and high at all times.
        seconds: of CPU time a sample for the bands alone.
    """

    written: Sequence[Sequence[Learned]]
    offered: Sequence[Sequence[Candidate]]
    bands: Sequence[Band]
    seconds: float


def ask(sample: Sample, model: EquationNetwork) -> Asked:
    """Ask a network about the last window of each sample."""
    last, states = sample.windows[:, -1], sample.names
    written = model.decode(last, states, sample.guesses)
    begin = process_time()
    bands = model.bands(last, TIMES, sample.guesses, written)
    seconds = (process_time() - begin) / len(bands)
    offered = proposals(written, model.families, states, TIMES[:SEEN], sample.windows)
    return Asked(written=written, offered=offered, bands=bands, seconds=seconds)


def answers(
    sample: Sample, discovery: Discovery, asked: Asked | None, seed: int
) -> list[Answer | None]:
    """Answers to all samples of a family; None: no equation can be followed, or read."""
    names, found = sample.names, list[Answer | None]()
    for k, windows in enumerate(sample.windows):
        believed = None if sample.guesses is None else sample.guesses[k]
        offered = asked.offered[k] if asked else ()
        readable = believed is None or discovery.search.reads(believed, names)
        if asked is None and not readable:
            found.append(None)
            continue
        try:
            found.append(
                discovery.solve(
                    TIMES[:SEEN], windows, names, ahead=TIMES,
                    rng=np.random.default_rng([seed, k]), guess=believed, proposals=offered,
                    operator=asked.bands[k] if asked else None,
                )
            )  # fmt: skip
        except RuntimeError:
            found.append(None)
    return found


def judged_answers(sample: Sample, found: Sequence[Answer | None], seconds: float) -> Judged:
    """Errors, skeletons, bands and verdicts of answers; none is an error of one."""
    truth = sample.truth
    forecast = np.stack(
        [np.full_like(truth[k], np.nan) if a is None else a.forecast[SEEN:]
         for k, a in enumerate(found)]
    )  # fmt: skip
    wanted = None if sample.family is None else sample.family.equation.skeleton
    exact = np.array(
        [
            a is not None and wanted in [c.skeleton.skeleton for c in a.candidates[:1]]
            for a in found
        ]
    )
    none = np.full_like(truth[0], np.nan)
    low, high = (
        np.stack([none if a is None else getattr(a, end)[SEEN:] for a in found])
        for end in ("low", "high")
    )
    numbers = [
        _numbers(sample, k, a) if a is not None and exact[k] else (np.nan, np.nan)
        for k, a in enumerate(found)
    ]
    error, coverage = np.array(numbers).reshape(-1, 2).T
    return replace(
        banded(judged(truth, forecast), truth, low, high), exact=exact,
        trusted=np.array([a is not None and a.verdict == "trusted" for a in found]),
        named=tuple("none" if a is None else a.source for a in found),
        number_error=error, number_coverage=coverage, seconds=seconds,
    )  # fmt: skip


def _numbers(sample: Sample, k: int, answer: Answer) -> tuple[float, float]:
    """Mean relative error of the numbers of the best equation, and how many intervals hold."""
    best = answer.candidates[0]
    equation = true_family(sample).equation
    known = dict(zip(equation.parameters, sample.values[k].tolist(), strict=True))
    truth = number_by_product(equation.with_values(known))
    own = number_by_product(best.equation)
    pairs = [(own[place], value) for place, value in truth.items() if abs(value) != 1.0]
    if not pairs:
        return np.nan, np.nan
    error = float(np.mean([abs(a - b) / abs(b) for a, b in pairs]))
    held = []
    for name, value, sigma in zip(
        best.skeleton.parameters, best.fit.values, best.deviation, strict=True
    ):
        place = _place_of(best.skeleton, name)
        if place in truth:
            sign = own[place] / value if value else 1.0
            held.append(abs(value - truth[place] / sign) <= 1.96 * sigma)
    return error, float(np.mean(held)) if held else np.nan


def _place_of(skeleton: Equation, name: str) -> tuple[int, Monomial]:
    """Component and product that a number stands before."""
    own = (Symbol(name), 1.0)
    for i, terms in enumerate(skeleton.right):
        for monomial, _ in terms:
            if own in monomial:
                return i, tuple(factor for factor in monomial if factor != own)
    return 0, ((Symbol(name), 1.0),)


@runtime_checkable
class Forecaster(Protocol):
    """A network that continues windows."""

    def forecast(
        self, windows: Float[np.ndarray, "n T D"], ahead: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, "n S D"]:
        """States at later times."""
        ...


def evaluate(
    split: Split,
    model: EquationNetwork | None,
    discovery: Discovery,
    *,
    rivals: Mapping[str, Forecaster] | None = None,
    outside: Mapping[str, np.ndarray] | None = None,
) -> tuple[dict[str, list[Judged]], list[list[str]]]:
    """All methods on a split, family by family, and what the network takes each sample for.

    Args:
        split: new trajectories.
        model: trained network; None: the methods that need none.
        discovery: settings of the answers.
        rivals: other networks by name.
        outside: states of systems that no family holds, by name.
    """
    found: dict[str, list[Judged]] = {}
    named: list[list[str]] = []

    def keep(name: str, value: Judged) -> None:
        found.setdefault(name, []).append(value)

    for sample in samples_of(split, outside):
        begin = process_time()
        asked = None if model is None else ask(sample, model)
        every = answers(sample, discovery, asked, split.seed)
        each = (process_time() - begin) / len(every)
        keep("answer", judged_answers(sample, every, each))
        for name, method in BASELINES.items():
            if name in _FAMILIAR and sample.family is None:
                continue
            if name != "baseline_guess_refined" or sample.guesses is not None:
                keep(name, judged(sample.truth, method(sample)))
        for name, rival in (rivals or {}).items():
            made = rival.forecast(sample.windows[:, -1], TIMES[SEEN:])
            keep(f"baseline_{name}", judged(sample.truth, made))
        if model is not None and asked is not None:
            for name, value in _network(sample, asked, discovery).items():
                keep(name, value)
            if isinstance(model, ProseModel) and len(model.networks) > 1:
                one = replace(model, networks=model.networks[:1])
                made = one.forecast(sample.windows[:, -1], TIMES[SEEN:], sample.guesses)
                keep("ablation_one_member", judged(sample.truth, made))
            if sample.guesses is not None:
                blind = model.forecast(sample.windows[:, -1], TIMES[SEEN:])
                keep("ablation_no_symbols", judged(sample.truth, blind))
                alone = answers(sample, discovery, None, split.seed)
                keep("ablation_no_network", judged_answers(sample, alone, 0.0))
            named.append(families_named(sample, asked))
    return found, named


def _network(sample: Sample, asked: Asked, discovery: Discovery) -> dict[str, Judged]:
    """The network alone, and its equations without refinement and without search."""
    truth = sample.truth
    head, low, high = (np.stack(part)[:, SEEN:] for part in zip(*asked.bands, strict=True))
    refined = head.copy()
    for k, candidates in enumerate(asked.offered):
        best = min(candidates, key=lambda c: c.score, default=None)
        if best is not None and best.chi2 < discovery.misfit:
            refined[k] = discovery.forecast(best, TIMES)[SEEN:]
    return {
        "head": replace(banded(judged(truth, head), truth, low, high), seconds=asked.seconds),
        "ablation_no_refinement": judged(truth, _written(sample, asked, head)),
        "ablation_no_search": judged(truth, refined),
    }


def _written(sample: Sample, asked: Asked, head: np.ndarray) -> np.ndarray:
    """Equations as the network wrote them, from the last noisy point; without one, the head."""
    found = head.copy()
    for k, row in enumerate(asked.written):
        if row:
            right = RightHandSide(row[0].equation)
            first = sample.windows[k, -1, -1][:, None]
            found[k] = RungeKutta().solve(right, np.empty((0, 1)), first, TIMES[SEEN - 1 :])[0, 1:]
    return found


def families_named(sample: Sample, asked: Asked) -> list[str]:
    """Family whose skeleton the network wrote, `other` for one of none."""
    skeletons = {
        renamed(f.equation, STATES[: len(f.equation.states)]).skeleton: name
        for name, f in ODE_FAMILIES.items()
    }
    states = STATES[: len(sample.names)]
    return [
        skeletons.get(renamed(row[0].equation, states).skeleton, "other") if row else "other"
        for row in asked.written
    ]

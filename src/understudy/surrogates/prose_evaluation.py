"""How good answers are on new trajectories: all methods on the same windows, clean truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import process_time
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation, renamed
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
from understudy.surrogates.forecast_errors import Judged, banded, judged
from understudy.surrogates.prose_baselines import BASELINES, FAMILIAR, true_family
from understudy.surrogates.prose_lessons import SEEN, STATES
from understudy.surrogates.prose_model import ProseModel
from understudy.surrogates.prose_samples import Sample, Split, samples_of

__all__ = ["Asked", "Forecaster", "answers", "ask", "evaluate", "judged_answers"]


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
    offered = proposals(
        written, model.families, states, TIMES[:SEEN], sample.windows, sample.noise
    )
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
                    noise=None if sample.noise is None else sample.noise[k],
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
            if name in FAMILIAR and sample.family is None:
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

"""How good answers about fields are: splits, all methods on the same windows, clean truth.

Errors are those of `prose_evaluation`: relative L2 norms over what lies beyond the window, at most
one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import process_time
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.numbers import number_by_product
from understudy.equations.pde_families import TIMES
from understudy.surrogates.equation_network import Learned
from understudy.surrogates.evolution_model import EvolutionModel
from understudy.surrogates.evolution_sets import (
    SEEN,
    EvolutionSplit,
    FieldSample,
    FieldSet,
    field_samples,
)
from understudy.surrogates.field_discovery import FieldAnswer, FieldBand, FieldDiscovery
from understudy.surrogates.field_prior import Prior
from understudy.surrogates.forecast_errors import Judged, banded, judged
from understudy.surrogates.series_baselines import dynamic_modes, persistence

__all__ = ["FieldBaselines", "answers_of", "evaluate_fields"]

_FAMILY, _FIXED, _DELAYS = 0.1, 1e-6, 4


@final
@dataclass(frozen=True, kw_only=True)
class FieldBaselines:
    """Rivals that need no network.

    Attributes:
        discovery: that refines equations.
    """

    discovery: FieldDiscovery

    def methods(self) -> dict[str, Callable[[FieldSample], Float[np.ndarray, "n F X"]]]:
        """By name."""
        later = len(TIMES) - SEEN
        return {
            "baseline_persistence": lambda s: persistence(s.windows, later),
            "baseline_dmd": lambda s: dynamic_modes(s.windows, later, delays=_DELAYS),
            "baseline_family_mean": lambda s: self._true_skeleton(s, _FIXED),
            "baseline_guess_refined": self._guesses,
            "oracle": lambda s: self._true_skeleton(s, s.fields.spread / np.sqrt(3.0)),
        }

    def _true_skeleton(self, sample: FieldSample, spread: float) -> np.ndarray:
        """The true equation, its numbers known to a share; the initial field is found."""
        fields = sample.fields
        size = np.maximum(spread * np.abs(fields.centre), 1e-12)
        prior = Prior(equation=fields.equation, centre=fields.centre, spread=size, source="oracle")
        return _forecasts(sample, self._answers(sample, [[prior]] * len(sample.windows)))

    def _guesses(self, sample: FieldSample) -> np.ndarray:
        """The guess as it is, its numbers found through the solver."""
        rows = [[p] if p else [] for p in beliefs(sample, self.discovery)]
        return _forecasts(sample, self._answers(sample, rows))

    def _answers(
        self, sample: FieldSample, rows: Sequence[Sequence[Prior]]
    ) -> list[FieldAnswer | None]:
        return self.discovery.solve(
            sample.fields.place, TIMES[:SEEN], sample.windows, rows, ahead=TIMES,
            rng=np.random.default_rng(0), noise=sample.noise,
        )  # fmt: skip


def beliefs(sample: FieldSample, discovery: FieldDiscovery) -> list[Prior | None]:
    """The guess of each window, with numbers to begin with; None: it cannot be solved there."""
    return [
        discovery.believed(believed, sample.fields.place, TIMES[:SEEN], window)
        for believed, window in zip(sample.guesses or (), sample.windows, strict=True)
    ]


def _forecasts(sample: FieldSample, found: Sequence[FieldAnswer | None]) -> np.ndarray:
    shape = sample.truth.shape[1:]
    return np.stack([np.full(shape, np.nan) if a is None else a.forecast[SEEN:] for a in found])


def evaluate_fields(
    split: EvolutionSplit,
    data_sets: Mapping[str, FieldSet],
    model: EvolutionModel,
    rivals: Mapping[str, EvolutionModel],
    discovery: FieldDiscovery,
) -> tuple[dict[str, list[Judged]], list[list[str]]]:
    """All methods on a split, set by set, and what the network takes each field for.

    Args:
        split: new fields.
        data_sets: test sets by name.
        model: the network whose equations are refined.
        rivals: other networks by name.
        discovery: settings of the answers.
    """
    found: dict[str, list[Judged]] = {}
    named: list[list[str]] = []

    def keep(name: str, value: Judged) -> None:
        found.setdefault(name, []).append(value)

    for sample in field_samples(split, data_sets):
        points = sample.fields.place.points
        begin = process_time()
        answers, bands, written = answers_of(sample, model, discovery, split.seed)
        each = (process_time() - begin) / len(bands)
        keep("answer", _judged_answers(sample, answers, each))
        begin = process_time()
        head = model.forecast(points, sample.windows, sample.guesses)
        head_seconds = (process_time() - begin) / len(bands)
        _, low, high = (np.stack(part) for part in zip(*bands, strict=True))
        shown = banded(judged(sample.truth, head), sample.truth, low, high)
        keep("head", replace(shown, seconds=head_seconds))
        for name, method in FieldBaselines(discovery=discovery).methods().items():
            if name != "baseline_guess_refined" or sample.guesses is not None:
                keep(name, judged(sample.truth, method(sample)))
        for name, rival in rivals.items():
            begin = process_time()
            made = rival.forecast(points, sample.windows, sample.guesses)
            seconds = (process_time() - begin) / len(made)
            keep(f"baseline_{name}", replace(judged(sample.truth, made), seconds=seconds))
        if sample.guesses is not None:
            blind = model.forecast(points, sample.windows)
            keep("ablation_no_symbols", judged(sample.truth, blind))
        named.append(_named(model, written))
    return found, named


def answers_of(
    sample: FieldSample, model: EvolutionModel, discovery: FieldDiscovery, seed: int
) -> tuple[list[FieldAnswer | None], list[FieldBand], list[list[Learned]]]:
    """Answers, bands of the network alone, and the equations that it wrote."""
    points = sample.fields.place.points
    written = model.decode(points, sample.windows, sample.guesses)
    bands = _bands(model, points, sample, written)
    rows = _proposals(model, written)
    if sample.guesses is not None:
        for row, prior in zip(rows, beliefs(sample, discovery), strict=True):
            row += [prior] if prior else []
    found = discovery.solve(
        sample.fields.place, TIMES[:SEEN], sample.windows, rows, ahead=TIMES,
        rng=np.random.default_rng(seed), operators=bands, noise=sample.noise,
    )  # fmt: skip
    return found, bands, written


def _bands(
    model: EvolutionModel,
    points: np.ndarray,
    sample: FieldSample,
    written: Sequence[Sequence[Learned]],
) -> list[FieldBand]:
    head = model.forecast(points, sample.windows, sample.guesses)
    wide = model.half_width(sample.windows, written)
    return list(zip(head, head - wide, head + wide, strict=True))


def _priors(model: EvolutionModel) -> list[Prior]:
    """Of the families that it has learned."""
    found = []
    for known in model.known:
        centre = np.array([known.means[p] for p in known.equation.parameters])
        found.append(
            Prior(
                equation=known.equation, centre=centre, source="network",
                spread=np.maximum(_FAMILY * np.abs(centre), 1e-12),
            )
        )  # fmt: skip
    return found


def _proposals(model: EvolutionModel, written: Sequence[Sequence[Learned]]) -> list[list[Prior]]:
    known = _priors(model)
    return [[Prior.of_written(one, known) for one in row] for row in written]


def _named(model: EvolutionModel, written: Sequence[Sequence[Learned]]) -> list[str]:
    """Family that the network takes each field for, `other` for one of none."""
    names = [*(k.name for k in model.known), "other"]
    return [names[i] for i in model.taken_for(written)]


def _judged_answers(
    sample: FieldSample, found: Sequence[FieldAnswer | None], seconds: float
) -> Judged:
    """Errors, skeletons, bands and verdicts of answers; none is an error of one."""
    truth, wanted = sample.truth, sample.fields.equation
    exact = np.array(
        [a is not None and a.candidates[0].equation.skeleton == wanted.skeleton for a in found]
    )
    none = np.full_like(truth[0], np.nan)
    low, high = (
        np.stack([none if a is None else getattr(a, end)[SEEN:] for a in found])
        for end in ("low", "high")
    )
    numbers = np.array(
        [
            _numbers(sample, k, a) if a is not None and exact[k] else (np.nan, np.nan)
            for k, a in enumerate(found)
        ]
    )
    return replace(
        banded(judged(truth, _forecasts(sample, found)), truth, low, high), exact=exact,
        trusted=np.array([a is not None and a.verdict == "trusted" for a in found]),
        named=tuple("none" if a is None else a.source for a in found),
        number_error=numbers[:, 0], number_coverage=numbers[:, 1], seconds=seconds,
    )  # fmt: skip


def _numbers(sample: FieldSample, k: int, answer: FieldAnswer) -> tuple[float, float]:
    """Mean relative error of the numbers of the terms, and how many intervals hold.

    Intervals are those of parameters, where the answer has those of the family.
    """
    equation, best = sample.fields.equation, answer.candidates[0]
    known = dict(zip(equation.parameters, sample.fields.values[k].tolist(), strict=True))
    truth, own = number_by_product(equation.with_values(known)), number_by_product(best.solved)
    pairs = [(own[place], value) for place, value in truth.items() if abs(value) != 1.0]
    error = float(np.mean([abs(a - b) / abs(b) for a, b in pairs])) if pairs else np.nan
    if best.equation != equation:
        return error, np.nan
    held = np.abs(best.values - sample.fields.values[k]) <= 1.96 * best.deviation
    return error, float(held.mean())

"""The equation of a field from noisy slices, its forecast, and a verdict.

Whoever proposes an equation, a user or a network, it is refined through the solver; of several the
one of the greatest evidence answers. With chi2 the squared misfit over the squared noise, p the
numbers of the equation, m and q a normal prior and S their posterior covariance,

    J = chi2 + sum (p - m)^2 / q^2 - log det S + 2 sum log q

is minus twice its logarithm but for a constant (MacKay 1992; the initial field, which all have,
left out). Draws of numbers and initial fields, solved again, give the band, to which the error is
added that is left to the mesh; the verdict asks whether the equation leaves no more than noise
and whether the draws agree.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.stats import t as student

from understudy.equations.equation import Equation
from understudy.surrogates.equation_refinement import noise_level
from understudy.surrogates.field_places import Line, Place
from understudy.surrogates.field_prior import SMALLEST, Prior, weak_numbers
from understudy.surrogates.field_refinement import FieldRefinement, Finer, Modes, RefinedFields

__all__ = ["FieldAnswer", "FieldCandidate", "FieldDiscovery"]

_BELIEVED = 1.0
_CLEARLY = 1.5
_TRIED, _FOLLOWED = 8, 1e-3
"""Windows that a cheaper solver is tried on, and its greatest error there."""
_LEFT = 1 / 3
"""Share of a correction by a mesh of half the size that is left of an error of second order."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FieldCandidate:
    """An equation that was refined.

    Attributes:
        equation: with parameters.
        values: of the parameters.
        deviation: of the values.
        chi2: squared misfit over squared noise, a mean over the values of the window.
        score: J; differences of two are minus twice the logarithm of their odds.
        source: who proposed it.
    """

    equation: Equation
    values: Float[np.ndarray, " P"]
    deviation: Float[np.ndarray, " P"]
    chi2: float
    score: float
    source: str

    @property
    def solved(self) -> Equation:
        """With its numbers."""
        names = self.equation.parameters
        return self.equation.with_values(dict(zip(names, self.values.tolist(), strict=True)))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FieldAnswer:
    """What was found for one window, and how far it can be trusted.

    Attributes:
        candidates: the best first.
        forecast: at all times that were asked for.
        low: end of the band of 95 %.
        high: the other.
        spread: of the draws, over the size of the forecast, beyond the window.
        source: of the forecast; `operator` where no equation is to be believed.
        verdict: `trusted`, `doubtful` or `rejected`.
        reasons: of the verdict.
    """

    candidates: tuple[FieldCandidate, ...]
    forecast: Float[np.ndarray, "S X"]
    low: Float[np.ndarray, "S X"]
    high: Float[np.ndarray, "S X"]
    spread: float
    source: str
    verdict: str
    reasons: tuple[str, ...]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Refined:
    """A candidate, and where its fields are made.

    Attributes:
        candidate: the equation.
        fields: of the samples that share it.
        k: which of them.
        place: where forecasts are made.
        own: where the refinement made them.
        left: share of a correction that is left.
    """

    candidate: FieldCandidate
    fields: RefinedFields
    k: int
    place: Place
    own: Place
    left: float


FieldBand = tuple[Float[np.ndarray, "F X"], Float[np.ndarray, "F X"], Float[np.ndarray, "F X"]]
"""A forecast beyond the window, the least and the greatest values that are expected."""


@final
@dataclass(frozen=True, kw_only=True)
class FieldDiscovery:
    """Settings.

    Attributes:
        waves: greatest number of waves of an initial field on a line.
        modes: of one on a plane domain.
        refinement: of numbers and initial fields.
        draws: of the posterior.
        misfit: greatest chi2 of a trusted answer.
        spread: greatest spread of a trusted answer.
    """

    waves: int = 12
    modes: int = 40
    refinement: FieldRefinement = field(
        default_factory=lambda: FieldRefinement(iterations=10, rtol=1e-4, rounds=3)
    )
    draws: int = 16
    misfit: float = 1.5
    spread: float = 0.1

    def __post_init__(self) -> None:
        if min(self.waves, self.modes) < 1 or self.draws < 4:
            raise ValueError(
                f"waves, modes, draws: expected at least 1, 1 and 4, got {self.waves}, "
                f"{self.modes}, {self.draws}"
            )
        if not self.misfit > 1 or not self.spread > 0:
            raise ValueError(
                f"misfit, spread: expected above 1 and above 0, got {self.misfit:g}, "
                f"{self.spread:g}"
            )

    def modes_of(self, place: Place) -> Modes:
        """Those that an initial field may have."""
        return place.modes(self.waves if isinstance(place, Line) else self.modes)

    def believed(
        self,
        guess: Equation,
        place: Place,
        times: Float[np.ndarray, " T"],
        window: Float[np.ndarray, "T X"],
    ) -> Prior | None:
        """A user's guess with numbers from the weak form, hardly more than their order.

        None: it has derivatives that the place has not.
        """
        if not place.reads(guess):
            return None
        values = weak_numbers(guess, place, self.modes_of(place), times, window)
        spread = np.maximum(_BELIEVED * np.abs(values), SMALLEST)
        return Prior(equation=guess, centre=values, spread=spread, source="guess")

    def solve(
        self,
        place: Place,
        times: Float[np.ndarray, " T"],
        windows: Float[np.ndarray, "n T X"],
        proposals: Sequence[Sequence[Prior]],
        *,
        ahead: Float[np.ndarray, " S"],
        rng: np.random.Generator,
        operators: Sequence[FieldBand] | None = None,
        noise: Float[np.ndarray, " n"] | None = None,
    ) -> list[FieldAnswer | None]:
        """An answer to each window; None: no equation that was proposed can be followed there.

        Args:
            place: of the points.
            times: of the slices, evenly spaced.
            windows: noisy slices.
            proposals: of each window.
            ahead: evenly spaced times of the forecast, the first that of the windows.
            rng: of the draws.
            operators: forecasts without an equation, shown where none holds.
            noise: its deviation in each window, if it is known; None: estimated.

        Raises:
            ValueError: noise that is no deviation of each window.
        """
        if noise is not None and (len(noise) != len(windows) or not (noise >= 0).all()):
            raise ValueError(
                f"noise: expected a deviation of each of {len(windows)} windows, got {noise}"
            )
        level = noise_level(windows, noise)
        groups: dict[Equation, list[tuple[int, Prior]]] = defaultdict(list)
        for sample, row in enumerate(proposals):
            for prior in row:
                if place.reads(prior.equation):
                    groups[prior.equation].append((sample, prior))
        found: list[list[_Refined]] = [[] for _ in windows]
        for equation, own in groups.items():
            which = np.array([sample for sample, _ in own])
            centre = np.stack([p.centre for _, p in own])
            rung = self._rung(place, equation, centre, times, windows[which])
            finest, left = place.finer(), _LEFT
            if finest is None:
                finest, left = place, 0.0
            refined = self.refinement.fit(
                equation, rung.solver, times, windows[which][..., place.own],
                modes=self.modes_of(rung), at=rung.at[place.own], centre=centre,
                spread=np.stack([p.spread for _, p in own]), noise=level[which],
                finer=None if finest is rung else Finer(
                    solver=finest.solver, modes=self.modes_of(finest), at=finest.at[place.own],
                    left=left,
                ),
            )  # fmt: skip
            for k, (sample, prior) in enumerate(own):
                if np.isfinite(refined.chi2[k]):
                    found[sample].append(
                        _Refined(
                            candidate=_candidate(refined, k, prior), fields=refined, k=k, own=rung,
                            place=finest if refined.corrected[k] else place, left=left,
                        )
                    )  # fmt: skip
        answers: list[FieldAnswer | None] = []
        for sample, refinements in enumerate(found):
            if not refinements:
                answers.append(None)
                continue
            refinements.sort(key=lambda one: one.candidate.score)
            operator = None if operators is None else operators[sample]
            answers.append(self._answer(refinements, times, ahead, rng, operator))
        return answers

    def _rung(
        self,
        place: Place,
        equation: Equation,
        centre: np.ndarray,
        times: np.ndarray,
        windows: np.ndarray,
    ) -> Place:
        """The place with the cheapest solver that follows some windows to a share of the noise."""
        rungs = place.coarser()
        if not rungs:
            return place
        some = slice(0, _TRIED)

        def made(at: Place) -> np.ndarray:
            basis = self.modes_of(at).values
            near = basis[at.at[at.own]]
            first = np.linalg.lstsq(near, windows[some, 0][:, at.own].T, rcond=None)[0].T @ basis.T
            still = [np.zeros_like(first)] * (equation.orders[0] - 1)
            start = np.stack([first, *still])
            return at.solver.solve(equation, centre[some].T, start, times)[:, :, 0][..., at.at]

        true = made(place)
        size = np.linalg.norm(true, axis=(1, 2))
        for rung in rungs:
            with np.errstate(all="ignore"):
                off = np.linalg.norm(made(rung) - true, axis=(1, 2)) / size
            if (off < _FOLLOWED).all():
                return rung
        return place

    def _answer(
        self,
        row: Sequence[_Refined],
        times: np.ndarray,
        ahead: np.ndarray,
        rng: np.random.Generator,
        operator: FieldBand | None,
    ) -> FieldAnswer:
        first, best, place = row[0], row[0].candidate, row[0].place
        fields, k = first.fields, first.k
        made = fields.fields(ahead, k, place.solver, self.modes_of(place), self.draws, rng)
        forecast, drawn = made[0][:, place.at], made[1:][..., place.at]
        with np.errstate(all="ignore"):
            wide = np.sqrt(np.nanmean((drawn - forecast) ** 2, axis=0))
            if fields.corrected[k] and first.left:
                rough = fields.forecast(ahead, k)[:, first.own.at]
                wide = np.hypot(wide, first.left * (forecast - rough))
        wide = np.nan_to_num(wide, nan=np.inf, posinf=np.inf)
        beyond = ahead > times[-1]
        size = float(np.sqrt((forecast[beyond] ** 2).mean())) or 1.0
        spread = float(np.sqrt((wide[beyond] ** 2).mean()) / size)
        reasons = []
        if best.chi2 > self.misfit:
            reasons.append(f"the best equation leaves {best.chi2:.2f} times the noise")
        if spread > self.spread:
            reasons.append(f"draws of the posterior part by {spread:.0%} of the forecast")
        verdict = "trusted" if not reasons else "doubtful"
        # The deviation is that of few draws about a known mean.
        half = float(student.ppf(0.975, self.draws)) * wide
        low, high, source = forecast - half, forecast + half, best.source
        if best.chi2 > _CLEARLY * self.misfit:
            verdict = "rejected"
            if operator is not None:
                seen = len(times)
                forecast, low, high = (part.copy() for part in (forecast, low, high))
                forecast[seen:], low[seen:], high[seen:] = operator
                source = "operator"
                reasons.append("the forecast is that of an operator without an equation")
        return FieldAnswer(
            candidates=tuple(one.candidate for one in row), forecast=forecast, low=low, high=high,
            spread=spread, source=source, verdict=verdict,
            reasons=tuple(reasons) or ("misfit and spread say nothing against it",),
        )  # fmt: skip


def _candidate(refined: RefinedFields, k: int, prior: Prior) -> FieldCandidate:
    values, p = refined.values[k], len(prior.centre)
    covariance = refined.covariance[k, :p, :p]
    _, determinant = np.linalg.slogdet(covariance) if p else (1.0, 0.0)
    away = (values - prior.centre) / prior.spread
    score = refined.misfit[k] + (away**2).sum() - determinant + 2 * np.log(prior.spread).sum()
    return FieldCandidate(
        equation=prior.equation, values=values, deviation=refined.deviation[k],
        chi2=float(refined.chi2[k]), score=float(score) if np.isfinite(score) else np.inf,
        source=prior.source,
    )  # fmt: skip

"""An answer that checks itself: the equation behind some windows, its forecast, and a verdict.

The search proposes equations with weights, and so may others, a network for one; all are weighed
by their evidence. Draws of the posterior, over equations and numbers,

    z ~ sum_k w_k N(z_k, (J_k'J_k + P^-1)^-1),

run on beyond the windows; where they part, nobody should believe any of them. Three questions make
the verdict: does the best equation leave no more than noise (chi2 against fifth differences), do
the draws agree over the forecast, and does an equation found without the last window hold in it?
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.sensitivity import Sensitivity
from understudy.surrogates.equation_candidate import Candidate, again
from understudy.surrogates.equation_network import Band
from understudy.surrogates.equation_refinement import Refinement, noise_level
from understudy.surrogates.equation_search import EquationSearch

__all__ = ["Answer", "Discovery"]

_BLOWN = 1e6
_CLEARLY = 1.5
"""Times the greatest misfit of a trusted answer: beyond that no equation is to be believed."""
_OPERATOR = "the forecast is that of an operator without an equation"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """What was found, and how far it can be trusted.

    Attributes:
        candidates: equations near the best, with numbers, the best first; none where no equation
            can be followed and an operator speaks.
        weights: their probabilities.
        chi2: squared misfit of the best over squared noise, as known or of fifth differences.
        held_out: the same in the last window, numbers found from the others; None: one window.
        times: of the forecast, on from the beginning of the last window.
        forecast: of the best candidate.
        low: 2.5 % quantile of the draws.
        high: 97.5 % quantile.
        spread: relative spread of the draws over what lies beyond the window.
        horizon: until when the draws agree, in the unit of time.
        source: of the forecast: `search`, who else proposed the best candidate, or `operator`,
            when the answer is rejected, its equation does not follow the last window, and there
            is another forecast.
        verdict: `trusted`, `doubtful` or `rejected`.
        reasons: of the verdict, and what would help.
    """

    candidates: tuple[Candidate, ...]
    weights: Float[np.ndarray, " k"]
    chi2: float
    held_out: float | None
    times: Float[np.ndarray, " S"]
    forecast: Float[np.ndarray, "S D"]
    low: Float[np.ndarray, "S D"]
    high: Float[np.ndarray, "S D"]
    spread: float
    horizon: float
    source: str
    verdict: str
    reasons: tuple[str, ...]


@final
@dataclass(frozen=True, kw_only=True)
class Discovery:
    """Settings.

    Attributes:
        search: over edits.
        draws: of the posterior.
        misfit: greatest chi2 of a trusted answer.
        spread: greatest spread of a trusted answer.
    """

    search: EquationSearch = field(default_factory=EquationSearch)
    draws: int = 48
    misfit: float = 1.5
    spread: float = 0.1

    def __post_init__(self) -> None:
        if self.draws < 8 or not self.misfit > 1 or not self.spread > 0:
            raise ValueError(
                f"draws, misfit, spread: expected at least 8, above 1 and above 0, got "
                f"{self.draws}, {self.misfit}, {self.spread}"
            )

    def solve(
        self,
        times: Float[np.ndarray, " T"],
        windows: Float[np.ndarray, "w T D"],
        states: Sequence[str],
        *,
        ahead: Float[np.ndarray, " S"],
        rng: np.random.Generator,
        guess: Equation | None = None,
        proposals: Sequence[Candidate] = (),
        operator: Band | None = None,
        noise: Float[np.ndarray, " w"] | None = None,
    ) -> Answer:
        """Find the equation of windows that share it, and continue the last of them.

        Args:
            times: evenly spaced, of the points of a window.
            windows: noisy states.
            states: names of the components.
            ahead: times of the forecast, counted as `times`; the first is that of the window.
            rng: of the draws.
            guess: with parameters for what is not known; None: nothing is known. One that is no
                polynomial needs a proposal or an operator.
            proposals: candidates from elsewhere, refined on these windows with that noise.
            operator: forecast, low and high at `ahead` without an equation, shown where the
                answer is rejected and its equation does not follow the last window.
            noise: its deviation in each window, if it is known; None: measured.

        Raises:
            ValueError: as `EquationSearch.solve`; a forecast that begins elsewhere, noise that is
                no positive deviation of each window.
            RuntimeError: no equation can be followed through the windows, and no operator speaks.
        """
        if ahead[0] != times[0]:
            raise ValueError(f"ahead: expected to begin at {times[0]:g}, got {ahead[0]:g}")
        if noise is not None and (len(noise) != len(windows) or not (noise >= 0).all()):
            raise ValueError(
                f"noise: expected a deviation of each of {len(windows)} windows, got {noise}"
            )
        try:
            found = self._candidates(
                times, windows, states, guess, noise, proposals, lenient=operator is not None
            )
        except RuntimeError as error:
            if operator is None:
                raise
            return _without_equation(operator, ahead, str(error))
        level = noise_level(windows, noise)
        best = found[0]
        misfit = best.fit.misfit * (best.noise / level) ** 2 / windows[0].size
        chi2 = float(misfit.mean())
        held_out = (
            self._held_out(
                times, windows, states, guess, level, proposals, known=noise is not None
            )
            if len(windows) > 1
            else None
        )
        weights = np.exp([-(c.score - best.score) / 2 for c in found])
        weights /= weights.sum()
        drawn, forecast = self._draws(found, weights, ahead, rng)
        low, high, spread, horizon = _agreement(drawn, ahead, times[-1], self.spread)
        verdict, reasons = self._verdict(chi2, held_out, spread, weights, len(windows))
        source = best.source
        # An equation that follows the window may be rejected, yet it tells more of what comes.
        if verdict == "rejected" and operator is not None and misfit[-1] > self.misfit:
            source, (forecast, low, high) = "operator", operator
            reasons = (*reasons, _OPERATOR)
        return Answer(
            candidates=found, weights=weights, chi2=chi2, held_out=held_out, times=ahead,
            forecast=forecast, low=low, high=high, spread=spread, horizon=horizon, source=source,
            verdict=verdict, reasons=reasons,
        )  # fmt: skip

    @staticmethod
    def forecast(candidate: Candidate, ahead: Float[np.ndarray, " S"]) -> Float[np.ndarray, "S D"]:
        """What a candidate's own numbers give at times that begin with the last window."""
        return _run(candidate, ahead, 0, np.random.default_rng(0))[0]

    def _candidates(
        self,
        times: np.ndarray,
        windows: np.ndarray,
        states: Sequence[str],
        guess: Equation | None,
        noise: np.ndarray | None,
        proposals: Sequence[Candidate],
        lenient: bool = False,
    ) -> tuple[Candidate, ...]:
        """Those of the search and of others near the best, each skeleton once."""
        every = [c for c in proposals if np.isfinite(c.score)]
        # A guess that the search cannot read is an error only where nobody else says anything.
        alone = not (proposals or lenient)
        if guess is None or alone or self.search.reads(guess, states):
            every += self.search.solve(times, windows, states, guess, noise).candidates
        if not every:
            raise RuntimeError(
                "search: no equation could be followed through the windows; "
                "try shorter windows or a guess"
            )
        every.sort(key=lambda c: c.score)
        once = {c.skeleton.skeleton: c for c in reversed(every)}
        near = every[0].score + self.search.near
        return tuple(sorted((c for c in once.values() if c.score <= near), key=lambda c: c.score))

    def _held_out(
        self,
        times: np.ndarray,
        windows: np.ndarray,
        states: Sequence[str],
        guess: Equation | None,
        noise: np.ndarray,
        proposals: Sequence[Candidate],
        *,
        known: bool,
    ) -> float:
        """Misfit in the last window of an equation that has not seen it, initial values free."""
        seen = windows[:-1], noise[:-1]
        fewer = [
            again(c.skeleton, times, *seen, c.centre, c.spread, c.source, known=known)
            for c in proposals
            if np.isfinite(c.score)
        ]
        try:
            told = noise[:-1] if known else None
            best = self._candidates(times, windows[:-1], states, guess, told, fewer)[0]
        except RuntimeError:
            return np.inf
        refined = Refinement().fit(
            best.skeleton, times, windows[-1:, None], centre=best.fit.values[None],
            spread=np.maximum(best.deviation, 1e-12)[None], noise=noise[-1:],
        )  # fmt: skip
        return float(refined.chi2[0])

    def _draws(
        self,
        found: Sequence[Candidate],
        weights: np.ndarray,
        ahead: np.ndarray,
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """States of all draws, and of the best candidate alone."""
        counts = rng.multinomial(self.draws, weights)
        parts = []
        for candidate, count in zip(found, counts, strict=True):
            if count:
                parts.append(_run(candidate, ahead, int(count), rng))
        return np.concatenate(parts), self.forecast(found[0], ahead)

    def _verdict(
        self,
        chi2: float,
        held_out: float | None,
        spread: float,
        weights: np.ndarray,
        count: int,
    ) -> tuple[str, tuple[str, ...]]:
        reasons = []
        more = "more windows of the same system, or numbers known in part, would help"
        if chi2 > self.misfit:
            reasons.append(
                f"the best equation leaves {chi2:.2f} times the noise: it is not in the library, "
                "or its numbers were not found"
            )
        if held_out is not None and held_out > self.misfit:
            reasons.append(
                f"an equation found without the last window leaves {held_out:.2f} times the noise "
                f"in it; {more}"
            )
        if spread > self.spread:
            reasons.append(f"draws of the posterior part by {spread:.0%} of the forecast; {more}")
        if count == 1 and len(weights) > 1 and weights[0] < 0.5:
            reasons.append(f"no candidate has half of the weight; {more}")
        if not reasons:
            return "trusted", ("misfit, spread and windows left out say nothing against it",)
        worst = max(chi2, held_out or 0.0)
        failed = worst > _CLEARLY * self.misfit
        return ("rejected" if failed else "doubtful"), tuple(reasons)


def _without_equation(operator: Band, ahead: Float[np.ndarray, " S"], why: str) -> Answer:
    """The forecast of an operator, where there is nothing else."""
    forecast, low, high = operator
    return Answer(
        candidates=(), weights=np.zeros(0), chi2=np.inf, held_out=None, times=ahead,
        forecast=forecast, low=low, high=high, spread=np.inf, horizon=float(ahead[0]),
        source="operator", verdict="rejected", reasons=(why, _OPERATOR),
    )  # fmt: skip


def _run(
    candidate: Candidate, ahead: np.ndarray, count: int, rng: np.random.Generator
) -> Float[np.ndarray, "c S D"]:
    """Forecasts of draws of one candidate; with none of them that of its own numbers."""
    fit, d = candidate.fit, candidate.fit.start.shape[1]
    k = len(fit.values)
    mean = np.concatenate([fit.values, fit.start[-1]])
    drawn = mean[None]
    if count:
        own = [*range(k), *range(len(fit.normal) - d, len(fit.normal))]
        values, vectors = np.linalg.eigh(candidate.covariance[np.ix_(own, own)])
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        drawn = mean + rng.standard_normal((count, k + d)) @ root.T
    system = Sensitivity(candidate.skeleton, substeps=6)
    return system.states_at(drawn[:, :k].T, drawn[:, k:].T, ahead)


def _agreement(
    drawn: Float[np.ndarray, "c S D"], ahead: np.ndarray, seen: float, limit: float
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Band, relative spread beyond the window, and the time until which the draws agree."""
    with np.errstate(all="ignore"):
        held = np.clip(np.nan_to_num(drawn, nan=_BLOWN, posinf=_BLOWN, neginf=-_BLOWN),
                       -_BLOWN, _BLOWN)  # fmt: skip
    middle = np.median(held, axis=0)
    beyond = ahead > seen
    if not beyond.any():
        beyond = np.ones(len(ahead), dtype=bool)
    size = float(np.sqrt((middle[beyond] ** 2).mean())) or 1.0
    apart = np.sqrt(((held - middle) ** 2).mean(axis=(0, 2))) / size
    over = np.flatnonzero(apart > limit)
    horizon = float(ahead[over[0]] if len(over) else ahead[-1])
    low, high = _central(held)
    return low, high, float(np.sqrt((apart[beyond] ** 2).mean())), horizon


def _central(drawn: Float[np.ndarray, "c ..."]) -> tuple[np.ndarray, np.ndarray]:
    """Ends between which a further draw lies with a probability of 95 %.

    The k-th of c sorted draws exceeds a further one with the probability k / (c + 1): quantiles of
    another definition, the usual one of NumPy among them, make bands of few draws too narrow.
    """
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0, method="weibull")
    return low, high

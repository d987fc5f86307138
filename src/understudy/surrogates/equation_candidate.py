"""Equations that compete: numbers, their precision, and evidence on one scale.

Whoever proposes an equation, it is refined on the same windows and has

    J = sum_w n log(chi2_w / n) + log det(J'J + P^-1) + log det P + (c - m)' P^-1 (c - m),

minus twice the logarithm of its evidence by Laplace's method (MacKay 1992), the noise of
each window unknown, a normal prior of the numbers c with means m and variances P. Of known noise
the first sum is that of chi2_w.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.polynomials import Fit
from understudy.surrogates.equation_refinement import Refined, Refinement, least_noise

__all__ = ["Candidate", "again", "candidate_of", "evidence"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """An equation and how well it does.

    Attributes:
        equation: with its numbers.
        skeleton: with the parameters c0, c1, ... in their place, in the order of the fit.
        fit: numbers, initial values and their precision.
        score: J; differences of two are minus twice the logarithm of their odds.
        chi2: squared misfit over squared noise, a mean over the points.
        centre: of the prior of the numbers.
        spread: its deviations.
        noise: deviation of the noise of each window, the unit of the fit's misfit.
        added: terms that the guess does not have.
        removed: terms that the guess has and this has not.
        source: `search`, or who else proposed it.
    """

    equation: Equation
    skeleton: Equation
    fit: Fit
    score: float
    chi2: float
    centre: Float[np.ndarray, " K"]
    spread: Float[np.ndarray, " K"]
    noise: Float[np.ndarray, " w"]
    added: int = 0
    removed: int = 0
    source: str = "search"

    @property
    def covariance(self) -> Float[np.ndarray, "N N"]:
        """Of the numbers, then of the initial values window by window."""
        return np.linalg.pinv(self.fit.normal)

    @property
    def deviation(self) -> Float[np.ndarray, " K"]:
        """Of the numbers."""
        return np.sqrt(np.maximum(np.diag(self.covariance)[: len(self.fit.values)], 0.0))


def evidence(
    fit: Fit,
    centre: Float[np.ndarray, " K"],
    spread: Float[np.ndarray, " K"],
    noise: Float[np.ndarray, " w"],
    windows: Float[np.ndarray, "w T D"],
    *,
    known: bool = False,
) -> float:
    """Minus twice the logarithm of the evidence of a fit, by Laplace's method.

    Args:
        fit: numbers and their precision.
        centre: of the normal prior of the numbers.
        spread: its deviations.
        noise: the unit of the misfit.
        windows: what was fitted.
        known: whether the unit of the misfit is the noise, not a first estimate of it.
    """
    n, k = windows[0].size, len(spread)
    least = least_noise(windows)
    level = 1.0
    if not known:
        level = max(float(fit.misfit.sum() / windows.size), float(((least / noise) ** 2).mean()))
    normal = fit.normal / level
    normal[range(k), range(k)] += spread**-2 * (1 - 1 / level)
    sign, determinant = np.linalg.slogdet(normal)
    if sign <= 0:
        return np.inf
    prior = 2 * np.log(spread).sum() + (((fit.values - centre) / spread) ** 2).sum()
    if known:
        return float(fit.misfit.sum() + determinant + prior)
    left = np.maximum(noise**2 * fit.misfit / n, least**2)
    return float(n * np.log(left).sum() + determinant + prior)


def candidate_of(
    refined: Refined,
    sample: int,
    windows: Float[np.ndarray, "w T D"],
    noise: Float[np.ndarray, " w"],
    centre: Float[np.ndarray, " K"],
    source: str,
    *,
    known: bool = False,
) -> Candidate:
    """One sample of a refinement as a candidate.

    Args:
        refined: numbers of samples of one skeleton.
        sample: which of them.
        windows: what it was fitted to.
        noise: the unit of its misfit.
        centre: of the prior.
        source: who proposed it.
        known: whether that unit is the noise, not an estimate of it.
    """
    fit = Fit(
        values=refined.values[sample], start=refined.start[sample], misfit=refined.misfit[sample],
        cost=float(refined.cost[sample]), normal=refined.normal[sample],
        iterations=int(refined.iterations[sample]),
    )  # fmt: skip
    spread = refined.spread[sample]
    score = np.inf
    if np.isfinite(fit.cost):
        score = evidence(fit, centre, spread, noise, windows, known=known)
    numbers = dict(zip(refined.equation.parameters, fit.values.tolist(), strict=True))
    return Candidate(
        equation=refined.equation.with_values(numbers), skeleton=refined.equation, fit=fit,
        score=score, chi2=float(refined.chi2[sample]), centre=centre, spread=spread, noise=noise,
        source=source,
    )  # fmt: skip


def again(
    skeleton: Equation,
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "w T D"],
    noise: Float[np.ndarray, " w"],
    centre: Float[np.ndarray, " K"],
    spread: Float[np.ndarray, " K"],
    source: str,
    *,
    known: bool = False,
) -> Candidate:
    """A proposal refined on some windows."""
    refined = Refinement().fit(
        skeleton, times, windows[None], centre=centre[None], spread=spread[None],
        noise=np.array([np.sqrt((noise**2).mean())]),
    )  # fmt: skip
    size = np.full(len(windows), np.sqrt((noise**2).mean()))
    return candidate_of(refined, 0, windows, size, centre, source, known=known)

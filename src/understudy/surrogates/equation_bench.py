"""What a search over equations tries: data, weak form, candidates with their scores.

A candidate is a support, the monomials of a polynomial system. It is refined through the
integrator from the numbers of the weak form, or of the best one so far, and scored by its evidence
and the prices of its edits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.polynomials import Fit, Library, refine
from understudy.equations.terms import Terms
from understudy.surrogates.equation_candidate import Candidate, evidence
from understudy.surrogates.equation_edits import Term, least_sure, losses, score_gains, weak_gains
from understudy.surrogates.equation_refinement import least_noise
from understudy.surrogates.equation_subsets import Subsets
from understudy.surrogates.equation_symmetry import Tied, symmetric, tied_start
from understudy.surrogates.weak_form import smooth, stepwise, weak_form

__all__ = ["Bench", "Searched"]

_USUAL = (12, 24, 40)
"""Points that are followed before the whole."""
_CAREFUL = (3, 5, 8, 12, 18, 27, 40, 50)
"""Points that are followed where the usual lengths do not lead to a fit."""
_LINEAR, _DOUBTED = 4.0, 2.0
"""Factors by which a term's loss may be less, and its gain more, than the second order says."""
_REWEIGHTED = 4
_SYMMETRIES, _AWAY = 4, 2
"""Symmetric systems near one that are refined, and terms by which they differ from it at most."""
_WORSE = 3.0
"""What they may leave of the weak form over what free numbers leave."""
_SUBSTEPS, _SHOWN = (2, 4, 8), 0.002
"""Steps between two times, until shorter ones change less than this share of the misfit."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Searched:
    """What a search found.

    Attributes:
        candidates: those whose score is near the best, the best first.
        weights: their posterior probabilities.
        tried: candidates that were refined.
    """

    candidates: tuple[Candidate, ...]
    weights: Float[np.ndarray, " k"]
    tried: int


@final
class Bench:
    """One search: data, weak form, and the candidates tried.

    Args:
        library: monomials of the states.
        times: evenly spaced, of the points of a window.
        windows: of one system, each with noise.
        states: names of the components.
        noise: its deviation in each window.
        known: whether that is told; else it is measured by the first good fit.
        guess: support that edits are counted from; None: nothing is known, every number has the
            price of odds of one to the number of monomials (Scott & Berger 2010).
        added: price of a term that the guess does not have.
        removed: price of a term of the guess that is left out.
        near: scores that are this much greater than the best are of interest too.
    """

    def __init__(
        self,
        library: Library,
        times: Float[np.ndarray, " T"],
        windows: Float[np.ndarray, "w T D"],
        states: tuple[str, ...],
        noise: Float[np.ndarray, " w"],
        *,
        known: bool,
        guess: frozenset[Term] | None,
        added: float,
        removed: float,
        near: float,
    ) -> None:
        self.library, self.times, self.windows = library, times, windows
        self.states, self.noise, self.known, self.guess = states, noise, known, guess
        self.added, self.removed, self.near = added, removed, near
        self.tried: dict[frozenset[Term], tuple[float, Fit]] = {}
        self.tied: list[Candidate] = []
        self.substeps, self.measured = _SUBSTEPS[0], False
        self.exponents = library.exponents
        self.sparse_price = 2 * np.log(len(self.exponents)) if guess is None else 0.0
        self.weak = [weak_form(times, windows, library, max(len(times) // k, 7)) for k in (4, 8)]
        clean = smooth(windows)
        rate = np.diff(clean, axis=1) / np.diff(times)[:, None]
        sizes = np.sqrt((library.values(windows) ** 2).mean(axis=(0, 1)))
        self.spread = 2 * np.sqrt((rate**2).mean(axis=(0, 1)))[:, None] / sizes
        self.start = clean[:, 0]

    def try_out(self, support: frozenset[Term]) -> None:
        """Refine a candidate, if that has not been done."""
        empty = {i for i, _ in support} != set(range(len(self.states)))
        if support in self.tried or empty:
            return
        active = np.array(sorted(support))
        spread = self.spread[active[:, 0], active[:, 1]]
        starts = self._starts(active)
        fit = min((self._refined(active, spread, *s) for s in starts), key=lambda f: f.cost)
        if not self.measured and not fit.misfit.sum() < 3 * self.windows.size:
            careful = [self._refined(active, spread, *s, lengths=_CAREFUL) for s in starts]
            fit = min([fit, *careful], key=lambda f: f.cost)
        if not self.tried and np.isfinite(fit.cost):
            fit = self._stepped(active, spread, fit)
        if not self.measured and fit.misfit.sum() < 3 * self.windows.size:
            fit = self._stepped(active, spread, self._measured(active, spread, fit))
        score = self._score(support, fit, spread) if np.isfinite(fit.cost) else np.inf
        self.tried[support] = (score, fit)

    def best(self) -> frozenset[Term]:
        """The candidate of the least score."""
        return min(self.tried, key=lambda s: self.tried[s][0])

    def edits(self, support: frozenset[Term]) -> list[frozenset[Term]]:
        """Candidates near one: fewer terms, more, others."""
        score, fit = self.tried[support]
        if not np.isfinite(score):
            return self.sparse()
        active = sorted(support)
        least = least_sure(active, fit)
        drops = [least[k : k + 1] for k in range(3)] + [least[:k] for k in (2, 3, 5, 8)]
        adds, promising = self._adds(active, fit)
        cheap = [True] * len(drops)
        if self._fits(fit):
            most = _LINEAR * (self.near + self.added + self.removed)
            cheap = [loss < most for loss in losses(active, fit, drops)]
        found = [support - set(d) for d, kept in zip(drops, cheap, strict=True) if kept]
        found += [support | {a} for a in adds[:4] if a in promising]
        found += [
            (support - set(d)) | {a}
            for d, kept in zip(drops[:2], cheap, strict=False)
            for a in adds[:3]
            if kept or a in promising
        ]
        return found

    def sparse(self) -> list[frozenset[Term]]:
        """Supports that the weak form alone suggests, from few terms to many."""
        found: dict[frozenset[Term], None] = {}
        for features, targets in self.weak:
            for price in (1.0, 2.0, 4.0, 8.0, 16.0):
                support: set[Term] = set()
                for i in range(len(self.states)):
                    support |= {(i, m) for m in stepwise(features, targets[:, i], price)}
                found[frozenset(support)] = None
        return list(found)

    def subsets(self) -> list[frozenset[Term]]:
        """Supports that a fit of every term, from the best candidate on, suggests."""
        terms = [(i, m) for i in range(len(self.states)) for m in range(len(self.exponents))]
        active, k = np.array(terms), len(terms)
        spread = self.spread[active[:, 0], active[:, 1]]
        starts = self._starts(active)
        fit = min((self._refined(active, spread, *s) for s in starts), key=lambda f: f.cost)
        if not np.isfinite(fit.cost):
            return []
        covariance = np.linalg.pinv(fit.normal, hermitian=True)[:k, :k]
        sets = Subsets(fit.values, covariance, spread, self.sparse_price)
        best = self.best()
        known = [n for n, term in enumerate(terms) if term in best]
        return [frozenset(terms[n] for n in sets.best(first)) for first in ([], known)]

    def tie(self) -> None:
        """Systems near the best and the guess with one number where a symmetry has one."""
        kinds: dict[Tied, None] = {}
        for support in (self.best(), self.guess or frozenset()):
            if support:
                kinds |= dict.fromkeys(symmetric(support, self.exponents, _AWAY)[:_SYMMETRIES])
        for terms, labels in kinds:
            tied = [tied_start(terms, labels, *weak) for weak in self.weak]
            free = [tied_start(terms, range(len(terms)), *weak) for weak in self.weak]
            if all(t[1] > _WORSE * f[1] for t, f in zip(tied, free, strict=True)):
                continue
            active, own = np.array(terms), np.array(labels)
            spread = np.zeros(own.max() + 1)
            np.maximum.at(spread, own, self.spread[active[:, 0], active[:, 1]])
            fit = min(
                (
                    self._refined(active, spread, first, self.start, lengths, own)
                    for first, _ in tied
                    for lengths in (_USUAL, _CAREFUL)
                ),
                key=lambda f: f.cost,
            )
            if np.isfinite(fit.cost):
                # One of several symmetries, or none.
                score = self._score(frozenset(terms), fit, spread) + 2 * np.log(1 + len(kinds))
                self.tied.append(self._made(terms, labels, spread, score, fit))

    def found(self) -> Searched:
        """The candidates near the best."""
        order = [s for s, (v, _) in self.tried.items() if np.isfinite(v)]
        least = min([self.tried[s][0] for s in order] + [c.score for c in self.tied], default=0.0)
        most = least + self.near
        kept = [c for c in self.tied if c.score <= most]
        kept += [self._candidate(s) for s in order if self.tried[s][0] <= most]
        kept.sort(key=lambda c: c.score)
        weights = np.exp([-(c.score - least) / 2 for c in kept])
        return Searched(
            candidates=tuple(kept), weights=weights / max(weights.sum(), 1e-300),
            tried=len(self.tried),
        )  # fmt: skip

    def _starts(self, active: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Numbers to begin with: of the best candidate if it fits, else of the weak form too."""
        starts = []
        good = [s for s, (v, _) in self.tried.items() if np.isfinite(v)]
        for features, targets in () if self.measured and good else self.weak:
            first = np.zeros(len(active))
            for i in range(len(self.states)):
                own = active[:, 0] == i
                columns = features[:, active[own, 1]]
                first[own] = np.linalg.lstsq(columns, targets[:, i], rcond=None)[0]
            starts.append((first, self.start))
        if good:
            near = min(good, key=lambda s: self.tried[s][0])
            fit = self.tried[near][1]
            known = dict(zip(sorted(near), fit.values, strict=True))
            warm = np.array([known.get((int(i), int(m)), 0.0) for i, m in active])
            starts.append((warm, fit.start))
        return starts

    def _measured(self, active: np.ndarray, spread: np.ndarray, fit: Fit) -> Fit:
        """The first good fit again with the noise that it leaves in each window, unless known."""
        for _ in range(0 if self.known else _REWEIGHTED):
            before = self.noise
            left = before * np.sqrt(fit.misfit * len(self.windows) / self.windows.size)
            self.noise = np.maximum(left, least_noise(self.windows))
            again = self._refined(active, spread, fit.values, fit.start)
            if not np.isfinite(again.cost):
                self.noise = before
                return fit
            fit = again
        self.measured = True
        return fit

    def _refined(
        self,
        active: np.ndarray,
        spread: np.ndarray,
        first: np.ndarray,
        start: np.ndarray,
        lengths: tuple[int, ...] = _USUAL,
        labels: np.ndarray | None = None,
    ) -> Fit:
        return refine(
            self.library, active, self.times, self.windows, first=first, start=start,
            spread=spread, noise=self.noise, substeps=self.substeps, lengths=lengths,
            labels=labels,
        )  # fmt: skip

    def _stepped(self, active: np.ndarray, spread: np.ndarray, fit: Fit) -> Fit:
        """A fit again with shorter steps, until they do not show in the misfit."""
        for coarse, fine in pairwise(s for s in _SUBSTEPS if s >= self.substeps):
            self.substeps, before = fine, fit
            fit = self._refined(active, spread, before.values, before.start)
            if not np.isfinite(fit.cost):
                return before
            if np.abs(fit.misfit - before.misfit).sum() < _SHOWN * before.misfit.sum():
                self.substeps = coarse
                return fit
        return fit

    def _edits_of(self, support: frozenset[Term]) -> tuple[int, int]:
        if self.guess is None:
            return 0, 0
        return len(support - self.guess), len(self.guess - support)

    def _score(self, support: frozenset[Term], fit: Fit, spread: np.ndarray) -> float:
        added, removed = self._edits_of(support)
        price = self.added * added + self.removed * removed + self.sparse_price * len(spread)
        centre = np.zeros(len(spread))
        own = evidence(fit, centre, spread, self.noise, self.windows, known=self.known)
        return own + price

    def _fits(self, fit: Fit) -> bool:
        """Whether so little is left that expansions to second order hold."""
        return float(fit.misfit.sum()) <= 1.5 * self.windows.size

    def _toll(self, term: Term) -> float:
        """Rise of the price when a term comes in."""
        if self.guess is None:
            return self.sparse_price
        return -self.removed if term in self.guess else self.added

    def _adds(self, active: list[Term], fit: Fit) -> tuple[list[Term], set[Term]]:
        """Missing terms by what they promise, the most first, and those that are worth a trial."""
        have = set(active)
        others = [
            (i, m)
            for i in range(len(self.states))
            for m in range(len(self.exponents))
            if (i, m) not in have
        ]
        if not self._fits(fit):
            gains = weak_gains(self.weak[0], active, others)
            return [others[k] for k in np.argsort(-gains)], set(others)
        gains, precision = score_gains(
            self.library, active, others, self.times, self.windows, fit=fit, noise=self.noise,
            substeps=self.substeps,
        )  # fmt: skip
        spread = np.array([self.spread[i, m] for i, m in others])
        tolls = np.array([self._toll(term) for term in others])
        rise = tolls + np.log(1 + precision * spread**2) - _DOUBTED * gains
        order = np.argsort(-gains)
        return [others[k] for k in order], {others[k] for k in order if rise[k] < self.near}

    def _candidate(self, support: frozenset[Term]) -> Candidate:
        score, fit = self.tried[support]
        terms = sorted(support)
        spread = np.array([self.spread[i, m] for i, m in terms])
        return self._made(terms, range(len(terms)), spread, score, fit)

    def _made(
        self,
        terms: Sequence[Term],
        labels: Sequence[int],
        spread: np.ndarray,
        score: float,
        fit: Fit,
    ) -> Candidate:
        added, removed = self._edits_of(frozenset(terms))
        skeleton = self._skeleton(terms, labels)
        values = dict(zip(skeleton.parameters, fit.values.tolist(), strict=True))
        return Candidate(
            equation=skeleton.with_values(values), skeleton=skeleton, fit=fit, score=score,
            chi2=float(fit.misfit.sum()) / self.windows.size, centre=np.zeros(len(spread)),
            spread=spread, noise=self.noise, added=added, removed=removed,
        )  # fmt: skip

    def _skeleton(self, active: Sequence[Term], labels: Sequence[int]) -> Equation:
        """Terms with the parameters of their labels."""
        right = [Terms(()) for _ in self.states]
        for (i, m), label in zip(active, labels, strict=True):
            product = Terms.symbol(f"c{label}")
            for name, exponent in zip(self.states, self.exponents[m].tolist(), strict=True):
                product = product * Terms.symbol(name) ** exponent
            right[i] = right[i] + product
        return Equation(states=self.states, orders=(1,) * len(self.states), right=tuple(right))

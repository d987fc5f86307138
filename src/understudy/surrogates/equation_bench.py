"""What a search over equations tries: data, weak form, candidates with their scores.

A candidate is a support, the monomials of a polynomial system. It is refined through the
integrator from the numbers of the weak form, or of the best one so far, and scored by its evidence
and the prices of its edits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.polynomials import Fit, Library, refine
from understudy.equations.terms import Terms
from understudy.surrogates.equation_candidate import Candidate, candidate_of, evidence
from understudy.surrogates.equation_edits import Term, least_sure, score_gains, weak_gains
from understudy.surrogates.equation_refinement import Refinement, least_noise
from understudy.surrogates.equation_symmetry import Tied, symmetric, tied_start
from understudy.surrogates.weak_form import smooth, stepwise, weak_form

__all__ = ["Bench", "Searched"]

_CAREFUL = (3, 5, 8, 12, 18, 27, 40, 50)
"""Points that are followed where the usual lengths do not lead to a fit."""
_REWEIGHTED = 4
_SYMMETRIES, _AWAY = 4, 2
"""Symmetric systems near one that are refined, and terms by which they differ from it at most."""
_WORSE, _HOPELESS = 3.0, 10.0
"""What they may leave of the weak form over what free numbers leave, and of the noise of a part of
the windows."""
_SUBSTEPS = (2, 4, 8)
"""Steps between two times, until shorter ones change nothing."""


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
        guess: support that edits are counted from; None: nothing is known, edits are free.
        added: price of a term that the guess does not have.
        removed: price of a term of the guess that is left out.
    """

    def __init__(
        self,
        library: Library,
        times: Float[np.ndarray, " T"],
        windows: Float[np.ndarray, "w T D"],
        states: tuple[str, ...],
        noise: Float[np.ndarray, " w"],
        *,
        guess: frozenset[Term] | None,
        added: float,
        removed: float,
    ) -> None:
        self.library, self.times, self.windows = library, times, windows
        self.states, self.noise, self.guess = states, noise, guess
        self.added, self.removed = added, removed
        self.tried: dict[frozenset[Term], tuple[float, Fit]] = {}
        self.tied: list[Candidate] = []
        self.substeps, self.measured = _SUBSTEPS[0], False
        self.exponents = library.exponents
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
            fit = self._measured(active, spread, fit)
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
        drops = least_sure(active, fit)
        adds = self._adds(active, fit)
        found = [support - {d} for d in drops[:3]]
        found += [support - set(drops[:k]) for k in (2, 3, 5, 8)]
        found += [support | {a} for a in adds[:4]]
        found += [(support - {d}) | {a} for d in drops[:2] for a in adds[:3]]
        return found

    def sparse(self) -> list[frozenset[Term]]:
        """Supports that the weak form alone suggests, from few terms to many."""
        found: dict[frozenset[Term], None] = {}
        for price in (1.0, 2.0, 4.0, 8.0):
            support: set[Term] = set()
            for i in range(len(self.states)):
                support |= {
                    (i, m) for m in stepwise(self.weak[0][0], self.weak[0][1][:, i], price)
                }
            found[frozenset(support)] = None
        return list(found)

    def tie(self) -> None:
        """Systems near the best and the guess with one number where a symmetry has one."""
        kinds: dict[Tied, None] = {}
        for support in (self.best(), self.guess or frozenset()):
            if support:
                kinds |= dict.fromkeys(symmetric(support, self.exponents, _AWAY)[:_SYMMETRIES])
        noise = np.full(len(self.windows), np.sqrt((self.noise**2).mean()))
        for terms, labels in kinds:
            tied = [tied_start(terms, labels, *weak) for weak in self.weak]
            free = [tied_start(terms, range(len(terms)), *weak) for weak in self.weak]
            if all(t[1] > _WORSE * f[1] for t, f in zip(tied, free, strict=True)):
                continue
            first = np.stack([numbers for numbers, _ in tied])
            spread = np.zeros(first.shape[1])
            np.maximum.at(spread, np.array(labels), [self.spread[i, m] for i, m in terms])
            refined = Refinement(hopeless=_HOPELESS).fit(
                self._skeleton(terms, labels), self.times, np.stack([self.windows] * len(first)),
                centre=first, spread=np.tile(spread, (len(first), 1)), noise=noise[:1].repeat(2),
            )  # fmt: skip
            k = int(np.argmin(refined.cost))
            made = candidate_of(refined, k, self.windows, noise, np.zeros(len(spread)), "search")
            added, removed = self._edits_of(frozenset(terms))
            # One of several symmetries, or none.
            price = self._price(added, removed) + 2 * np.log(1 + len(kinds))
            self.tied.append(replace(made, score=made.score + price, added=added, removed=removed))

    def found(self, near: float) -> Searched:
        """The candidates whose scores are greater than the best by `near` at most."""
        order = [s for s, (v, _) in self.tried.items() if np.isfinite(v)]
        every = [c for c in self.tied if np.isfinite(c.score)]
        least = min([self.tried[s][0] for s in order] + [c.score for c in every], default=0.0)
        most = least + near
        kept = [c for c in every if c.score <= most]
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
        """The first good fit again with the noise of each window that it leaves."""
        for _ in range(_REWEIGHTED):
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
        lengths: tuple[int, ...] = (12, 24, 40),
    ) -> Fit:
        return refine(
            self.library, active, self.times, self.windows, first=first, start=start,
            spread=spread, noise=self.noise, substeps=self.substeps,
            lengths=lengths,
        )  # fmt: skip

    def _stepped(self, active: np.ndarray, spread: np.ndarray, fit: Fit) -> Fit:
        """The first fit again with shorter steps, until they do not show in the misfit."""
        for substeps in _SUBSTEPS[1:]:
            self.substeps, before = substeps, fit
            fit = self._refined(active, spread, before.values, before.start)
            if not np.isfinite(fit.cost):
                return before
            if np.abs(fit.misfit - before.misfit).sum() < 0.002 * before.misfit.sum():
                self.substeps = _SUBSTEPS[_SUBSTEPS.index(substeps) - 1]
                return fit
        return fit

    def _edits_of(self, support: frozenset[Term]) -> tuple[int, int]:
        if self.guess is None:
            return 0, 0
        return len(support - self.guess), len(self.guess - support)

    def _score(self, support: frozenset[Term], fit: Fit, spread: np.ndarray) -> float:
        edits = self._price(*self._edits_of(support))
        return evidence(fit, np.zeros(len(spread)), spread, self.noise, self.windows) + edits

    def _price(self, added: int, removed: int) -> float:
        return self.added * added + self.removed * removed

    def _adds(self, active: list[Term], fit: Fit) -> list[Term]:
        """Missing terms by what they promise, the most first."""
        have = set(active)
        others = [
            (i, m)
            for i in range(len(self.states))
            for m in range(len(self.exponents))
            if (i, m) not in have
        ]
        if fit.misfit.sum() > 1.5 * self.windows.size:
            gains = weak_gains(self.weak[0], active, others)
        else:
            gains = score_gains(
                self.library, active, others, self.times, self.windows, fit=fit,
                noise=self.noise, substeps=self.substeps,
            )  # fmt: skip
        return [others[k] for k in np.argsort(-gains)]

    def _candidate(self, support: frozenset[Term]) -> Candidate:
        score, fit = self.tried[support]
        added, removed = self._edits_of(support)
        skeleton = self._skeleton(sorted(support), range(len(support)))
        values = dict(zip(skeleton.parameters, fit.values.tolist(), strict=True))
        active = np.array(sorted(support))
        return Candidate(
            equation=skeleton.with_values(values), skeleton=skeleton, fit=fit, score=score,
            chi2=float(fit.misfit.sum()) / self.windows.size, centre=np.zeros(len(active)),
            spread=self.spread[active[:, 0], active[:, 1]], noise=self.noise,
            added=added, removed=removed,
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

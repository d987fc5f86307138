"""An equation from noisy windows and a guess that may be wrong: search over edits.

Candidates are polynomial systems. Each is refined through the integrator and judged by

    J = sum_w n log(chi2_w / n) + log det(J'J + P^-1) + log det P + c' P^-1 c
        + 11 added + 9 removed,

minus twice the logarithm of its evidence by Laplace's method (the noise of each window unknown, a
normal prior of the numbers c) and of a prior of edits of the guess. The deviation of a number is
twice the size of the rate over that of its monomial. From the best candidate so far terms are
dropped (those that are least sure), added and swapped; at last numbers are tied that a symmetry
makes one. Which to add, the weak form of the equation says while the misfit is large,

    - int psi' u dt = sum_a c_a int psi p_a(u) dt,

psi bumps along the window (Messenger & Bortz 2021), and the slope of the misfit along each missing
term where it is small (a score test).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.polynomials import Fit, Library, refine
from understudy.equations.terms import Symbol, Terms
from understudy.surrogates.equation_candidate import Candidate, candidate_of, evidence
from understudy.surrogates.equation_edits import Term, least_sure, score_gains, weak_gains
from understudy.surrogates.equation_refinement import Refinement, least_noise, noise_level
from understudy.surrogates.equation_symmetry import Tied, symmetric, tied_start
from understudy.surrogates.weak_form import smooth, stepwise, weak_form

__all__ = ["EquationSearch", "Searched"]

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
@dataclass(frozen=True, kw_only=True)
class EquationSearch:
    """Settings.

    Attributes:
        degree: greatest of the monomials.
        added: price of a term that the guess does not have.
        removed: price of a term of the guess that is left out.
        rounds: of edits.
        near: scores that are this much greater than the best are returned too.
    """

    degree: int = 3
    added: float = 11.0
    removed: float = 9.0
    rounds: int = 12
    near: float = 8.0

    def __post_init__(self) -> None:
        if not 1 <= self.degree <= 4 or self.rounds < 0:
            raise ValueError(
                f"degree, rounds: expected 1 to 4 and at least 0, got {self.degree}, {self.rounds}"
            )
        if min(self.added, self.removed, self.near) < 0:
            raise ValueError("added, removed, near: expected at least 0")

    def solve(
        self,
        times: Float[np.ndarray, " T"],
        windows: Float[np.ndarray, "w T D"],
        states: Sequence[str],
        guess: Equation | None = None,
        noise: Float[np.ndarray, " w"] | None = None,
    ) -> Searched:
        """Search from a guess, or from what the weak form says alone.

        Args:
            times: evenly spaced, of the points of a window.
            windows: of one system, in any number, each with noise.
            states: names of the components.
            guess: polynomial; its numbers and parameters are all free.
            noise: its deviation in each window; None: estimated.

        Raises:
            ValueError: uneven times, fewer than 16 of them, values that are not finite, a guess of
                other states or with terms that are no monomials of the degree.
        """
        _check(times, windows, states)
        library = Library(states=len(states), degree=self.degree)
        size = noise_level(windows) if noise is None else np.maximum(noise, least_noise(windows))
        bench = _Bench(self, library, times, windows, tuple(states), size)
        if guess is not None:
            bench.guess = frozenset(_terms(guess, tuple(states), library))
            starts = [bench.guess]
        else:
            starts = bench.sparse()
        for support in starts:
            bench.try_out(support)
        for _ in range(self.rounds):
            before = bench.best()
            for support in bench.edits(before):
                bench.try_out(support)
            if bench.best() == before:
                break
        bench.tie()
        return bench.found()

    def reads(self, guess: Equation, states: Sequence[str]) -> bool:
        """Whether a guess is a system of monomials that it can edit."""
        library = Library(states=len(states), degree=self.degree)
        try:
            return bool(frozenset(_terms(guess, tuple(states), library)))
        except ValueError:
            return False


def _check(times: np.ndarray, windows: np.ndarray, states: Sequence[str]) -> None:
    if len(times) < 16 or np.ptp(np.diff(times)) > 1e-6 * np.diff(times).mean():
        raise ValueError(f"times: expected at least 16, evenly spaced, got {len(times)} of them")
    if not np.isfinite(windows).all():
        raise ValueError("windows: expected finite values, got NaN or infinity")
    if windows.shape[2] != len(states):
        raise ValueError(
            f"states: expected a name for each of {windows.shape[2]} components, "
            f"got {list(states)}"
        )


def _terms(equation: Equation, states: tuple[str, ...], library: Library) -> Iterable[Term]:
    """Places of the terms of an equation in the library."""
    if equation.states != states or set(equation.orders) != {1} or equation.space:
        raise ValueError(
            f"guess: expected equations of first order for {', '.join(states)}, "
            f"got {', '.join(equation.states)}"
        )
    rows = {tuple(row): m for m, row in enumerate(library.exponents.tolist())}
    for i, (_, products) in enumerate(equation.skeleton):
        for product in products:
            powers = dict.fromkeys(states, 0)
            for factor, exponent in product:
                if isinstance(factor, Symbol) and factor.name in powers:
                    powers[factor.name] = int(exponent) if exponent == int(exponent) else -1
                else:
                    powers["?"] = -1
            row = tuple(powers.values())
            if row not in rows:
                raise ValueError(
                    f"guess: expected monomials of degree {library.degree} at most in "
                    f"component {states[i]}"
                )
            yield i, rows[row]


@final
class _Bench:
    """One search: data, weak form, and the candidates tried."""

    def __init__(
        self,
        spec: EquationSearch,
        library: Library,
        times: np.ndarray,
        windows: np.ndarray,
        states: tuple[str, ...],
        noise: np.ndarray,
    ) -> None:
        self.spec, self.library, self.times, self.windows = spec, library, times, windows
        self.states, self.noise = states, noise
        self.guess: frozenset[Term] | None = None
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

    def found(self) -> Searched:
        """The candidates near the best."""
        order = [s for s, (v, _) in self.tried.items() if np.isfinite(v)]
        every = [c for c in self.tied if np.isfinite(c.score)]
        least = min([self.tried[s][0] for s in order] + [c.score for c in every], default=0.0)
        most = least + self.spec.near
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
        return self.spec.added * added + self.spec.removed * removed

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

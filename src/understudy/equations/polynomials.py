"""Polynomial systems, compiled: trajectories with sensitivities, and their refinement.

Every system of a degree is one table of monomials p_m(u) and a list of active terms a, of
component i_a with the number c_a,

    u_i' = sum over active a with i_a = i of c_(l_a) p_(m_a)(u),

where terms with the same label l_a have one number, so that one compiled loop serves all skeletons
and a search over them compiles nothing. Numbers and initial values of several windows are refined
as in `surrogates.equation_refinement`, one sample at a time.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import final, no_type_check

import numpy as np
from jaxtyping import Float, Int
from numba import njit

__all__ = ["Fit", "Library", "information", "refine"]

_BLOWN = 1e4
_NEAR = 10.0
"""Misfit over noise at which a descent begins with the whole windows."""


@final
@dataclass(frozen=True, kw_only=True)
class Library:
    """All monomials of some states up to a degree, by degree, the constant first.

    Attributes:
        states: how many.
        degree: greatest.
    """

    states: int
    degree: int = 3

    def __post_init__(self) -> None:
        if self.states < 1 or not 1 <= self.degree <= 4:
            raise ValueError(
                "library: expected states and a degree of 1 to 4, "
                f"got {self.states}, {self.degree}"
            )

    @property
    def exponents(self) -> Int[np.ndarray, "M D"]:
        """A row a monomial."""
        rows = [
            [names.count(j) for j in range(self.states)]
            for d in range(self.degree + 1)
            for names in combinations_with_replacement(range(self.states), d)
        ]
        return np.array(rows, dtype=np.int64)

    def values(self, u: Float[np.ndarray, "*b D"]) -> Float[np.ndarray, "*b M"]:
        """Of all monomials."""
        return np.prod(u[..., None, :] ** self.exponents, axis=-1)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """Numbers of one skeleton.

    Attributes:
        values: of the active terms, or of the labels that some of them share.
        start: initial values of each window.
        misfit: of each window: squared, over squared noise, a sum.
        cost: misfit and prior.
        normal: J'J + prior, of the numbers, then initial values window by window.
        iterations: steps tried.
    """

    values: Float[np.ndarray, " L"]
    start: Float[np.ndarray, "w D"]
    misfit: Float[np.ndarray, " w"]
    cost: float
    normal: Float[np.ndarray, "N N"]
    iterations: int


def refine(
    library: Library,
    active: Int[np.ndarray, "K 2"],
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "w T D"],
    *,
    first: Float[np.ndarray, " L"],
    start: Float[np.ndarray, "w D"],
    spread: Float[np.ndarray, " L"],
    noise: Float[np.ndarray, " w"],
    labels: Int[np.ndarray, " K"] | None = None,
    lengths: tuple[int, ...] = (12, 24, 40),
    iterations: int = 12,
    substeps: int = 2,
) -> Fit:
    """The most probable numbers under a normal prior around zero.

    Args:
        library: of monomials.
        active: component and monomial of each term.
        times: evenly spaced or not, of the points of a window.
        windows: noisy states.
        first: numbers from which the descent begins.
        start: initial values from which it begins.
        spread: deviations of the prior of the numbers.
        noise: deviation of the noise of each window.
        labels: of the terms, 0, 1, ...; None: each has its own number.
        lengths: points that are followed, one after the other; the whole at last.
        iterations: most steps at each length.
        substeps: of the integrator between two times.
    """
    stops = np.array([k for k in lengths if k < len(times)] + [len(times)])
    z = np.concatenate([first, start.ravel()])
    found = _refined(
        library.exponents, *_columns(active, labels), times, windows, z, spread, noise, stops,
        iterations, substeps,
    )  # fmt: skip
    z, misfit, cost, normal, steps = found
    k = len(first)
    return Fit(
        values=z[:k], start=z[k:].reshape(start.shape), misfit=misfit, cost=cost, normal=normal,
        iterations=steps,
    )  # fmt: skip


def information(
    library: Library,
    active: Int[np.ndarray, "K 2"],
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "w T D"],
    *,
    values: Float[np.ndarray, " K"],
    start: Float[np.ndarray, "w D"],
    noise: Float[np.ndarray, " w"],
    substeps: int = 2,
) -> tuple[Float[np.ndarray, " w"], Float[np.ndarray, "N N"], Float[np.ndarray, " N"]]:
    """Misfit, J'J and J'r at given numbers; infinite misfit where the states blow up."""
    z = np.concatenate([values, start.ravel()])
    weak = np.full(len(values), 1e150)
    misfit, _, normal, slope = _cost(
        library.exponents, *_columns(active, None), times, windows, z, weak, noise, len(times),
        substeps,
    )  # fmt: skip
    return misfit, normal, slope


def _columns(
    active: Int[np.ndarray, "K 2"], labels: Int[np.ndarray, " K"] | None
) -> tuple[Int[np.ndarray, " K"], Int[np.ndarray, " K"], Int[np.ndarray, " K"]]:
    """Component, monomial and label of each term."""
    own = np.arange(len(active)) if labels is None else labels
    return active[:, 0].copy(), active[:, 1].copy(), own


@njit(cache=True)
@no_type_check
def _rate(exponents, component, monomial, label, z, u, s, powers, slopes, du, ds):
    """Rates of the states and of their sensitivities, which the slopes of the rates carry on."""
    d, columns = s.shape
    top = powers.shape[1]
    for j in range(d):
        powers[j, 0] = 1.0
        for e in range(1, top):
            powers[j, e] = powers[j, e - 1] * u[j]
    du[:] = 0.0
    ds[:] = 0.0
    slopes[:] = 0.0
    for a in range(len(component)):
        i, m, number = component[a], monomial[a], z[label[a]]
        value = 1.0
        for j in range(d):
            value *= powers[j, exponents[m, j]]
        du[i] += number * value
        ds[i, label[a]] += value
        for j in range(d):
            e = exponents[m, j]
            if e > 0:
                slope = number * e * powers[j, e - 1]
                for other in range(d):
                    if other != j:
                        slope *= powers[other, exponents[m, other]]
                slopes[i, j] += slope
    for i in range(d):
        for j in range(d):
            slope = slopes[i, j]
            if slope != 0.0:
                for k in range(columns):
                    ds[i, k] += slope * s[j, k]


@njit(cache=True)
@no_type_check
def _cost(
    exponents, component, monomial, label, times, windows, z, spread, noise, length, substeps
):  # fmt: skip
    """Misfit, cost, normal matrix and half the gradient."""
    count, _, d = windows.shape
    k = len(spread)
    size = k + count * d
    normal, slope = np.zeros((size, size)), np.zeros(size)
    columns = k + d
    powers, slopes = np.ones((d, exponents.max() + 1)), np.zeros((d, d))
    u, s = np.zeros(d), np.zeros((d, columns))
    tu, ts = np.zeros(d), np.zeros((d, columns))
    du, ds = np.zeros((4, d)), np.zeros((4, d, columns))
    block, pull = np.zeros((columns, columns)), np.zeros(columns)
    misfit = np.zeros(count)
    for w in range(count):
        scale = 1.0 / noise[w]
        block[:] = 0.0
        pull[:] = 0.0
        s[:] = 0.0
        for i in range(d):
            u[i] = z[k + w * d + i]
            s[i, k + i] = 1.0
        for t in range(length):
            if t > 0:
                h = (times[t] - times[t - 1]) / substeps
                for _ in range(substeps):
                    _rate(
                        exponents, component, monomial, label, z, u, s, powers, slopes, du[0],
                        ds[0],
                    )  # fmt: skip
                    for stage in range(1, 4):
                        share = h if stage == 3 else h / 2
                        for i in range(d):
                            tu[i] = u[i] + share * du[stage - 1, i]
                            for c in range(columns):
                                ts[i, c] = s[i, c] + share * ds[stage - 1, i, c]
                        _rate(
                            exponents, component, monomial, label, z, tu, ts, powers, slopes,
                            du[stage], ds[stage],
                        )  # fmt: skip
                    for i in range(d):
                        u[i] += h / 6 * (du[0, i] + 2 * (du[1, i] + du[2, i]) + du[3, i])
                        if not abs(u[i]) < _BLOWN:
                            return np.full(count, np.inf), np.inf, normal, slope
                        for c in range(columns):
                            s[i, c] += (
                                h
                                / 6
                                * (ds[0, i, c] + 2 * (ds[1, i, c] + ds[2, i, c]) + ds[3, i, c])
                            )
            for i in range(d):
                error = (u[i] - windows[w, t, i]) * scale
                misfit[w] += error * error
                for a in range(columns):
                    own = s[i, a] * scale
                    if own != 0.0:
                        pull[a] += own * error
                        for b in range(a + 1):
                            block[a, b] += own * s[i, b] * scale
        first = k + w * d
        for a in range(columns):
            row = a if a < k else first + a - k
            slope[row] += pull[a]
            for b in range(a + 1):
                column = b if b < k else first + b - k
                normal[row, column] += block[a, b]
                if row != column:
                    normal[column, row] += block[a, b]
    cost = misfit.sum()
    for a in range(k):
        weight = 1.0 / (spread[a] * spread[a])
        cost += z[a] * z[a] * weight
        normal[a, a] += weight
        slope[a] += z[a] * weight
    if not np.isfinite(normal).all():
        return np.full(count, np.inf), np.inf, normal, slope
    return misfit, cost, normal, slope


@njit(cache=True)
@no_type_check
def _refined(
    exponents, component, monomial, label, times, windows, z, spread, noise, stops, iterations,
    substeps,
):  # fmt: skip
    """Levenberg's and Marquardt's descent, over growing windows if it begins far away."""
    z, steps = z.copy(), 0
    misfit, cost, normal, slope = _cost(
        exponents, component, monomial, label, times, windows, z, spread, noise, stops[-1],
        substeps,
    )  # fmt: skip
    near = misfit.sum() < _NEAR * windows.size
    for length in stops[-1:] if near else stops:
        if not near:
            misfit, cost, normal, slope = _cost(
                exponents, component, monomial, label, times, windows, z, spread, noise, length,
                substeps,
            )  # fmt: skip
        damping = 1e-3
        for _ in range(iterations):
            if not np.isfinite(cost):
                break
            steps += 1
            damped = normal.copy()
            for i in range(len(z)):
                damped[i, i] += damping * normal[i, i] + 1e-12
            trial = z - np.linalg.solve(damped, slope)
            new_misfit, new_cost, new_normal, new_slope = _cost(
                exponents, component, monomial, label, times, windows, trial, spread, noise,
                length, substeps,
            )  # fmt: skip
            if new_cost <= cost:
                fall = cost - new_cost
                z, misfit, cost, normal, slope = trial, new_misfit, new_cost, new_normal, new_slope
                damping = max(damping / 5, 1e-12)
                # Early lengths only lead on to the next: they need not be exact.
                if fall < (1e-5 if length == stops[-1] else 1e-2) * cost:
                    break
            else:
                damping *= 8
                if damping > 1e9:
                    break
    return z, misfit, cost, normal, steps

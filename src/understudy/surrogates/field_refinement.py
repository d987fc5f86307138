"""Numbers of an equation from noisy slices of its field, through the solver.

The initial field is unknown too, as a sum of given modes,

    u_0(x) = sum_k z_k phi_k(x),

and so is its rate where the equation is of second order. Numbers and modes z minimise

    |u(z) - y|^2 / s^2 + sum_p (theta_p - m_p)^2 / q_p^2 + sum_k alpha_k z_k^2,

by Levenberg's and Marquardt's method (More 1978); slopes are differences of runs that go through
the solver together. Modes that the field does not have are found to be none: their precisions are
those that make the data most probable (automatic relevance determination, Tipping 2001, eq. 16),

    alpha_g <- (M_g - alpha_g tr Sigma_g) / |z_g|^2,       M_g modes of a group g.

Samples of one equation go together, each with a damping of its own.

A solver that errs less need run only once (deferred correction, Stetter 1978, Numer. Math. 29):
what it says beyond the own solver, d = u_fine(z) - u(z), is taken off the data, and z follows. Of
errors that fall with the square of the mesh size a third of what z moved is left at half of it.
"""

from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int

from understudy.equations.equation import Equation

__all__ = ["FieldRefinement", "FieldSolver", "Finer", "Modes", "RefinedFields"]

_DAMPING, _GREATEST = 1e-3, 1e8
_NOTHING = 1e-5
"""Size of a mode, over that of the field, that is none."""


@runtime_checkable
class FieldSolver(Protocol):
    """Fields at points at times: `Spectral`, `FiniteVolumes`, `MeshSolver`."""

    def solve(
        self,
        equation: Equation,
        values: Float[np.ndarray, "P n"],
        start: Float[np.ndarray, "D n X"],
        times: Float[np.ndarray, " T"],
    ) -> Float[np.ndarray, "n T D X"]:
        """Fields at times, the first of which is that of the start."""
        ...


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Modes:
    """What an initial field is a sum of.

    Attributes:
        values: of the modes at the solver's points.
        groups: modes of one number share a precision.
    """

    values: Float[np.ndarray, "X M"]
    groups: Int[np.ndarray, " M"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Finer:
    """A solver that errs less.

    Attributes:
        solver: makes fields.
        modes: those of the refinement, at its points.
        at: points where the values are known.
        left: share of a correction that is still missing after it.
    """

    solver: FieldSolver
    modes: Modes
    at: Int[np.ndarray, " Y"]
    left: float


@final
@dataclass(frozen=True, kw_only=True)
class FieldRefinement:
    """Settings.

    Attributes:
        iterations: most steps.
        rtol: relative fall of the sum of squares below which a sample has arrived.
        rounds: of the precisions of modes, with a descent after each; 0: all modes are free.
    """

    iterations: int = 12
    rtol: float = 1e-5
    rounds: int = 4

    def __post_init__(self) -> None:
        if self.iterations < 1 or self.rounds < 0:
            raise ValueError(
                f"iterations, rounds: expected at least 1 and 0, got {self.iterations}, "
                f"{self.rounds}"
            )

    def fit(
        self,
        equation: Equation,
        solver: FieldSolver,
        times: Float[np.ndarray, " T"],
        fields: Float[np.ndarray, "n T Y"],
        *,
        modes: Modes,
        at: Int[np.ndarray, " Y"],
        centre: Float[np.ndarray, "n P"],
        spread: Float[np.ndarray, "n P"],
        noise: Float[np.ndarray, " n"],
        finer: Finer | None = None,
    ) -> "RefinedFields":
        """The most probable numbers and initial field of each sample.

        Args:
            equation: of one state, with parameters.
            solver: makes fields.
            times: of the slices, evenly spaced.
            fields: noisy values.
            modes: of the initial field.
            at: points of the solver where the values are known.
            centre: means of the prior of the parameters, and where the search begins.
            spread: their deviations.
            noise: deviation of the noise of each sample.
            finer: corrects what the solver's own error does to the numbers.

        Raises:
            ValueError: values that are not finite, a spread or noise that is not positive.
        """
        if not np.isfinite(fields).all():
            raise ValueError("fields: expected finite values, got NaN or infinity")
        for name, value in (("spread", spread), ("noise", noise)):
            if not (value > 0).all():
                raise ValueError(f"{name}: expected more than 0, got {value.min():g}")
        state = _State(equation, solver, times, fields, modes, at, centre, spread, noise)
        self._descend(state)
        for _ in range(self.rounds):
            state.weigh()
            self._descend(state)
        if finer is not None:
            state.correct(finer)
            self._descend(state)
        return state.result(0.0 if finer is None else finer.left)

    def _descend(self, state: "_State") -> None:
        everyone = np.arange(len(state.cost))
        arrived = ~np.isfinite(state.cost)
        for _ in range(self.iterations):
            active = everyone[~arrived]
            if not len(active):
                break
            fall = state.step(active)
            near = (fall >= 0) & (fall <= self.rtol * state.cost[active])
            arrived[active] = near | (state.damping[active] > _GREATEST)


@final
class _State:
    """Numbers and modes of all samples, what they cost, and the slopes there."""

    def __init__(
        self,
        equation: Equation,
        solver: FieldSolver,
        times: np.ndarray,
        fields: np.ndarray,
        modes: Modes,
        at: np.ndarray,
        centre: np.ndarray,
        spread: np.ndarray,
        noise: np.ndarray,
    ) -> None:
        self.equation, self.solver, self.times, self.at = equation, solver, times, at
        self.fields, self.spread, self.noise = fields, spread, noise
        self.basis = modes.values
        self.p, self.order = centre.shape[1], equation.orders[0]
        first = np.linalg.lstsq(self.basis[at], fields[:, 0].T, rcond=None)[0].T
        still = [np.zeros_like(first)] * (self.order - 1)
        self.z = np.concatenate([centre, first, *still], axis=1)
        self.size = np.maximum(np.sqrt((fields**2).mean(axis=(1, 2))), 1e-12)
        self.shift = np.full_like(self.z, 1e-5) * self.size[:, None]
        self.shift[:, : self.p] = 1e-4 * spread
        # Modes of the field, then of its rate; the two have precisions of their own.
        many = int(modes.groups.max()) + 1
        self.groups = np.concatenate([modes.groups + i * many for i in range(self.order)])
        self.precision = np.zeros((len(fields), self.z.shape[1]))
        self.precision[:, : self.p] = spread**-2
        self.about = np.zeros_like(self.z)
        self.about[:, : self.p] = centre
        self.before, self.corrected = self.z, np.zeros(len(fields), dtype=bool)
        self._begin()

    def _begin(self) -> None:
        """Cost and slopes at the present numbers."""
        every = np.arange(len(self.z))
        self.damping = np.full(len(every), _DAMPING)
        self.cost, self.misfit = self._cost(every, self.run(self.z), self.z)
        self.normal, self.slope, known = self._slopes(every, self.z)
        self.cost[~known] = np.inf

    def weigh(self) -> None:
        """Precisions of the modes that make the data most probable, to first order."""
        fine = np.isfinite(self.cost)
        variance = np.zeros_like(self.z)
        variance[fine] = np.einsum("nii->ni", _inverse(self.normal[fine]))
        modes, square = self.precision[:, self.p :], self.z[:, self.p :] ** 2
        sure = 1 - modes * variance[:, self.p :]
        for group in np.unique(self.groups):
            own = self.groups == group
            free = np.maximum(sure[:, own].sum(axis=1, keepdims=True), 1e-6)
            there = square[:, own].sum(axis=1, keepdims=True)
            modes[:, own] = free / np.maximum(there, (_NOTHING * self.size[:, None]) ** 2)
        self._begin()

    def correct(self, finer: Finer) -> None:
        """Take off the data what a finer solver says beyond the own one."""
        self.before = self.z.copy()
        with np.errstate(all="ignore"):
            said = self.whole(self.z, self.times, finer.solver, finer.modes.values)
            beyond = said[:, :, finer.at] - self.run(self.z)
        self.corrected = np.isfinite(beyond).all(axis=(1, 2)) & np.isfinite(self.cost)
        self.fields = self.fields - np.where(self.corrected[:, None, None], beyond, 0.0)
        self._begin()

    def run(self, z: np.ndarray) -> np.ndarray:
        """Values at the known points and times."""
        return self.whole(z, self.times)[:, :, self.at]

    def whole(
        self,
        z: np.ndarray,
        times: np.ndarray,
        solver: FieldSolver | None = None,
        basis: np.ndarray | None = None,
    ) -> np.ndarray:
        """Fields at all points of a solver; None: the own one."""
        solver, basis = solver or self.solver, self.basis if basis is None else basis
        parts = np.split(z[:, self.p :], self.order, axis=1)
        start = np.stack([part @ basis.T for part in parts])
        return solver.solve(self.equation, z[:, : self.p].T, start, times)[:, :, 0]

    def step(self, active: Int[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
        """Try one step of each; how much the cost fell, -1 where the step was not taken."""
        damped = self.normal[active].copy()
        diagonal = np.einsum("nii->ni", damped)
        diagonal += self.damping[active, None] * diagonal + 1e-300
        change = np.linalg.solve(damped, -self.slope[active][..., None])[..., 0]
        trial = self.z[active] + change
        cost, misfit = self._cost(active, self.run(trial), trial)
        fall = self.cost[active] - cost
        better = np.isfinite(cost) & (fall >= 0)
        if better.any():
            normal, slope, known = self._slopes(active[better], trial[better])
            better[better] = known
            taken = active[better]
            self.z[taken], self.cost[taken], self.misfit[taken] = (
                trial[better], cost[better], misfit[better],
            )  # fmt: skip
            self.normal[taken], self.slope[taken] = normal[known], slope[known]
        taken = active[better]
        self.damping[taken] = np.maximum(self.damping[taken] / 10, 1e-10)
        self.damping[active[~better]] *= 10
        return np.where(better, fall, -1.0)

    def _cost(
        self, which: np.ndarray, found: np.ndarray, z: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(all="ignore"):
            error = (found - self.fields[which]) / self.noise[which, None, None]
            misfit = (error**2).sum(axis=(1, 2))
            away = z - self.about[which]
            cost = misfit + (self.precision[which] * away**2).sum(axis=1)
        return np.where(np.isfinite(cost), cost, np.inf), misfit

    def _slopes(
        self, which: np.ndarray, z: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Normal matrices and half gradients by forward differences, and which are known."""
        k, size = z.shape
        moved = np.repeat(z[:, None], size + 1, axis=1)
        moved[:, range(size), range(size)] += self.shift[which]
        found = self.run(moved.reshape(k * (size + 1), size)).reshape(k, size + 1, -1)
        middle = found[:, -1:]
        scale = self.noise[which, None, None]
        with np.errstate(all="ignore"):
            jacobian = (found[:, :-1] - middle) / (self.shift[which][..., None] * scale)
            error = (middle[:, 0] - self.fields[which].reshape(k, -1)) / scale[:, 0]
            jacobian, error = np.nan_to_num(jacobian), np.nan_to_num(error)
            normal = jacobian @ np.swapaxes(jacobian, 1, 2)
            slope = (jacobian @ error[..., None])[..., 0]
        slope += self.precision[which] * (z - self.about[which])
        np.einsum("nii->ni", normal)[:] += self.precision[which]
        known = np.isfinite(normal).all(axis=(1, 2)) & np.isfinite(slope).all(axis=1)
        return normal, slope, known

    def _doubted(self) -> Float[np.ndarray, "n K K"]:
        """Normal matrices in which no mode is none for sure.

        Data that know a mode with the precision s tell a law of its size of precision s from one
        that is nothing by a factor of at most sqrt(2), so that none is believed narrower.
        """
        own, found = self.precision[:, self.p :], self.normal.copy()
        diagonal = np.einsum("nii->ni", found)[:, self.p :]
        diagonal -= np.maximum(2 * own - diagonal, 0.0)
        return found

    def result(self, left: float) -> "RefinedFields":
        """What was found; of what a correction moved a share is left."""
        size = self.fields[0].size
        fine = np.isfinite(self.cost)
        covariance = np.full_like(self.normal, np.nan)
        covariance[fine] = _inverse(self._doubted()[fine])
        misfit, moved = np.where(fine, self.misfit, np.inf), (self.z - self.before)[:, : self.p]
        return RefinedFields(
            values=self.z[:, : self.p], covariance=covariance, spread=self.spread, misfit=misfit,
            chi2=misfit / size, state=self, corrected=self.corrected,
            missing=left * np.where(self.corrected[:, None], moved, 0.0),
        )  # fmt: skip


def _inverse(normal: Float[np.ndarray, "n K K"]) -> Float[np.ndarray, "n K K"]:
    """Inverse of positive matrices whose diagonals have many orders of magnitude."""
    root = np.sqrt(np.einsum("nii->ni", normal))
    both = root[:, :, None] * root[:, None]
    return np.linalg.pinv(normal / both, hermitian=True) / both


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class RefinedFields:
    """Numbers of samples of one equation.

    Attributes:
        values: of the parameters.
        covariance: of parameters, then modes of the initial field (and of its rate).
        spread: deviations of the prior.
        misfit: squared, over squared noise.
        chi2: squared misfit over squared noise, a mean over the values.
        state: modes, and the solver.
        corrected: whether a finer solver could be followed.
        missing: what the parameters may still lack for the solver's error.
    """

    values: Float[np.ndarray, "n P"]
    covariance: Float[np.ndarray, "n K K"]
    spread: Float[np.ndarray, "n P"]
    misfit: Float[np.ndarray, " n"]
    chi2: Float[np.ndarray, " n"]
    state: _State
    corrected: Bool[np.ndarray, " n"]
    missing: Float[np.ndarray, "n P"]

    @property
    def deviation(self) -> Float[np.ndarray, "n P"]:
        """Posterior deviations of the parameters, with what may be missing."""
        own = np.einsum("nii->ni", self.covariance)[:, : self.values.shape[1]]
        return np.sqrt(own + self.missing**2)

    def fields(
        self,
        times: Float[np.ndarray, " S"],
        sample: int,
        solver: FieldSolver,
        modes: Modes,
        draws: int,
        rng: np.random.Generator,
    ) -> Float[np.ndarray, "c S X"]:
        """Fields of the best numbers and modes of a sample, then of draws of the posterior.

        Args:
            times: evenly spaced, the first that of the data.
            sample: which.
            solver: with whatever points.
            modes: those of the refinement, there.
            draws: how many.
            rng: of the draws.
        """
        values, vectors = np.linalg.eigh(self.covariance[sample])
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        away = rng.standard_normal((draws, len(values))) @ root.T
        z = self.state.z[sample] + np.concatenate([np.zeros((1, len(values))), away])
        return self.state.whole(z, times, solver, modes.values)

    def forecast(self, times: Float[np.ndarray, " S"], sample: int) -> Float[np.ndarray, "S X"]:
        """Field at the points of the refinement's own solver, of what was found with it alone."""
        return self.state.whole(self.state.before[sample : sample + 1], times)[0]

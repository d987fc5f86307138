"""Numbers of an equation from noisy windows, through the integrator.

Windows y_w of one sample share the parameters theta and have initial values a_w of their own. The
most probable ones minimise

    sum_w |u(theta, a_w) - y_w|^2 / s^2 + sum_p (theta_p - m_p)^2 / q_p^2,

s the noise, m and q a normal prior, by Levenberg's and Marquardt's method (More 1978) with the
sensitivities of the trajectories. A chaotic trajectory is followed over a few points first, then
over more. Many samples of one skeleton go together, each with a damping of its own; a trial that
cannot be integrated is a step that is not taken. Near the end the posterior is normal with
covariance (J'J + Q^-1)^-1, J over the noise.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float, Int

from understudy.equations.equation import Equation
from understudy.equations.sensitivity import Sensitivity

__all__ = ["Refined", "Refinement", "least_noise", "noise_level"]

_DAMPING, _GREATEST = 1e-3, 1e9
_EXACT = 1e-5
"""Error of the integrator over the size of a trajectory: no window is taken for more exact."""


def least_noise(windows: Float[np.ndarray, "*b T D"]) -> Float[np.ndarray, "*b"]:
    """Deviation of each window, in its unit, below which a misfit is the integrator's error."""
    return np.maximum(_EXACT * np.sqrt((windows**2).mean(axis=(-2, -1))), 1e-12)


def noise_level(
    windows: Float[np.ndarray, "*b T D"], known: Float[np.ndarray, "*b"] | None = None
) -> Float[np.ndarray, "*b"]:
    """Deviation of the noise from fifth differences along time, over all components.

    A smooth signal has small ones; those of independent noise have 15.9 times its deviation. The
    median of their magnitude over 0.6745 is a deviation that some rough stretches do not move. It
    is at least `least_noise`, as one that is known is.
    """
    if known is not None:
        return np.maximum(known, least_noise(windows))
    rough = np.abs(np.diff(windows, n=5, axis=-2))
    found = np.median(rough, axis=(-2, -1)) / (0.6745 * 252**0.5)
    return np.maximum(found, least_noise(windows))


@final
@dataclass(frozen=True, kw_only=True)
class Refinement:
    """Settings.

    Attributes:
        lengths: points of a window that are followed, one after the other; the whole at last.
        iterations: most steps at each length.
        rtol: relative fall of the sum of squares below which a sample has arrived.
        substeps: of the integrator between two times.
        hopeless: misfit over the noise, after any length, at which a sample is given up; its cost
            is infinite then.
    """

    lengths: tuple[int, ...] = (12, 24, 40)
    iterations: int = 30
    rtol: float = 1e-6
    substeps: int = 4
    hopeless: float = np.inf

    def __post_init__(self) -> None:
        if not self.hopeless > 0:
            raise ValueError(f"hopeless: expected more than 0, got {self.hopeless}")
        if min((*self.lengths, 1)) < 1 or min(self.iterations, self.substeps) < 1:
            raise ValueError(
                f"lengths, iterations, substeps: expected at least 1, got {self.lengths}, "
                f"{self.iterations}, {self.substeps}"
            )

    def fit(
        self,
        equation: Equation,
        times: Float[np.ndarray, " T"],
        windows: Float[np.ndarray, "n w T D"],
        *,
        centre: Float[np.ndarray, "n P"],
        spread: Float[np.ndarray, "n P"],
        noise: Float[np.ndarray, " n"],
    ) -> "Refined":
        """The most probable numbers of each sample.

        Args:
            equation: the skeleton that all samples have, with parameters.
            times: of the points of a window.
            windows: noisy states.
            centre: means of the prior of the parameters, and where the search begins.
            spread: their deviations.
            noise: deviation of the noise of each sample.

        Raises:
            ValueError: windows that are not finite, a spread or noise that is not positive.
        """
        if not np.isfinite(windows).all():
            raise ValueError("windows: expected finite values, got NaN or infinity")
        for name, value in (("spread", spread), ("noise", noise)):
            if not (value > 0).all():
                raise ValueError(f"{name}: expected more than 0, got {value.min():g}")
        system = Sensitivity(equation, substeps=self.substeps)
        state = _State(system, times, windows, centre, spread, noise)
        lengths = [k for k in self.lengths if k < len(times)]
        steps = np.zeros(len(windows), dtype=int)
        for length in (*lengths, len(times)):
            arrived = self._follow(state, length, steps)
            state.give_up(self.hopeless * length)
        return state.result(equation, times, arrived, steps)

    def _follow(
        self, state: "_State", length: int, steps: Int[np.ndarray, " n"]
    ) -> Bool[np.ndarray, " n"]:
        """Descend with the first points of the windows."""
        everyone = np.arange(len(state.cost))
        state.begin(length)
        arrived = ~np.isfinite(state.cost)
        lost = arrived.copy()
        for _ in range(self.iterations):
            active = everyone[~arrived]
            if not len(active):
                break
            steps[active] += 1
            fall = state.step(active, length)
            near = (fall >= 0) & (fall <= self.rtol * state.cost[active])
            arrived[active] = near | (state.damping[active] > _GREATEST)
        return arrived & ~lost


@final
class _State:
    """Numbers of all samples, what they cost, and the slopes there."""

    def __init__(
        self,
        system: Sensitivity,
        times: np.ndarray,
        windows: np.ndarray,
        centre: np.ndarray,
        spread: np.ndarray,
        noise: np.ndarray,
    ) -> None:
        self.system, self.times, self.windows = system, times, windows
        self.centre, self.spread, self.noise = centre, spread, noise
        many, self.count, _, self.d = windows.shape
        self.p = centre.shape[1]
        self.z = np.concatenate([centre, windows[:, :, 0].reshape(many, -1)], axis=1)
        self.cost = np.full(many, np.inf)
        self.damping = np.full(many, _DAMPING)
        size = self.z.shape[1]
        self.normal, self.slope = np.zeros((many, size, size)), np.zeros((many, size))
        self.misfit = np.full((many, self.count), np.inf)
        self.gone = np.zeros(many, dtype=bool)

    def give_up(self, worst: float) -> None:
        """Leave samples alone whose misfit is above this, for each component of each window."""
        self.gone |= ~(self.misfit.sum(axis=1) <= worst * self.count * self.d)
        self.cost[self.gone] = np.inf

    def begin(self, length: int) -> None:
        """Cost and slopes at the present numbers, with the first points."""
        every = np.arange(len(self.z))
        self.cost, self.misfit, self.normal, self.slope = self._at(every, self.z, length)
        self.cost[self.gone] = np.inf
        self.damping[:] = _DAMPING

    def step(self, active: Int[np.ndarray, " k"], length: int) -> Float[np.ndarray, " k"]:
        """Try one step of each; how much the cost fell, -1 where the step was not taken."""
        normal = self.normal[active]
        diagonal = np.einsum("nii->ni", normal)
        damped = normal.copy()
        np.einsum("nii->ni", damped)[:] += self.damping[active, None] * diagonal + 1e-300
        change = np.linalg.solve(damped, -self.slope[active][..., None])[..., 0]
        trial = self.z[active] + change
        cost, misfit, made, slope = self._at(active, trial, length)
        fall = self.cost[active] - cost
        better = np.isfinite(cost) & (fall >= 0)
        taken = active[better]
        self.z[taken], self.cost[taken], self.misfit[taken] = (
            trial[better], cost[better], misfit[better],
        )  # fmt: skip
        self.normal[taken], self.slope[taken] = made[better], slope[better]
        self.damping[taken] = np.maximum(self.damping[taken] / 5, 1e-12)
        self.damping[active[~better]] *= 8
        return np.where(better, fall, -1.0)

    def _at(
        self, which: np.ndarray, z: np.ndarray, length: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Cost, its part of the data, normal matrix and half its gradient."""
        k, w, d, p = len(which), self.count, self.d, self.p
        values = np.repeat(z[:, :p], w, axis=0).T
        start = z[:, p:].reshape(k * w, d).T
        u, s = self.system.solve(values, start, self.times[:length])
        scale = self.noise[which, None, None]
        error = (u.reshape(k, w, -1) - self.windows[which, :, :length].reshape(k, w, -1)) / scale
        jacobian = s.reshape(k, w, length * d, p + d) / scale[..., None]
        with np.errstate(all="ignore"):
            misfit = (error**2).sum(axis=2)
            away = (z[:, :p] - self.centre[which]) / self.spread[which]
            cost = misfit.sum(axis=1) + (away**2).sum(axis=1)
            turned = np.swapaxes(jacobian, 2, 3)
            products = turned @ jacobian
            pulls = (turned @ error[..., None])[..., 0]
        normal, slope = np.zeros((k, z.shape[1], z.shape[1])), np.zeros_like(z)
        normal[:, :p, :p] = products[:, :, :p, :p].sum(axis=1)
        np.einsum("nii->ni", normal)[:, :p] += self.spread[which] ** -2
        slope[:, :p] = pulls[:, :, :p].sum(axis=1) + away / self.spread[which]
        for i in range(w):
            own = slice(p + i * d, p + (i + 1) * d)
            normal[:, own, own] = products[:, i, p:, p:]
            normal[:, :p, own] = products[:, i, :p, p:]
            normal[:, own, :p] = products[:, i, p:, :p]
            slope[:, own] = pulls[:, i, p:]
        fine = np.isfinite(normal).all(axis=(1, 2)) & np.isfinite(slope).all(axis=1)
        return np.where(fine, cost, np.inf), misfit, normal, slope

    def result(
        self,
        equation: Equation,
        times: np.ndarray,
        arrived: np.ndarray,
        steps: np.ndarray,
    ) -> "Refined":
        """What was found."""
        many, points = len(self.z), self.windows[0].size
        fine = np.isfinite(self.cost)
        covariance, normal = (np.full_like(self.normal, np.nan) for _ in range(2))
        normal[fine] = self.normal[fine]
        covariance[fine] = np.linalg.pinv(self.normal[fine], hermitian=True)
        misfit = np.where(fine[:, None], self.misfit, np.inf)
        return Refined(
            equation=equation, times=times, values=self.z[:, : self.p],
            start=self.z[:, self.p :].reshape(many, self.count, self.d), covariance=covariance,
            normal=normal, misfit=misfit, chi2=misfit.sum(axis=1) / points, cost=self.cost,
            spread=self.spread, converged=arrived, iterations=steps,
        )  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Refined:
    """Numbers of samples of one skeleton.

    Attributes:
        equation: the skeleton.
        times: of the windows.
        values: of the parameters.
        start: initial values of each window.
        covariance: of parameters, then initial values window by window.
        normal: the inverse of the covariance.
        misfit: of each window: squared, over squared noise, a sum.
        chi2: the same over the number of all values.
        cost: what was minimised, misfit and prior.
        spread: deviations of the prior.
        converged: the cost had ceased to fall at the last length.
        iterations: steps tried.
    """

    equation: Equation
    times: Float[np.ndarray, " T"]
    values: Float[np.ndarray, "n P"]
    start: Float[np.ndarray, "n w D"]
    covariance: Float[np.ndarray, "n K K"]
    normal: Float[np.ndarray, "n K K"]
    misfit: Float[np.ndarray, "n w"]
    chi2: Float[np.ndarray, " n"]
    cost: Float[np.ndarray, " n"]
    spread: Float[np.ndarray, "n P"]
    converged: Bool[np.ndarray, " n"]
    iterations: Int[np.ndarray, " n"]

    @property
    def deviation(self) -> Float[np.ndarray, "n P"]:
        """Posterior deviations of the parameters."""
        count = self.values.shape[1]
        return np.sqrt(np.einsum("nii->ni", self.covariance)[:, :count])

    @property
    def identifiable(self) -> Bool[np.ndarray, "n P"]:
        """Parameters that the data tell more of than the prior: half its deviation or less."""
        return self.deviation <= 0.5 * self.spread

    def forecast(
        self, times: Float[np.ndarray, " S"], window: int = 0
    ) -> Float[np.ndarray, "n S D"]:
        """States of one window at times that begin with its own first one."""
        system = Sensitivity(self.equation, substeps=6)
        return system.states_at(self.values.T, self.start[:, window].T, times)

    def draws(
        self, times: Float[np.ndarray, " S"], count: int, rng: np.random.Generator, window: int = 0
    ) -> Float[np.ndarray, "n c S D"]:
        """Forecasts with parameters and initial values drawn from the normal posterior."""
        many, p = self.values.shape
        d = self.start.shape[2]
        own = [*range(p), *range(p + window * d, p + (window + 1) * d)]
        block = self.covariance[:, own][:, :, own]
        values, vectors = np.linalg.eigh(np.nan_to_num(block))
        root = vectors * np.sqrt(np.maximum(values, 0.0))[:, None]
        mean = np.concatenate([self.values, self.start[:, window]], axis=1)
        z = rng.standard_normal((many, count, p + d))
        drawn = (mean[:, None] + np.einsum("nij,ncj->nci", root, z)).reshape(many * count, p + d)
        system = Sensitivity(self.equation, substeps=6)
        made = system.states_at(drawn[:, :p].T, drawn[:, p:].T, times)
        return made.reshape(many, count, len(times), d)

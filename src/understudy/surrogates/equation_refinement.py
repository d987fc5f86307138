"""Numbers of an equation from noisy windows, through the integrator.

Windows y_w of one sample share the parameters theta and have initial values a_w of their own. The
most probable ones minimise

    sum_w |u(theta, a_w) - y_w|^2 / s^2 + sum_p (theta_p - m_p)^2 / q_p^2,

s the noise, m and q a normal prior, by Levenberg's and Marquardt's method (More 1978) with the
sensitivities of the trajectories. A chaotic trajectory is followed over a few points first, then
over more, in smaller strides where one loses a window. Many samples of one skeleton go together,
each with a damping of its own; a trial that cannot be integrated is a step that is not taken. Near
the end the posterior is normal with covariance (J'J + Q^-1)^-1, J over the noise.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float, Int

from understudy.equations.equation import Equation
from understudy.equations.sensitivity import Sensitivity
from understudy.surrogates.equation_descent import Descent

__all__ = ["Refined", "Refinement", "least_noise", "noise_level"]

_GREATEST = 1e9
_STRIDE = 2
"""Points by which the length grows at least, where windows are lost."""
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
        descent = Descent(system, times, windows, centre, spread, noise)
        lengths = [k for k in self.lengths if k < len(times)]
        steps = np.zeros(len(windows), dtype=int)
        everyone, arrived, before = np.arange(len(windows)), np.zeros(len(windows), dtype=bool), 0
        for length in (*lengths, len(times)):
            self._reach(descent, everyone, before, length, steps, arrived)
            descent.give_up(self.hopeless * length)
            before = length
        return _result(descent, equation, times, arrived, steps)

    def _reach(
        self,
        descent: Descent,
        which: Int[np.ndarray, " k"],
        before: int,
        length: int,
        steps: Int[np.ndarray, " n"],
        arrived: Bool[np.ndarray, " n"],
    ) -> None:
        """Go from fewer points to more, in smaller strides where a large one loses a window."""
        known = descent.kept()
        arrived[which] = self._follow(descent, which, length, steps)
        again = descent.losers(known, which, before, length)
        if not before or length - before <= _STRIDE or not len(again):
            return
        descended, there = descent.kept(), arrived.copy()
        descent.go_back(known, again)
        middle = (before + length) // 2
        self._reach(descent, again, before, middle, steps, there)
        self._reach(descent, again, middle, length, steps, there)
        worse = ~(descent.cost < descended.cost)
        descent.go_back(descended, np.flatnonzero(worse))
        arrived[~worse] = there[~worse]

    def _follow(
        self,
        descent: Descent,
        which: Int[np.ndarray, " k"],
        length: int,
        steps: Int[np.ndarray, " n"],
    ) -> Bool[np.ndarray, " k"]:
        """Descend with the first points of the windows of some samples."""
        descent.begin(which, length)
        arrived = np.ones(len(descent.cost), dtype=bool)
        arrived[which] = ~np.isfinite(descent.cost[which])
        never, everyone = arrived.copy(), np.arange(len(arrived))
        for _ in range(self.iterations):
            active = everyone[~arrived]
            if not len(active):
                break
            steps[active] += 1
            fall = descent.step(active, length)
            near = (fall >= 0) & (fall <= self.rtol * descent.cost[active])
            arrived[active] = near | (descent.damping[active] > _GREATEST)
        return (arrived & ~never)[which]


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


def _result(
    descent: Descent,
    equation: Equation,
    times: np.ndarray,
    arrived: np.ndarray,
    steps: np.ndarray,
) -> Refined:
    """What was found."""
    points, p = descent.windows[0].size, descent.p
    fine = np.isfinite(descent.cost)
    covariance, normal = (np.full_like(descent.normal, np.nan) for _ in range(2))
    normal[fine] = descent.normal[fine]
    covariance[fine] = np.linalg.pinv(descent.normal[fine], hermitian=True)
    misfit = np.where(fine[:, None], descent.misfit, np.inf)
    return Refined(
        equation=equation, times=times, values=descent.z[:, :p],
        start=descent.z[:, p:].reshape(descent.windows[:, :, 0].shape), covariance=covariance,
        normal=normal, misfit=misfit, chi2=misfit.sum(axis=1) / points, cost=descent.cost,
        spread=descent.spread, converged=arrived, iterations=steps,
    )  # fmt: skip

"""Many samples of one skeleton on their way down, by Levenberg's and Marquardt's method.

A sample is where it is, z = (theta, a_1, ..., a_w), what that costs with the first points of its
windows, the normal matrix and the slope there, and a damping of its own (More 1978).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int

from understudy.equations.sensitivity import Sensitivity

__all__ = ["Descent", "Kept"]

_DAMPING = 1e-3
_LOST = 9.0
"""Misfit over the noise, a mean over the values of a window, of one that is not followed."""


@final
@dataclass(frozen=True, eq=False)
class Kept:
    """Numbers of all samples, what they cost, and the normal matrices there."""

    z: np.ndarray
    cost: np.ndarray
    misfit: np.ndarray
    normal: np.ndarray


@final
class Descent:
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

    def begin(self, which: Int[np.ndarray, " k"], length: int) -> None:
        """Cost and slopes at the present numbers of some samples, with the first points."""
        cost, misfit, normal, slope = self._at(which, self.z[which], length)
        self.cost[which], self.misfit[which] = cost, misfit
        self.normal[which], self.slope[which] = normal, slope
        self.cost[self.gone] = np.inf
        self.damping[which] = _DAMPING

    def kept(self) -> Kept:
        """Where all samples are."""
        return Kept(self.z.copy(), self.cost.copy(), self.misfit.copy(), self.normal.copy())

    def go_back(self, other: Kept, which: Int[np.ndarray, " k"]) -> None:
        """To where some samples were."""
        for name in ("z", "cost", "misfit", "normal"):
            getattr(self, name)[which] = getattr(other, name)[which]

    def losers(
        self, known: Kept, which: Int[np.ndarray, " k"], before: int, length: int
    ) -> Int[np.ndarray, " l"]:
        """Those of some samples that have lost a window that fewer points did not lose."""
        held = known.misfit[which] <= _LOST * before * self.d
        gone = held & ~(self.misfit[which] <= _LOST * length * self.d)
        fine = np.isfinite(known.cost[which]) & ~self.gone[which]
        return which[gone.any(axis=1) & fine]

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

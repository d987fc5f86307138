"""What a critic sees beside the coefficients of a history: the stress that the history makes.

Responses are deviatoric stresses whose length is von Mises' (`submodel.deviatoric`), linear in the
coefficients c. At some fixed points p of space and time,

    v_p = |m_p + c Y_p|,   F(c) = (c, w (v_(1), ..., v_(k)) / s),

with the k greatest of them in order. A law of c that is right in energy but wrong in its peaks is
then seen to be wrong; gradients flow through the norm to the generator. Convolved in time, the
stress of some cells is averaged over windows of 1, 2, 4, ... times, and the greatest average of
each is seen too.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from understudy.linalg import ExtendedBasis

__all__ = ["PeakFeatures", "Peaks"]


@final
@dataclass(frozen=True, kw_only=True)
class PeakFeatures:
    """Specification of the features.

    Attributes:
        points: fixed points of space and time.
        top: how many of the greatest stresses are seen.
        weight: total deviation of these over that of the coefficients.
        scales: windows in time, of 1, 2, 4, ... times, that stresses are averaged over; 0: none.
        cells: fixed cells whose averages are seen.
        seed: of the choice of points and cells.
    """

    points: int = 512
    top: int = 16
    weight: float = 1.0
    scales: int = 0
    cells: int = 16
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.top <= self.points:
            raise ValueError(f"top: expected 1 to {self.points} points, got {self.top}")
        if self.scales < 0 or self.cells < 1:
            raise ValueError(
                f"features: expected scales >= 0 and cells >= 1, got {self.scales}, {self.cells}"
            )
        if not self.weight > 0:
            raise ValueError(f"weight: expected above 0, got {self.weight}")

    def of(self, basis: ExtendedBasis, c: Float[np.ndarray, "n r"], times: int) -> "Peaks":
        """The map for a basis of responses, scaled by training coefficients.

        Args:
            basis: its responses are three numbers for each of `times` times and some cells.
            c: training coefficients.
            times: of a response.

        Raises:
            ValueError: fewer points or cells in the responses than asked for.
        """
        count = len(basis.y_mean) // 3
        if count < self.points or count % times or (self.scales and count // times < self.cells):
            raise ValueError(
                f"features: expected at least {self.points} points and {self.cells} cells in "
                f"responses at {times} times, got {count} points"
            )
        rng = np.random.default_rng(self.seed)
        points = np.sort(rng.choice(count, self.points, replace=False))
        series = None
        if self.scales:
            cells = np.sort(rng.choice(count // times, self.cells, replace=False))
            places = np.arange(times)[None, :] * (count // times) + cells[:, None]
            series = _Linear.of(basis, places.ravel())
        raw = Peaks(_Linear.of(basis, points), self.top, series, times, self.scales, 1.0)
        with torch.no_grad():
            seen = raw(torch.tensor(c, dtype=torch.float32))[:, c.shape[1] :].double().numpy()
        total = float(np.sqrt(seen.var(axis=0).sum()))
        own = float(np.sqrt(c.var(axis=0).sum()))
        return Peaks(raw.points, self.top, series, times, self.scales, self.weight * own / total)


@final
class _Linear:
    """Stress at some points, a norm of what is linear in the coefficients."""

    def __init__(self, mean: Float[Tensor, " m"], modes: Float[Tensor, "r m"]) -> None:
        self._mean, self._modes = mean, modes

    @classmethod
    def of(cls, basis: ExtendedBasis, points: Int[np.ndarray, " p"]) -> "_Linear":
        columns = (3 * points[:, None] + [0, 1, 2]).ravel()
        both = (basis.y_mean[columns], basis.y_modes[:, columns])
        return cls(*(torch.tensor(a / basis.total, dtype=torch.float32) for a in both))

    def __call__(self, c: Float[Tensor, "n r"]) -> Float[Tensor, "n p"]:
        parts = torch.addmm(self._mean, c, self._modes).unflatten(1, (-1, 3))
        # The floor keeps the derivative finite where there is no stress.
        return (parts.square().sum(dim=2) + 1e-12).sqrt()


@final
class Peaks:
    """Coefficients and their greatest stresses, as one row of features; called by the critic."""

    def __init__(
        self,
        points: _Linear,
        top: int,
        series: _Linear | None,
        times: int,
        scales: int,
        scale: float,
    ) -> None:
        self.points = points
        self._top, self._series, self._times = top, series, times
        self._scales, self._scale = scales, scale

    def __call__(self, c: Float[Tensor, "n r"]) -> Float[Tensor, "n f"]:
        """Features of rows of coefficients."""
        seen = [self.points(c).topk(self._top, dim=1).values]
        if self._series is not None:
            stress = self._series(c).unflatten(1, (-1, self._times))
            for k in range(self._scales):
                averaged = torch.nn.functional.avg_pool1d(stress, 2**k, stride=1)
                seen.append(averaged.amax(dim=2))
        return torch.cat([c, *(self._scale * part for part in seen)], dim=1)

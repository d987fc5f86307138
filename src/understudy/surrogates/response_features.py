"""What a critic sees beside the coefficients of a history: the stress that the history makes.

Responses are deviatoric stresses whose length is von Mises' (`submodel.deviatoric`), linear in the
coefficients c. At some fixed points p of space and time,

    v_p = |m_p + c Y_p|,   F(c) = (c, w (v_(1), ..., v_(k)) / s),

with the k greatest of them in order. A law of c that is right in energy but wrong in its peaks is
then seen to be wrong; gradients flow through the norm to the generator.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float
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
        seed: of the choice of points.
    """

    points: int = 256
    top: int = 16
    weight: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.top <= self.points:
            raise ValueError(f"top: expected 1 to {self.points} points, got {self.top}")
        if not self.weight > 0:
            raise ValueError(f"weight: expected above 0, got {self.weight}")

    def of(self, basis: ExtendedBasis, c: Float[np.ndarray, "n r"]) -> "Peaks":
        """The map for a basis of responses, scaled by training coefficients.

        Raises:
            ValueError: fewer points in the responses than asked for.
        """
        count = len(basis.y_mean) // 3
        if count < self.points:
            raise ValueError(f"points: expected at most {count}, got {self.points}")
        chosen = np.random.default_rng(self.seed).choice(count, self.points, replace=False)
        columns = (3 * np.sort(chosen)[:, None] + [0, 1, 2]).ravel()
        mean, modes = (
            torch.tensor(a / basis.total, dtype=torch.float32)
            for a in (basis.y_mean[columns], basis.y_modes[:, columns])
        )
        raw = Peaks(mean, modes, self.top, 1.0)
        with torch.no_grad():
            seen = raw(torch.tensor(c, dtype=torch.float32))[:, c.shape[1] :].double().numpy()
        total = float(np.sqrt(seen.var(axis=0).sum()))
        own = float(np.sqrt(c.var(axis=0).sum()))
        return Peaks(mean, modes, self.top, self.weight * own / total)


@final
class Peaks:
    """Coefficients and their greatest stresses, as one row of features; called by the critic."""

    def __init__(
        self, mean: Float[Tensor, " m"], modes: Float[Tensor, "r m"], top: int, scale: float
    ) -> None:
        self._mean, self._modes, self._top, self._scale = mean, modes, top, scale

    def __call__(self, c: Float[Tensor, "n r"]) -> Float[Tensor, "n f"]:
        """Features of rows of coefficients."""
        parts = torch.addmm(self._mean, c, self._modes).unflatten(1, (-1, 3))
        # The floor keeps the derivative finite where there is no stress.
        stress = (parts.square().sum(dim=2) + 1e-12).sqrt()
        return torch.cat([c, self._scale * stress.topk(self._top, dim=1).values], dim=1)

"""Fourier neural operator in time: a window of a trajectory -> the windows that follow it.

The layers are those of `FNO` (Li et al. 2021, arXiv 2010.08895, eqs. 2 to 5) over the times of the
window, continued by a margin of zeros; the channels of a time t_i are the states at t_i + k W in
the k-th later window of the length W. A query is answered by interpolation, linear in time.
"""

from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from understudy.nn import mlp
from understudy.operators.encoders import magnitude
from understudy.operators.fourier_layers import FourierLayers
from understudy.operators.grids import uniform

__all__ = ["SeriesFNO"]


@final
class SeriesFNO(nn.Module):
    """States at evenly spaced times -> states at later times, each in the size of its own.

    Args of the constructor: number of `features` (states), `later` windows that are asked for,
    `width`, `modes`, number of `layers`, points of the `margin`.
    """

    def __init__(
        self,
        *,
        features: int,
        later: int,
        width: int = 48,
        modes: int = 24,
        layers: int = 4,
        margin: int = 16,
    ) -> None:
        super().__init__()
        self.later, self.margin = later, margin
        self.lift = nn.Linear(features + 1, width)
        self.layers = FourierLayers(width=width, modes=modes, layers=layers)
        self.project = mlp(width, 2 * width, later * features)

    def forward(
        self,
        points: Float[Tensor, "b n 1"],
        features: Float[Tensor, "b n f"],
        queries: Float[Tensor, "b q 1"],
        guess: Int[Tensor, "b l"] | None = None,  # noqa: ARG002
        present: Bool[Tensor, "b n"] | None = None,
    ) -> Float[Tensor, "b q f"]:
        """States at the queries, which are held within the later windows.

        Raises:
            ValueError: points that are no uniform grid, or some of them missing.
        """
        uniform(points, present)
        scale, (many, states) = magnitude(features), features.shape[1:]
        step = (points[:, -1:] - points[:, :1]) / (many - 1)
        place = (points - points[:, :1]) / (step * many)
        seen = torch.cat([features / scale, place], dim=-1)
        channels = self.project(self.layers.continued(self.lift(seen), self.margin))
        # Rows in the order of time: windows one after the other.
        rows = channels.unflatten(2, (self.later, states)).transpose(1, 2).flatten(1, 2) * scale
        at = ((queries - points[:, :1]) / step - many).clamp(0, rows.shape[1] - 1)
        left = at.floor().clamp(max=rows.shape[1] - 2).long()
        share = at - left
        left = left.expand(-1, -1, states)
        return (1 - share) * rows.gather(1, left) + share * rows.gather(1, left + 1)

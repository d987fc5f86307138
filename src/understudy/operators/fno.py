"""Fourier neural operator on a line (Li et al. 2021, arXiv 2010.08895, eqs. 2 to 5).

    v_0 = P u,   v_(l+1) = v_l + s(W_l v_l + K_l v_l),   c = Q v_L,

Here K is a convolution by Fourier modes. The features of a point are the slices of time that were
seen there, the channels c those at `knots` later times. A query (t, x) is answered by
interpolation, linear in both, which is exact at knots and grid points.

Off the torus the grid is continued by a margin of zeros, and points carry their coordinates.
"""

from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from understudy.nn import mlp
from understudy.operators.fourier_layers import FourierLayers
from understudy.operators.grids import interpolated, size_of, uniform

__all__ = ["FNO"]


@final
class FNO(nn.Module):
    """Slices on a uniform grid -> slices at later times.

    Args of the constructor: number of `features` of a point (slices that are seen), number of
    later `knots`, the `first` and the `last` of their times, `width`, `modes`, number of `layers`,
    points of the `margin` (0: the line is periodic).
    """

    def __init__(
        self,
        *,
        features: int,
        knots: int,
        first: float,
        last: float,
        width: int = 48,
        modes: int = 24,
        layers: int = 4,
        margin: int = 0,
    ) -> None:
        super().__init__()
        self.first, self.last, self.margin = first, last, margin
        self.lift = nn.Linear(features + (1 if margin else 0), width)
        self.layers = FourierLayers(width=width, modes=modes, layers=layers)
        self.project = mlp(width, 2 * width, knots)

    def forward(
        self,
        points: Float[Tensor, "b n 1"],
        features: Float[Tensor, "b n f"],
        queries: Float[Tensor, "b q 2"],
        guess: Int[Tensor, "b l"] | None = None,  # noqa: ARG002
        present: Bool[Tensor, "b n"] | None = None,
    ) -> Float[Tensor, "b q 1"]:
        """Values at the queries (t, x).

        Raises:
            ValueError: points that are no uniform grid, or some of them missing.
        """
        uniform(points, present)
        scale = size_of(features)
        seen = features / scale
        if self.margin:
            seen = torch.cat([seen, points], dim=-1)
        channels = self.project(self.layers.continued(self.lift(seen), self.margin)) * scale
        return interpolated(
            channels, points, queries, self.first, self.last, periodic=not self.margin
        )

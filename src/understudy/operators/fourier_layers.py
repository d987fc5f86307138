"""Fourier layers (Li et al. 2021, arXiv 2010.08895, eqs. 2 to 5): what operators on grids share.

    v_(l+1) = v_l + s((1 + a_l) (W_l v_l + K_l v_l) + b_l),

K is a convolution by Fourier modes; gains a and shifts b come from outside, or are zero.
"""

from collections.abc import Iterable
from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from understudy.nn import SpectralConvolution

__all__ = ["FourierLayers"]


@final
class FourierLayers(nn.Module):
    """Channels on a uniform grid -> channels.

    Args of the constructor: `width` (channels), `modes`, number of `layers`.
    """

    def __init__(self, *, width: int, modes: int, layers: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            SpectralConvolution(width=width, modes=modes) for _ in range(layers)
        )
        self.points = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(layers))

    def forward(
        self,
        v: Float[Tensor, "b w n"],
        films: Iterable[Float[Tensor, "b 2*w"]] | None = None,
    ) -> Float[Tensor, "b w n"]:
        """Channels after all layers.

        Args:
            v: channels.
            films: gains, then shifts, of each layer (Perez et al. 2018, arXiv 1709.07871, eq. 2).
        """
        given = [None] * len(self.points) if films is None else films
        for convolution, point, film in zip(self.convolutions, self.points, given, strict=True):
            change = convolution(v) + point(v)
            if film is not None:
                gain, shift = film[..., None].chunk(2, dim=1)
                change = (1 + gain) * change + shift
            v = v + nn.functional.gelu(change)
        return v

    def continued(self, v: Float[Tensor, "b n w"], margin: int) -> Float[Tensor, "b n w"]:
        """The same of rows of a grid that is continued by a margin of zeros."""
        longer = nn.functional.pad(v.transpose(1, 2), (0, margin))
        return self(longer)[..., : v.shape[1]].transpose(1, 2)

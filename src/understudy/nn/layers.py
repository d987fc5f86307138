"""Small layers: perceptrons, Fourier features of coordinates, convolution by Fourier modes.

Fourier features of x are sin(2 pi f x) and cos(2 pi f x) at frequencies f in a geometric row
(Tancik et al. 2020, arXiv 2006.10739). A spectral convolution multiplies the first modes of a
periodic signal by matrices (Li et al. 2021, arXiv 2010.08895, eq. 5),

    y = irfft(R_k rfft(x)_k),  k < modes.
"""

import contextlib
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["FourierFeatures", "SpectralConvolution", "mlp", "seeded"]


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Modules that are built inside draw their weights from `seed`; torch's own state is kept."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def mlp(*sizes: int) -> nn.Sequential:
    """Linear layers of the given sizes with GELU between them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.GELU()]
    return nn.Sequential(*layers[:-1])


@final
class FourierFeatures(nn.Module):
    """Coordinates -> themselves and waves of them.

    Args of the constructor: number of `coordinates`, number of `frequencies` each, the `least` and
    the `greatest` in cycles a unit.
    """

    frequency: Tensor

    def __init__(
        self, *, coordinates: int, frequencies: int, least: float = 0.25, greatest: float = 8.0
    ) -> None:
        super().__init__()
        if not 0.0 < least <= greatest:
            raise ValueError(f"least, greatest: expected 0 < {least} <= {greatest}")
        self.width = coordinates * (1 + 2 * frequencies)
        row = torch.logspace(math.log2(least), math.log2(greatest), frequencies, base=2.0)
        self.register_buffer("frequency", 2 * math.pi * row)

    def forward(self, x: Float[Tensor, "*b d"]) -> Float[Tensor, "*b w"]:
        """Features of each row."""
        angle = (x[..., None] * self.frequency).flatten(-2)
        return torch.cat([x, angle.sin(), angle.cos()], dim=-1)


@final
class SpectralConvolution(nn.Module):
    """Periodic signals on a uniform grid -> signals, through their first Fourier modes.

    Args of the constructor: `width` channels in and out, `modes` from the mean upwards.
    """

    def __init__(self, *, width: int, modes: int) -> None:
        super().__init__()
        self.modes = modes
        self.weight = nn.Parameter(torch.randn(modes, width, width, 2) / width)

    def forward(self, x: Float[Tensor, "b w n"]) -> Float[Tensor, "b w n"]:
        """Modes beyond those of the grid are left out.

        Raises:
            ValueError: the grid is too coarse for the modes.
        """
        points = x.shape[-1]
        if points // 2 + 1 < self.modes:
            raise ValueError(
                f"grid: expected at least {2 * (self.modes - 1)} points for {self.modes} modes, "
                f"got {points}"
            )
        seen = torch.fft.rfft(x, norm="forward")[..., : self.modes].permute(2, 0, 1)
        made = seen @ torch.view_as_complex(self.weight)
        return torch.fft.irfft(made.permute(1, 2, 0), n=points, norm="forward")

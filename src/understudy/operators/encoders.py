"""Values at points -> rows of vectors that a transformer reads.

`PatchEncoder` takes points in their order, some at a time, as a row (times of a trajectory);
`MeshEncoder` lets a fixed number of latent rows look at all points, in whatever order and number
they are (nodes of a mesh; Jaegle et al. 2021, arXiv 2103.03206).

Both read values divided by their root mean square over the points, and a row of its logarithm: the
answer of a network scales with its data.
"""

from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from understudy.nn import CrossAttention, EncoderBlock, FourierFeatures, mlp

__all__ = ["MeshEncoder", "PatchEncoder", "magnitude"]


def magnitude(
    features: Float[Tensor, "b n f"], present: Bool[Tensor, "b n"] | None = None
) -> Float[Tensor, "b 1 f"]:
    """Root mean square over the points that are there; one where all values are zero."""
    squares = features.square()
    if present is None:
        mean = squares.mean(dim=1, keepdim=True)
    else:
        there = present[..., None].to(features.dtype)
        mean = (squares * there).sum(dim=1, keepdim=True) / there.sum(dim=1, keepdim=True)
    root = mean.sqrt()
    return torch.where(root > 0, root, torch.ones_like(root))


@final
class PatchEncoder(nn.Module):
    """Points in their order, `patch` of them a row.

    Args of the constructor: number of `coordinates` and of `features` of a point, points a
    `patch`, `width` of a row, `heads`, number of `layers`.
    """

    def __init__(
        self, *, coordinates: int, features: int, patch: int, width: int, heads: int, layers: int
    ) -> None:
        super().__init__()
        self.patch, self.features = patch, features
        self.place = FourierFeatures(coordinates=coordinates, frequencies=6)
        inputs = patch * (coordinates + features) + self.place.width
        self.inward = mlp(inputs, width, width)
        self.size = nn.Linear(features, width)
        self.blocks = nn.ModuleList(EncoderBlock(width=width, heads=heads) for _ in range(layers))

    def forward(
        self,
        points: Float[Tensor, "b n d"],
        features: Float[Tensor, "b n f"],
        present: Bool[Tensor, "b n"] | None = None,
    ) -> tuple[Float[Tensor, "b m w"], Bool[Tensor, "b m"] | None]:
        """Rows and which of them are there: those of whole patches.

        Raises:
            ValueError: a number of points that is no multiple of the patch.
        """
        if points.shape[1] % self.patch:
            raise ValueError(
                f"points: expected a multiple of {self.patch}, got {points.shape[1]} of them"
            )
        scale = magnitude(features, present)
        both = torch.cat([points, features / scale], dim=-1).unflatten(1, (-1, self.patch))
        centre = points.unflatten(1, (-1, self.patch)).mean(dim=2)
        rows = self.inward(torch.cat([both.flatten(2), self.place(centre)], dim=-1))
        x = torch.cat([self.size(scale.log()), rows], dim=1)
        mask = None
        if present is not None:
            whole = present.unflatten(1, (-1, self.patch)).all(dim=2)
            mask = nn.functional.pad(whole, (1, 0), value=True)
        for block in self.blocks:
            x = block(x, mask)
        return x, mask


@final
class MeshEncoder(nn.Module):
    """`latents` rows look at all points, then at one another.

    Args of the constructor: number of `coordinates` and of `features` of a point, number of
    `latents`, `width` of a row, `heads`, number of `layers`.
    """

    def __init__(
        self, *, coordinates: int, features: int, latents: int, width: int, heads: int, layers: int
    ) -> None:
        super().__init__()
        self.features = features
        self.place = FourierFeatures(coordinates=coordinates, frequencies=6)
        self.inward = mlp(self.place.width + features, width, width)
        self.size = nn.Linear(features, width)
        self.latent = nn.Parameter(torch.randn(1, latents, width) * width**-0.5)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.look = CrossAttention(width=width, heads=heads)
        self.blocks = nn.ModuleList(EncoderBlock(width=width, heads=heads) for _ in range(layers))

    def forward(
        self,
        points: Float[Tensor, "b n d"],
        features: Float[Tensor, "b n f"],
        present: Bool[Tensor, "b n"] | None = None,
    ) -> tuple[Float[Tensor, "b m w"], Bool[Tensor, "b m"] | None]:
        """Latent rows, all of which are there."""
        scale = magnitude(features, present)
        seen = self.inward(torch.cat([self.place(points), features / scale], dim=-1))
        latent = self.latent + self.size(scale.log())
        x = latent + self.look(self.norms[0](latent), self.norms[1](seen), present)
        for block in self.blocks:
            x = block(x)
        return x, None

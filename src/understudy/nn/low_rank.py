"""Low-rank adapters: a trained network learns something more through few numbers.

    y = W x + b + (s / r) B A x,    A of shape (r, in), B of shape (out, r), zero at first

(Hu et al. 2022, arXiv 2106.09685, eq. 3); W and b stay as they are.
"""

import copy
from typing import TypeVar, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from understudy.nn.layers import seeded

__all__ = ["LowRank", "with_adapters"]

Network = TypeVar("Network", bound=nn.Module)


@final
class LowRank(nn.Module):
    """A linear layer that is kept, and a change of low rank.

    Args of the constructor: the `layer`, the `rank` of the change.
    """

    def __init__(self, layer: nn.Linear, *, rank: int) -> None:
        super().__init__()
        if rank < 1:
            raise ValueError(f"rank: expected at least 1, got {rank}")
        self.layer = layer
        self.inward = nn.Parameter(torch.randn(rank, layer.in_features) * layer.in_features**-0.5)
        self.outward = nn.Parameter(torch.zeros(layer.out_features, rank))

    def forward(self, x: Float[Tensor, "*b i"]) -> Float[Tensor, "*b o"]:
        """The layer's answer, changed."""
        return self.layer(x) + (x @ self.inward.T) @ self.outward.T


def with_adapters(module: Network, *, rank: int, seed: int) -> Network:
    """A copy of a network, at first of the same answers, of which only adapters can learn.

    Args:
        module: whose linear layers get adapters.
        rank: of each.
        seed: of their weights.
    """
    found = copy.deepcopy(module)
    found.requires_grad_(False)
    with seeded(seed):
        for parent in list(found.modules()):
            if isinstance(parent, LowRank):
                continue
            for name, layer in list(parent.named_children()):
                if isinstance(layer, nn.Linear):
                    setattr(parent, name, LowRank(layer, rank=rank))
    return found

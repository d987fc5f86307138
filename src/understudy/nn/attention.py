"""Multi-head attention (Vaswani et al. 2017, eq. 1).

    softmax(Q K' / sqrt(d)) V,

Heads stand side by side, projections of one source are one product. `SelfAttention` takes
queries, keys and values from the same rows, `CrossAttention` queries from some rows and keys and
values from others. Weights can be asked for, to be looked at; the product itself never forms them.
"""

from typing import final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

__all__ = ["CrossAttention", "SelfAttention"]


def _heads(x: Float[Tensor, "b n w"], heads: int) -> Float[Tensor, "b h n d"]:
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def _mask(present: Bool[Tensor, "b m"] | None) -> Bool[Tensor, "b 1 1 m"] | None:
    return None if present is None else present[:, None, None]


def _check(width: int, heads: int) -> None:
    if heads < 1 or width % heads:
        raise ValueError(f"heads: expected a divisor of the width {width}, got {heads}")


@final
class SelfAttention(nn.Module):
    """Rows attend to one another.

    Args of the constructor: `width` of a row, `heads`, and whether it is `causal`: a row sees
    itself and those before it.
    """

    def __init__(self, *, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        _check(width, heads)
        self.heads, self.causal = heads, causal
        self.inward = nn.Linear(width, 3 * width)
        self.outward = nn.Linear(width, width)

    def forward(
        self, x: Float[Tensor, "b n w"], present: Bool[Tensor, "b n"] | None = None
    ) -> Float[Tensor, "b n w"]:
        """Rows that are not `present` are seen by none."""
        q, k, v = (_heads(part, self.heads) for part in self.inward(x).chunk(3, dim=-1))
        y = scaled_dot_product_attention(q, k, v, attn_mask=_mask(present), is_causal=self.causal)
        return self.outward(y.transpose(1, 2).flatten(2))

    def step(
        self,
        x: Float[Tensor, "b 1 w"],
        past: tuple[Float[Tensor, "b h n d"], Float[Tensor, "b h n d"]] | None,
    ) -> tuple[Float[Tensor, "b 1 w"], tuple[Tensor, Tensor]]:
        """The next row of a causal sequence, from keys and values of those before it."""
        q, k, v = (_heads(part, self.heads) for part in self.inward(x).chunk(3, dim=-1))
        if past is not None:
            k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
        y = scaled_dot_product_attention(q, k, v)
        return self.outward(y.transpose(1, 2).flatten(2)), (k, v)


@final
class CrossAttention(nn.Module):
    """Rows attend to a memory; they do not see one another.

    Args of the constructor: `width` of a row and of the memory, `heads`.
    """

    def __init__(self, *, width: int, heads: int) -> None:
        super().__init__()
        _check(width, heads)
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.memory = nn.Linear(width, 2 * width)
        self.outward = nn.Linear(width, width)

    def forward(
        self,
        x: Float[Tensor, "b q w"],
        memory: Float[Tensor, "b m w"],
        present: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b q w"]:
        """Rows of the memory that are not `present` are seen by none."""
        q = _heads(self.query(x), self.heads)
        k, v = (_heads(part, self.heads) for part in self.memory(memory).chunk(2, dim=-1))
        y = scaled_dot_product_attention(q, k, v, attn_mask=_mask(present))
        return self.outward(y.transpose(1, 2).flatten(2))

    def weights(
        self,
        x: Float[Tensor, "b q w"],
        memory: Float[Tensor, "b m w"],
        present: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b q m"]:
        """What each row looks at, mean over the heads; rows sum to one."""
        q = _heads(self.query(x), self.heads)
        k = _heads(self.memory(memory).chunk(2, dim=-1)[0], self.heads)
        scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5
        mask = _mask(present)
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        return scores.softmax(dim=-1).mean(dim=1)

"""Transformer blocks with the norm before each branch (Xiong et al. 2020, arXiv 2002.04745).

    x + attention(norm(x)),  then  x + mlp(norm(x)).

Each block is such steps. An encoder's rows see one another, queries see a memory only, causal rows
see those before them and a memory.
"""

from typing import final

from jaxtyping import Bool, Float
from torch import Tensor, nn

from understudy.nn.attention import CrossAttention, SelfAttention
from understudy.nn.layers import mlp

__all__ = ["CausalBlock", "EncoderBlock", "Past", "QueryBlock"]

Past = tuple[Tensor, Tensor] | None
"""Keys and values of the rows that a causal block has seen."""


@final
class EncoderBlock(nn.Module):
    """Rows see one another."""

    def __init__(self, *, width: int, heads: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.attention = SelfAttention(width=width, heads=heads)
        self.mlp = mlp(width, 4 * width, width)

    def forward(
        self, x: Float[Tensor, "b n w"], present: Bool[Tensor, "b n"] | None = None
    ) -> Float[Tensor, "b n w"]:
        """Rows that are not `present` are seen by none."""
        x = x + self.attention(self.norms[0](x), present)
        return x + self.mlp(self.norms[1](x))


@final
class QueryBlock(nn.Module):
    """Rows see a memory and not one another: a row's answer does not depend on the others."""

    def __init__(self, *, width: int, heads: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.attention = CrossAttention(width=width, heads=heads)
        self.mlp = mlp(width, 4 * width, width)

    def forward(
        self,
        x: Float[Tensor, "b q w"],
        memory: Float[Tensor, "b m w"],
        present: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b q w"]:
        """Rows of the memory that are not `present` are seen by none."""
        x = x + self.attention(self.norms[0](x), memory, present)
        return x + self.mlp(self.norms[1](x))


@final
class CausalBlock(nn.Module):
    """Rows see those before them and a memory."""

    def __init__(self, *, width: int, heads: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.own = SelfAttention(width=width, heads=heads, causal=True)
        self.memory = CrossAttention(width=width, heads=heads)
        self.mlp = mlp(width, 4 * width, width)

    def forward(
        self,
        x: Float[Tensor, "b n w"],
        memory: Float[Tensor, "b m w"],
        present: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b n w"]:
        """All rows at once."""
        x = x + self.own(self.norms[0](x))
        return self._rest(x, memory, present)

    def step(
        self,
        x: Float[Tensor, "b 1 w"],
        past: Past,
        memory: Float[Tensor, "b m w"],
        present: Bool[Tensor, "b m"] | None = None,
    ) -> tuple[Float[Tensor, "b 1 w"], Past]:
        """The next row, and what the one after it needs."""
        change, past = self.own.step(self.norms[0](x), past)
        return self._rest(x + change, memory, present), past

    def _rest(self, x: Tensor, memory: Tensor, present: Tensor | None) -> Tensor:
        x = x + self.memory(self.norms[1](x), memory, present)
        return x + self.mlp(self.norms[2](x))

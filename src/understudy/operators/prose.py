"""PROSE: the solution and its equation from one transformer.

Liu, Zhang & Schaeffer 2024 (arXiv 2309.16816, section 3): data and a guess of the equation are
encoded, fused, and read by two decoders,

    [F_d; F_s] = fusion([data(x, u) + tau_0; symbols(guess) + tau_1]),
    u(q) = W queries(q, F_d),      p(w_k | w_<k) = words(w_<k, [F_d; F_s]).

Queries see the fused data and not one another, so any set of them may be asked at linear cost.
Norms stand before the branches; values are read relative to their size, answers multiplied by it.
Unlike there the words are written from all fused rows: without a guess the data is all there is.
"""

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from understudy.nn import EncoderBlock, FourierFeatures, QueryBlock, mlp
from understudy.operators.encoders import MeshEncoder, PatchEncoder, magnitude
from understudy.operators.symbols import SymbolDecoder, SymbolEncoder

__all__ = ["BASE", "PAPER", "PROSE", "SMALL", "Sizes"]


@final
@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Width, and number of layers of each part.

    Attributes:
        width: of a row.
        heads: of attention.
        data: layers of the data encoder.
        symbols: layers of the symbol encoder.
        fusion: layers that see both.
        queries: layers of the query decoder.
        words: layers of the symbol decoder.
    """

    width: int = 128
    heads: int = 8
    data: int = 1
    symbols: int = 1
    fusion: int = 2
    queries: int = 2
    words: int = 2

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < (0 if name in ("data", "symbols", "fusion") else 1):
                raise ValueError(f"{name}: expected a positive number, got {value}")
        if self.width % self.heads:
            raise ValueError(f"heads: expected a divisor of {self.width}, got {self.heads}")


SMALL = Sizes()
BASE = Sizes(width=256, data=2, symbols=2, fusion=4, queries=4, words=4)
PAPER = Sizes(width=512, data=2, symbols=4, fusion=8, queries=8, words=8)


@final
class PROSE(nn.Module):
    """Two encoders, their fusion, two decoders.

    Args of the constructor: `encoder` of the data with rows of `sizes.width`, the `sizes`, number
    of coordinates of `queries`, number of `words` of the vocabulary, the `longest` equation, and
    number of `outputs`; None: as many as features, each of the size of its own. Others have the
    size of all features together.
    """

    def __init__(
        self,
        *,
        encoder: PatchEncoder | MeshEncoder,
        sizes: Sizes,
        queries: int,
        words: int,
        longest: int,
        outputs: int | None = None,
    ) -> None:
        super().__init__()
        width, heads = sizes.width, sizes.heads
        self.encoder, self.own = encoder, outputs is None
        self.symbols = SymbolEncoder(
            words=words, width=width, heads=heads, layers=sizes.symbols, longest=longest
        )
        self.kinds = nn.Parameter(torch.randn(2, width) * width**-0.5)
        self.fusion = nn.ModuleList(
            EncoderBlock(width=width, heads=heads) for _ in range(sizes.fusion)
        )
        self.fused = nn.LayerNorm(width)
        self.place = FourierFeatures(coordinates=queries, frequencies=8)
        self.ask = mlp(self.place.width, width, width)
        self.answers = nn.ModuleList(
            QueryBlock(width=width, heads=heads) for _ in range(sizes.queries)
        )
        self.outward = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, outputs or encoder.features)
        )
        self.decoder = SymbolDecoder(
            words=words, width=width, heads=heads, layers=sizes.words, longest=longest
        )

    def forward(
        self,
        points: Float[Tensor, "b n d"],
        features: Float[Tensor, "b n f"],
        queries: Float[Tensor, "b q e"],
        guess: Int[Tensor, "b l"] | None = None,
        present: Bool[Tensor, "b n"] | None = None,
    ) -> Float[Tensor, "b q c"]:
        """Values at the queries."""
        data, mask = self._fused(points, features, guess, present)[0]
        return self._answer(queries, data, mask) * self._size(features, present)

    def both(
        self,
        points: Float[Tensor, "b n d"],
        features: Float[Tensor, "b n f"],
        queries: Float[Tensor, "b q e"],
        guess: Int[Tensor, "b l"] | None,
        words: Int[Tensor, "b k"],
    ) -> tuple[Float[Tensor, "b q c"], Float[Tensor, "b k w"]]:
        """Values at the queries and the decoder's state after each word, of one encoding."""
        (data, mask), (memory, there) = self._fused(points, features, guess, None)
        values = self._answer(queries, data, mask) * self._size(features, None)
        return values, self.decoder(words, memory, there)

    def memory(
        self,
        points: Float[Tensor, "b n d"],
        features: Float[Tensor, "b n f"],
        guess: Int[Tensor, "b l"] | None = None,
        present: Bool[Tensor, "b n"] | None = None,
    ) -> tuple[Float[Tensor, "b m w"], Bool[Tensor, "b m"] | None]:
        """All fused rows."""
        return self._fused(points, features, guess, present)[1]

    def _size(self, features: Tensor, present: Tensor | None) -> Tensor:
        own = magnitude(features, present)
        return own if self.own else own.square().mean(dim=2, keepdim=True).sqrt()

    def _answer(self, queries: Tensor, data: Tensor, mask: Tensor | None) -> Tensor:
        x = self.ask(self.place(queries))
        for block in self.answers:
            x = block(x, data, mask)
        return self.outward(x)

    def _fused(
        self, points: Tensor, features: Tensor, guess: Tensor | None, present: Tensor | None
    ) -> tuple[tuple[Tensor, Tensor | None], tuple[Tensor, Tensor | None]]:
        """Rows of the data, and all rows, with what is there of each."""
        data, data_mask = self.encoder(points, features, present)
        words, word_mask = self.symbols(guess, len(points))
        x = torch.cat([data + self.kinds[0], words + self.kinds[1]], dim=1)
        mask = _joined(data, data_mask, words, word_mask)
        for block in self.fusion:
            x = block(x, mask)
        x = self.fused(x)
        return (x[:, : data.shape[1]], data_mask), (x, mask)


def _joined(
    data: Tensor, data_mask: Tensor | None, words: Tensor, word_mask: Tensor | None
) -> Tensor | None:
    if data_mask is None and word_mask is None:
        return None
    parts = [
        torch.ones(rows.shape[:2], dtype=torch.bool, device=rows.device) if mask is None else mask
        for rows, mask in ((data, data_mask), (words, word_mask))
    ]
    return torch.cat(parts, dim=1)

"""Words of an equation to vectors, and vectors to words.

Words are numbered; 0 pads, 1 begins and 2 ends. The decoder gives

    p(w_k | w_<k, memory) = softmax(E h_k),

with E the embedding of the words, tied to that of its input (Press & Wolf 2017).
"""

from typing import cast, final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from understudy.nn import CausalBlock, EncoderBlock
from understudy.nn.blocks import Past

__all__ = ["BEGIN", "END", "PAD", "SymbolDecoder", "SymbolEncoder"]

PAD, BEGIN, END = 0, 1, 2


def _embedding(words: int, width: int) -> nn.Embedding:
    table = nn.Embedding(words, width)
    nn.init.normal_(table.weight, std=width**-0.5)
    return table


def _check(words: Int[Tensor, "b l"], longest: int) -> None:
    if words.shape[1] > longest:
        raise ValueError(f"words: expected at most {longest} of them, got {words.shape[1]}")


@final
class SymbolEncoder(nn.Module):
    """Words -> a row a word; nothing known -> one row of its own.

    Args of the constructor: number of `words` in the vocabulary, `width` of a row, `heads`, number
    of `layers`, the `longest` equation.
    """

    def __init__(self, *, words: int, width: int, heads: int, layers: int, longest: int) -> None:
        super().__init__()
        self.longest = longest
        self.word = _embedding(words, width)
        self.place = _embedding(longest, width)
        self.nothing = nn.Parameter(torch.zeros(1, 1, width))
        self.blocks = nn.ModuleList(EncoderBlock(width=width, heads=heads) for _ in range(layers))

    def forward(
        self, guess: Int[Tensor, "b l"] | None, batch: int
    ) -> tuple[Float[Tensor, "b m w"], Bool[Tensor, "b m"] | None]:
        """Rows and which of them are there.

        Raises:
            ValueError: longer than the longest equation.
        """
        if guess is None:
            return self.nothing.expand(batch, -1, -1), None
        _check(guess, self.longest)
        present = guess != PAD
        x = self.word(guess) + self.place.weight[: guess.shape[1]]
        mask = None if bool(present.all()) else present
        for block in self.blocks:
            x = block(x, mask)
        return x, mask


@final
class SymbolDecoder(nn.Module):
    """Words so far and a memory -> scores of the next word.

    Args of the constructor: as those of `SymbolEncoder`.
    """

    def __init__(self, *, words: int, width: int, heads: int, layers: int, longest: int) -> None:
        super().__init__()
        self.longest = longest
        self.word = _embedding(words, width)
        self.place = _embedding(longest, width)
        self.blocks = nn.ModuleList(CausalBlock(width=width, heads=heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(
        self,
        words: Int[Tensor, "b l"],
        memory: Float[Tensor, "b m w"],
        present: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b l w"]:
        """State after each word, from which `scores` come.

        Raises:
            ValueError: longer than the longest equation.
        """
        _check(words, self.longest)
        x = self.word(words) + self.place.weight[: words.shape[1]]
        for block in self.blocks:
            x = block(x, memory, present)
        return self.norm(x)

    def scores(self, state: Float[Tensor, "*b w"]) -> Float[Tensor, "*b v"]:
        """Logits of the next word."""
        return state @ self.word.weight.T

    def step(
        self,
        word: Int[Tensor, " b"],
        place: int,
        past: list[Past],
        memory: Float[Tensor, "b m w"],
        present: Bool[Tensor, "b m"] | None = None,
    ) -> tuple[Float[Tensor, "b v"], list[Past]]:
        """Logits after one more word, and what the next step needs."""
        x = (self.word(word) + self.place.weight[place])[:, None]
        new: list[Past] = []
        for block, before in zip(self.blocks, past, strict=True):
            x, after = cast(CausalBlock, block).step(x, before, memory, present)
            new.append(after)
        return self.scores(self.norm(x[:, 0])), new

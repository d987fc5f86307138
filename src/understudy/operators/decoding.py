"""Beam search over words, within a grammar.

The `beam` most probable beginnings are carried along; a word that the grammar does not allow has
probability zero, so that every finished answer is an equation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from understudy.nn.blocks import Past
from understudy.operators.symbols import BEGIN, END, SymbolDecoder

__all__ = ["Decoded", "decode"]

Allowed = Callable[[list[int]], np.ndarray]
"""Words so far, without the first -> which words may follow, shape (v,)."""


@final
@dataclass(frozen=True, kw_only=True)
class Decoded:
    """An equation that was written.

    Attributes:
        words: without beginning and end.
        log_probability: of all of them and the end.
    """

    words: tuple[int, ...]
    log_probability: float


@torch.no_grad()
def decode(
    decoder: SymbolDecoder,
    memory: Float[Tensor, "b m w"],
    present: Bool[Tensor, "b m"] | None = None,
    *,
    allowed: Allowed | None = None,
    beam: int = 1,
    longest: int | None = None,
) -> list[list[Decoded]]:
    """The most probable equations of each row of a batch, the best first.

    Args:
        decoder: writes.
        memory: what it writes from.
        present: rows of the memory that are there.
        allowed: grammar; None: any word may follow any.
        beam: beginnings that are carried along; at most so many answers.
        longest: words at most; None: as many as the decoder has places for. What is not finished
            by then is left out.

    Raises:
        ValueError: a beam of less than one.
    """
    if beam < 1:
        raise ValueError(f"beam: expected at least 1, got {beam}")
    limit = min(longest or decoder.longest - 1, decoder.longest - 1)
    batch = len(memory)
    memory = memory.repeat_interleave(beam, 0)
    present = None if present is None else present.repeat_interleave(beam, 0)
    live: list[list[list[int]]] = [[[] for _ in range(beam)] for _ in range(batch)]
    worth = torch.full((batch, beam), -torch.inf)
    worth[:, 0] = 0.0
    done: list[list[Decoded]] = [[] for _ in range(batch)]
    past: list[Past] = [None] * len(decoder.blocks)
    word = torch.full((batch * beam,), BEGIN)
    for place in range(limit + 1):
        scores, past = decoder.step(word, place, past, memory, present)
        log_p = _masked(scores, live, allowed).log_softmax(-1).view(batch, beam, -1)
        total = log_p + worth[..., None]
        worth, source, word = _advance(total, live, done, beam)
        if not torch.isfinite(worth).any():
            break
        past = [_picked(p, source) for p in past]
    return [sorted(found, key=lambda d: -d.log_probability)[:beam] for found in done]


def _masked(
    scores: Float[Tensor, "k v"], live: list[list[list[int]]], allowed: Allowed | None
) -> Float[Tensor, "k v"]:
    if allowed is None:
        return scores
    masks = np.stack([allowed(words) for beams in live for words in beams])
    return scores.masked_fill(~torch.from_numpy(masks), -torch.inf).nan_to_num(nan=-torch.inf)


def _picked(past: Past, source: Int[Tensor, " k"]) -> Past:
    return None if past is None else (past[0][source], past[1][source])


def _advance(
    total: Float[Tensor, "b k v"],
    live: list[list[list[int]]],
    done: list[list[Decoded]],
    beam: int,
) -> tuple[Float[Tensor, "b k"], Int[Tensor, " bk"], Int[Tensor, " bk"]]:
    """Finish what has ended and keep the best beginnings; worth, source row and word of each."""
    batch, _, words = total.shape
    # Nothing that is worth less than the finished answers can become one of the best.
    best, place = total.nan_to_num(nan=-torch.inf).flatten(1).topk(min(2 * beam, total[0].numel()))
    worth = torch.full((batch, beam), -torch.inf)
    source, word = torch.zeros(batch, beam, dtype=torch.long), torch.full((batch, beam), END)
    for b in range(batch):
        kept: list[list[int]] = []
        for value, where in zip(best[b].tolist(), place[b].tolist(), strict=True):
            row, new = divmod(where, words)
            finished = sorted((d.log_probability for d in done[b]), reverse=True)
            if value == -np.inf or (len(finished) >= beam and value <= finished[beam - 1]):
                break
            if new == END:
                done[b].append(Decoded(words=tuple(live[b][row]), log_probability=value))
            elif len(kept) < beam:
                worth[b, len(kept)] = value
                source[b, len(kept)], word[b, len(kept)] = b * beam + row, new
                kept.append([*live[b][row], new])
        live[b] = kept + [[] for _ in range(beam - len(kept))]
    return worth, source.flatten(), word.flatten()

"""What operators are trained by: relative error of values, cross-entropy of words.

    mean_b |u^_b - u_b| / max(|u_b|, f_b),       - mean_k log p(w_k | w_<k, memory).

A truth that has nearly vanished would rule the gradient of a batch: a floor f_b, a share of the
size of the data, keeps it in its place.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from understudy.operators.symbols import BEGIN, END, PAD

__all__ = ["begun", "mean_error", "relative_l2", "word_loss"]


def relative_l2(
    found: Float[Tensor, "b q c"],
    truth: Float[Tensor, "b q c"],
    floor: Float[Tensor, " b"] | None = None,
) -> Float[Tensor, " b"]:
    """Error of each sample over its size.

    Args:
        found: answers.
        truth: what they should be.
        floor: least root mean square that the error of a sample is divided by; None: none.
    """
    error, size = (x.square().mean(dim=(1, 2)) for x in (found - truth, truth))
    tiny = torch.finfo(truth.dtype).tiny
    least = torch.zeros_like(size) if floor is None else floor.square()
    return (error / torch.maximum(size, least).clamp(min=tiny) + tiny).sqrt()


def mean_error(operator: nn.Module, batches: Iterable[Any]) -> float:
    """Mean of `relative_l2` over all samples, none counted with more than 1.

    Args:
        operator: of points, features, queries and a guess.
        batches: with these four, and the truth.
    """
    errors = [
        relative_l2(operator(b.points, b.features, b.queries, b.guess), b.truth).clamp(max=1.0)
        for b in batches
    ]
    return float(torch.cat(errors).mean())


def begun(words: Int[Tensor, "b l"]) -> Int[Tensor, "b k"]:
    """What a decoder reads: a beginning, then the words; padding stays."""
    return pad(words, (1, 0), value=BEGIN)


def word_loss(
    scores: Callable[[Tensor], Tensor], state: Float[Tensor, "b k w"], words: Int[Tensor, "b l"]
) -> Float[Tensor, ""]:
    """Mean over all words and ends; scores are made where there are words, and only there.

    Args:
        scores: of a decoder.
        state: after each word of `begun(words)`.
        words: padded with 0, without beginning and end.
    """
    target = pad(words, (0, 1), value=PAD)
    length = (words != PAD).sum(1, keepdim=True)
    target = target.scatter(1, length, END)
    there = target != PAD
    return cross_entropy(scores(state[there]), target[there])

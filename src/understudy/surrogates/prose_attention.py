"""What a trained PROSE looks at: times of the window, words of the guess.

The weights of the last layer that answers queries, over the rows of the data, and of the last
layer that writes words, over those of the data and of the guess; means over the heads.
"""

from dataclasses import dataclass
from typing import Any, cast, final

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from understudy.equations.equation import Equation
from understudy.equations.tokens import rounded
from understudy.equations.trajectories import TIMES
from understudy.nn import CrossAttention
from understudy.operators.loss import begun
from understudy.surrogates.prose_lessons import SEEN, STATES, padded, words_of
from understudy.surrogates.prose_model import TOKENIZER, ProseModel

__all__ = ["Looks", "looks"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
    """Weights for one window.

    Attributes:
        times: that were asked for.
        patches: middle times of the rows of the data; the row of the sizes stands before them.
        queries: weights of each time, over the sizes and the patches.
        written: words of the equation, each with what it was written from.
        guessed: words of the guess.
        words: weights of each word, over all data together and each word of the guess.
    """

    times: Float[np.ndarray, " q"]
    patches: Float[np.ndarray, " m"]
    queries: Float[np.ndarray, "q n"]
    written: tuple[str, ...]
    guessed: tuple[str, ...]
    words: Float[np.ndarray, "w g"]


@torch.no_grad()
def looks(
    model: ProseModel,
    window: Float[np.ndarray, "T D"],
    guess: Equation,
    truth: Equation,
    many: int = 8,
) -> Looks:
    """Weights while a window is continued and an equation is written.

    Args:
        model: trained.
        window: noisy states.
        guess: what is believed of the equation.
        truth: equation that is written, with its numbers.
        many: later times that are asked for.
    """
    network, patch = model.network, model.recipe.patch
    features = torch.zeros(1, SEEN, len(STATES))
    features[0, :, : window.shape[1]] = torch.from_numpy(window).float()
    share = torch.from_numpy(TIMES / TIMES[-1]).float()[:, None]
    times = np.linspace(SEEN, len(TIMES) - 1, many).round().astype(int)
    believed, words = (words_of(TOKENIZER, e) for e in (guess, rounded(truth)))
    seen: dict[str, Any] = {}

    def keep(name: str) -> Any:  # noqa: ANN401
        def hook(module: nn.Module, inputs: tuple[Any, ...], _: Any) -> None:  # noqa: ANN401
            seen[name] = cast(CrossAttention, module).weights(*inputs)[0].numpy()

        return hook

    layers = {"queries": network.answers[-1].attention, "words": network.decoder.blocks[-1].memory}
    hooks = [cast(nn.Module, m).register_forward_hook(keep(n)) for n, m in layers.items()]
    try:
        network.both(
            share[None, :SEEN], features, share[None, times], padded([believed]),
            begun(padded([words])),
        )  # fmt: skip
    finally:
        for hook in hooks:
            hook.remove()
    rows = seen["queries"].shape[1]
    weights = seen["words"][: len(words)]
    data = weights[:, :rows].sum(axis=1, keepdims=True)
    return Looks(
        times=TIMES[times], patches=TIMES[:SEEN].reshape(-1, patch).mean(axis=1),
        queries=seen["queries"], written=tuple(TOKENIZER.words[w] for w in words),
        guessed=tuple(TOKENIZER.words[w] for w in believed),
        words=np.concatenate([data, weights[:, rows : rows + len(believed)]], axis=1),
    )  # fmt: skip

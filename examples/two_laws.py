"""One transformer forecasts a signal and writes the law that it obeys.

Signals are u = c exp(-k t) or u = c cos(k t), with k = 1, 2, ..., 5 and any c, seen at eight times
of [0, 1] with noise of 2 %. PROSE answers at any times of [1, 2] and writes two words, the law
and k. Half of the guesses that it is given name the wrong law.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from understudy.figures import draw_lines
from understudy.nn import Training, fit, seeded
from understudy.operators import PROSE, PatchEncoder, Sizes, decode
from understudy.operators.loss import begun, relative_l2, word_loss

DECAY, WAVE, FIRST = 3, 4, 5
"""Words; FIRST + k is the number k."""
Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


def batch(number: int, size: int = 64) -> Batch:
    """Times, noisy values, later times, clean values there, a guess, the true words."""
    random = torch.Generator().manual_seed(number)
    law = torch.randint(2, (size, 1), generator=random)
    k = torch.randint(1, 6, (size, 1), generator=random)
    c = torch.randn(size, 1, generator=random)
    seen = torch.linspace(0, 1, 8).expand(size, -1)
    later = 1 + torch.rand(size, 6, generator=random)

    def u(t: Tensor) -> Tensor:
        return c * torch.where(law == 0, torch.exp(-k * t), torch.cos(k * t))

    clean = u(seen)
    noise = torch.randn(size, 8, generator=random)
    noise *= 0.02 * clean.norm(dim=1, keepdim=True) / noise.norm(dim=1, keepdim=True)
    guess = DECAY + torch.randint(2, (size, 1), generator=random)
    words = torch.cat([DECAY + law, FIRST + k], dim=1)
    return (
        seen[..., None],
        (clean + noise)[..., None],
        later[..., None],
        u(later)[..., None],
        guess,
        words,
    )


def loss(network: PROSE, data: Batch) -> Tensor:
    """Of both heads."""
    seen, noisy, later, truth, guess, words = data
    found, state = network.both(seen, noisy, later, guess, begun(words))
    floor = 0.3 * noisy.square().mean(dim=(1, 2)).sqrt()
    return relative_l2(found, truth, floor).mean() + word_loss(
        network.decoder.scores, state, words
    )


def trained() -> PROSE:
    """A small network after a short training."""
    with seeded(0):
        sizes = Sizes(width=32, heads=4, fusion=1, queries=1, words=1)
        encoder = PatchEncoder(coordinates=1, features=1, patch=2, width=32, heads=4, layers=1)
        network = PROSE(encoder=encoder, sizes=sizes, queries=1, words=12, longest=4)
    fit(network, loss, batch, Training(steps=500, learning_rate=3e-3))
    return network


@torch.no_grad()
def quality(network: PROSE) -> tuple[float, float]:
    """Median relative error of forecasts and share of exact laws, of 300 new signals."""
    seen, noisy, later, truth, guess, words = batch(10**6, 300)
    error = relative_l2(network(seen, noisy, later, guess), truth)
    written = decode(network.decoder, *network.memory(seen, noisy, guess))
    exact = [
        w[0].words == tuple(t.tolist()) if w else False
        for w, t in zip(written, words, strict=True)
    ]
    return float(error.median()), float(np.mean(exact))


if __name__ == "__main__":
    network = trained()
    seen, noisy, _, _, guess, _ = batch(10**6)
    line = torch.linspace(1, 2, 50)[None, :, None]
    curves = {}
    for row in range(3):
        with torch.no_grad():
            answer = network(seen[row, None], noisy[row, None], line, guess[row, None])
        curves[f"signal {row}"] = (line[0, :, 0].numpy(), answer[0, :, 0].numpy())
    draw_lines(Path("two_laws.png"), curves, "t", "forecast")
    error, exact = quality(network)
    print(f"median error of forecasts {error:.3f}, laws written exactly {exact:.3f}")

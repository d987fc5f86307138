"""A training step of PROSE: torch.nn's own Transformer modules in the authors' layout, and ours.

Both have width 128, eight heads, 1, 1, 2, 2 and 2 layers of data encoder, symbol encoder, fusion,
query decoder and symbol decoder, the same windows of 64 points, 32 queries and padded equations,
the same loss and AdamW. The plain network takes a point as a row, as the authors do; ours is
timed with one point and with four points a row. One thread; the networks take turns, and the
median of the ratios of their CPU times is printed.
"""

import argparse
import json
import os
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import torch
from torch import Tensor, nn

from understudy.nn import Training, fit, seeded
from understudy.operators import PROSE, SMALL, PatchEncoder
from understudy.operators.loss import begun, relative_l2, word_loss
from understudy.operators.symbols import PAD

WORDS, LONGEST, STATE = 1030, 160, 5
Batch = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


class Crossing(nn.Module):
    """A layer of the authors' data decoder: attention to a memory, then a perceptron."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """Norms stand after the sums."""
        x = self.norms[0](x + self.attention(x, memory, memory, need_weights=False)[0])
        return self.norms[1](x + self.mlp(x))


class Plain(nn.Module):
    """PROSE out of torch's modules."""

    def __init__(self, width: int = 128, heads: int = 8) -> None:
        super().__init__()
        setting = {"dim_feedforward": 4 * width, "dropout": 0.0, "activation": "gelu"}

        def encoder(layers: int) -> nn.TransformerEncoder:
            layer = nn.TransformerEncoderLayer(width, heads, batch_first=True, **setting)
            return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

        self.inward = nn.Sequential(
            nn.Linear(1 + STATE, width), nn.GELU(), nn.Linear(width, width)
        )
        self.word, self.place = nn.Embedding(WORDS, width), nn.Embedding(LONGEST, width)
        self.data, self.symbols, self.fusion = encoder(1), encoder(1), encoder(2)
        self.ask = nn.Linear(1, width)
        self.answers = nn.ModuleList(Crossing(width, heads) for _ in range(2))
        self.outward = nn.Linear(width, STATE)
        layer = nn.TransformerDecoderLayer(width, heads, batch_first=True, **setting)
        self.words = nn.TransformerDecoder(layer, 2)

    def forward(self, batch: Batch) -> Tensor:
        """The loss."""
        times, values, queries, truth, guess, words = batch
        data = self.data(self.inward(torch.cat([times, values], dim=-1)))
        hidden = guess == PAD
        symbols = self.symbols(self._embedded(guess), src_key_padding_mask=hidden)
        mask = nn.functional.pad(hidden, (data.shape[1], 0), value=False)
        fused = self.fusion(torch.cat([data, symbols], dim=1), src_key_padding_mask=mask)
        x = self.ask(queries)
        for layer in self.answers:
            x = layer(x, fused[:, : data.shape[1]])
        read = begun(words)
        causal = nn.Transformer.generate_square_subsequent_mask(read.shape[1]).isinf()
        state = self.words(
            self._embedded(read), fused, tgt_mask=causal, memory_key_padding_mask=mask
        )
        return relative_l2(self.outward(x), truth).mean() + word_loss(self.scores, state, words)

    def scores(self, state: Tensor) -> Tensor:
        """Logits, tied to the embedding."""
        return state @ self.word.weight.T

    def _embedded(self, words: Tensor) -> Tensor:
        return self.word(words) + self.place.weight[: words.shape[1]]


def ours(patch: int) -> PROSE:
    """The network of the package."""
    with seeded(0):
        encoder = PatchEncoder(
            coordinates=1, features=STATE, patch=patch, width=SMALL.width, heads=SMALL.heads,
            layers=SMALL.data,
        )  # fmt: skip
        return PROSE(encoder=encoder, sizes=SMALL, queries=1, words=WORDS, longest=LONGEST)


def batch(size: int, longest: int) -> Batch:
    """Random windows, and equations of a half to all of the longest length."""
    random = torch.Generator().manual_seed(0)
    times = torch.linspace(0, 2, 64).expand(size, -1)[..., None]
    words = torch.randint(3, WORDS, (size, longest), generator=random)
    length = torch.randint(longest // 2, longest + 1, (size, 1), generator=random)
    words = words.masked_fill(torch.arange(longest) >= length, PAD)
    values, truth = (torch.randn(size, n, STATE, generator=random) for n in (64, 32))
    queries = 2 + 4 * torch.rand(size, 32, 1, generator=random)
    return times, values, queries, truth, words, words


def step(module: nn.Module, data: Batch, steps: int) -> float:
    """CPU seconds of some steps."""

    def loss(network: nn.Module, rows: Batch) -> Tensor:
        if isinstance(network, Plain):
            return network(rows)
        times, values, queries, truth, guess, words = rows
        found, state = network.both(times, values, queries, guess, begun(words))
        return relative_l2(found, truth).mean() + word_loss(network.decoder.scores, state, words)

    start = time.process_time()
    fit(module, loss, lambda _: data, Training(steps=steps, every=steps))
    return (time.process_time() - start) / steps


def main(size: int = 32, longest: int = 80, rounds: int = 5, steps: int = 3) -> dict[str, float]:
    """Ratios of CPU times by name."""
    torch.set_num_threads(1)
    data = batch(size, longest)
    with seeded(0):
        networks = {"plain": Plain(), "one_point": ours(1), "four_points": ours(4)}
    times = np.array(
        [[step(n, data, steps) for n in networks.values()] for _ in range(rounds + 1)]
    )[1:]
    found = {"plain_cpu_seconds": float(np.median(times[:, 0]))}
    for place, name in enumerate(list(networks)[1:], start=1):
        found[f"ratio_plain_over_{name}"] = float(np.median(times[:, 0] / times[:, place]))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = main()
    if given.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<28} {value:.4g}")

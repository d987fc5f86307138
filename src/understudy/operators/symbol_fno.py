"""A Fourier neural operator that reads and writes equations.

The trunk is that of `FNO` on a periodic line. A guess becomes one vector g, which shifts and
scales the channels of every layer (Perez et al. 2018, arXiv 1709.07871, eq. 2), not at all at the
start. The equation is written from rows that do not change when the line
is shifted: means over the points of the channels, of their magnitude and of their squares, of
their first and second differences; and the rows of the guess.
"""

from typing import final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from understudy.nn import mlp
from understudy.operators.fourier_layers import FourierLayers
from understudy.operators.grids import interpolated, size_of, uniform
from understudy.operators.symbols import SymbolDecoder, SymbolEncoder

__all__ = ["SymbolFNO"]


@final
class SymbolFNO(nn.Module):
    """Slices on a periodic grid and a guess -> slices at later times, and the equation.

    Args of the constructor: number of `features` of a point, number of later `knots`, the `first`
    and the `last` of their times, number of `words` of the vocabulary, the `longest` equation,
    `width`, `modes`.
    """

    def __init__(
        self,
        *,
        features: int,
        knots: int,
        first: float,
        last: float,
        words: int,
        longest: int,
        width: int = 48,
        modes: int = 24,
    ) -> None:
        super().__init__()
        layers, heads, self.first, self.last = 4, 4, first, last
        self.lift = nn.Linear(features, width)
        self.layers = FourierLayers(width=width, modes=modes, layers=layers)
        self.film = nn.ModuleList(_still(width) for _ in range(layers))
        self.project = mlp(width, 2 * width, knots)
        self.symbols = SymbolEncoder(
            words=words, width=width, heads=heads, layers=1, longest=longest
        )
        self.summary = nn.ModuleList(nn.Linear(width, width) for _ in range(5))
        self.size = nn.Linear(1, width)
        self.decoder = SymbolDecoder(
            words=words, width=width, heads=heads, layers=2, longest=longest
        )

    def forward(
        self,
        points: Float[Tensor, "b n 1"],
        features: Float[Tensor, "b n f"],
        queries: Float[Tensor, "b q 2"],
        guess: Int[Tensor, "b l"] | None = None,
        present: Bool[Tensor, "b n"] | None = None,
    ) -> Float[Tensor, "b q 1"]:
        """Values at the queries (t, x).

        Raises:
            ValueError: points that are no uniform grid, or some of them missing.
        """
        v, scale, _, _ = self._trunk(points, features, guess, present)
        return self._answer(v, scale, points, queries)

    def both(
        self,
        points: Float[Tensor, "b n 1"],
        features: Float[Tensor, "b n f"],
        queries: Float[Tensor, "b q 2"],
        guess: Int[Tensor, "b l"] | None,
        words: Int[Tensor, "b k"],
    ) -> tuple[Float[Tensor, "b q 1"], Float[Tensor, "b k w"]]:
        """Values at the queries and the decoder's state after each word, of one pass."""
        v, scale, rows, there = self._trunk(points, features, guess, None)
        values = self._answer(v, scale, points, queries)
        return values, self.decoder(words, *self._memory(v, scale, rows, there))

    def memory(
        self,
        points: Float[Tensor, "b n 1"],
        features: Float[Tensor, "b n f"],
        guess: Int[Tensor, "b l"] | None = None,
        present: Bool[Tensor, "b n"] | None = None,
    ) -> tuple[Float[Tensor, "b m w"], Bool[Tensor, "b m"] | None]:
        """Summaries of the line, then the rows of the guess."""
        return self._memory(*self._trunk(points, features, guess, present))

    def _answer(self, v: Tensor, scale: Tensor, points: Tensor, queries: Tensor) -> Tensor:
        channels = self.project(v.transpose(1, 2)) * scale
        return interpolated(channels, points, queries, self.first, self.last, periodic=True)

    def _trunk(
        self, points: Tensor, features: Tensor, guess: Tensor | None, present: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """Channels (b, w, n), size of the data, rows of the guess and which of them are there."""
        uniform(points, present)
        rows, there = self.symbols(guess, len(points))
        weight = torch.ones(rows.shape[:2], device=rows.device) if there is None else 1.0 * there
        known = (rows * weight[..., None]).sum(1) / weight.sum(1, keepdim=True)
        scale = size_of(features)
        v = self.lift(features / scale).transpose(1, 2)
        return self.layers(v, [film(known) for film in self.film]), scale, rows, there

    def _memory(
        self, v: Tensor, scale: Tensor, rows: Tensor, there: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        slope = v.roll(-1, dims=-1) - v.roll(1, dims=-1)
        bend = v.roll(-1, dims=-1) - 2 * v + v.roll(1, dims=-1)
        means = [s.mean(dim=-1) for s in (v, v.abs(), v.square(), slope.abs(), bend.abs())]
        seen = [layer(m) for layer, m in zip(self.summary, means, strict=True)]
        seen[0] = seen[0] + self.size(scale[:, 0].log())
        x = torch.cat([torch.stack(seen, dim=1), rows], dim=1)
        if there is None:
            return x, None
        return x, nn.functional.pad(there, (len(seen), 0), value=True)


def _still(width: int) -> nn.Linear:
    """Gains and shifts that are zero whatever comes in."""
    layer = nn.Linear(width, 2 * width)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer

"""Flow matching: the velocity that carries noise to the law along straight lines, by regression.

In coordinates y of unit deviation, with y_t = (1 - t) y_0 + t y_1, y_0 ~ N(0, I), t ~ U(0, 1), a
network u minimises (Lipman et al. 2023, arXiv 2210.02747, eqs. 9 and 23 with sigma_min = 0)

    E |D (u(y_t, t, c) - (y_1 - y_0))|^2,    D = diag(deviations),

so that a column counts by its energy. A draw solves dy/dt = u from y(0) = z by Heun's method with
fixed steps.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn

from understudy.generative.checks import asked, learned, positive, scales
from understudy.generative.contract import Generator, Sampler
from understudy.generative.descent import Descent, arrays, descend, restore

__all__ = ["FlowMatching", "FlowMatchingSampler"]

_FREQUENCIES = 4
"""Pairs of sine and cosine of pi t, 2 pi t, 4 pi t, ... that the network sees beside t."""
_COPIES = 8
"""Times and noises for each held-out row: the early stop compares losses of small variance."""


@final
@dataclass(frozen=True, kw_only=True)
class FlowMatching(Generator):
    """Specification of the method.

    Attributes:
        width: hidden units a layer.
        depth: hidden layers.
        steps: of Heun's method, two evaluations each.
        training: how the velocity is trained.
        seed: of weights, split, batches, times and noise.
    """

    width: int = 256
    depth: int = 3
    steps: int = 32
    training: Descent = field(default_factory=lambda: Descent(epochs=1000, patience=100))
    seed: int = 0

    def __post_init__(self) -> None:
        positive(width=self.width, depth=self.depth, steps=self.steps)

    def fit(
        self, x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> "FlowMatchingSampler":
        """Regress the velocity; errors as in the contract."""
        given = learned(x, condition)
        (mean, scale), (c_mean, c_scale) = scales(x), scales(given)
        velocity = _velocity(len(mean), len(c_mean), self.width, self.depth)
        energy = torch.tensor(scale**2 / np.mean(scale**2), dtype=torch.float32)

        def loss(
            network: nn.Module, rows: Tensor, context: Tensor, generator: torch.Generator
        ) -> Tensor:
            if not torch.is_grad_enabled():
                rows, context = rows.repeat(_COPIES, 1), context.repeat(_COPIES, 1)
            time = torch.rand(len(rows), 1, generator=generator)
            noise = torch.randn(rows.shape, generator=generator)
            at = (1.0 - time) * noise + time * rows
            error = network(_inputs(at, time, context)) - (rows - noise)
            return (error.square() * energy).mean()

        generator = torch.Generator().manual_seed(self.seed)
        history = descend(
            velocity, loss, (x - mean) / scale, (given - c_mean) / c_scale, self.training,
            generator,
        )  # fmt: skip
        return FlowMatchingSampler(
            width=self.width,
            depth=self.depth,
            steps=self.steps,
            weights=arrays(velocity),
            mean=mean,
            scale=scale,
            condition_mean=c_mean,
            condition_scale=c_scale,
            history=history,
        )


def _velocity(features: int, context: int, width: int, depth: int) -> nn.Sequential:
    sizes = [features + 1 + 2 * _FREQUENCIES + context] + [width] * depth
    layers: list[nn.Module] = []
    with torch.random.fork_rng(devices=[]):
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), nn.SiLU()]
        return nn.Sequential(*layers, nn.Linear(sizes[-1], features))


def _inputs(
    y: Float32[Tensor, "n d"], time: Float32[Tensor, "n 1"], context: Float32[Tensor, "n k"]
) -> Float32[Tensor, "n q"]:
    angle = torch.pi * time * 2.0 ** torch.arange(_FREQUENCIES)
    return torch.cat([y, time, angle.sin(), angle.cos(), context], dim=1)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FlowMatchingSampler(Sampler):
    """A trained velocity.

    Attributes:
        width: hidden units a layer.
        depth: hidden layers.
        steps: of Heun's method.
        weights: parameters of the network by name.
        mean: of the data, shape (d,).
        scale: deviations of the data, shape (d,).
        condition_mean: shape (k,).
        condition_scale: deviations of the conditions, shape (k,).
        history: held-out loss after each epoch, in mean variances of a column.
    """

    width: int
    depth: int
    steps: int
    weights: dict[str, np.ndarray]
    mean: Float[np.ndarray, " d"]
    scale: Float[np.ndarray, " d"]
    condition_mean: Float[np.ndarray, " k"]
    condition_scale: Float[np.ndarray, " k"]
    history: Float[np.ndarray, " epochs"]
    _velocity: nn.Sequential = field(init=False, repr=False)

    def __post_init__(self) -> None:
        network = _velocity(len(self.mean), len(self.condition_mean), self.width, self.depth)
        restore(network, self.weights)
        object.__setattr__(self, "_velocity", network)

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` rows; see the contract."""
        given = asked(n, condition, len(self.condition_mean))
        y = torch.tensor(rng.standard_normal((n, len(self.mean))), dtype=torch.float32)
        torch.set_num_threads(1)
        scaled = (given - self.condition_mean) / self.condition_scale
        context = torch.tensor(scaled, dtype=torch.float32)
        h = 1.0 / self.steps
        with torch.no_grad():
            for i in range(self.steps):
                start, end = (torch.full((n, 1), (i + j) * h) for j in (0, 1))
                slope = self._velocity(_inputs(y, start, context))
                ahead = self._velocity(_inputs(y + h * slope, end, context))
                y = y + 0.5 * h * (slope + ahead)
        return self.mean + self.scale * y.numpy().astype(float)

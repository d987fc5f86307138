"""Flow matching: the velocity that carries noise to the law along straight lines, by regression.

In coordinates y of unit deviation, with y_t = (1 - t) y_0 + t y_1, y_0 ~ N(0, I), t ~ U(0, 1), a
network u minimises (Lipman et al. 2023, arXiv 2210.02747, eqs. 9 and 23 with sigma_min = 0)

    E |D^(1/2) (u(y_t, t, c) - (y_1 - y_0))|^2,    D = diag(deviations),

half way between whitened samples and energies, and it sees D^(1/2) y_t: with whole energies
columns of little energy would never be learned and lead the others astray, whitened they would be
all that is learned. Were y_1 ~ N(0, I) as well, the minimiser would be

    u(y, t) = (2 t - 1) / (t^2 + (1 - t)^2) y;

the network learns what must be added to it, so that a fit of few samples ends near the normal law
of uncorrelated columns, as POD coefficients are, and not at its mean. A draw solves dy/dt = u from
y(0) = z by Heun's method with fixed steps. The energy distance of draws stops training, not the
loss, which still falls when draws become worse: a column is then guessed from others that a draw
does not get right.
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
from understudy.generative.energy import joined

__all__ = ["FlowMatching", "FlowMatchingSampler"]

_FREQUENCIES = 4
"""Pairs of sine and cosine of pi t, 2 pi t, 4 pi t, ... that the network sees beside t."""
_JUDGED = 300
"""Draws of a judgement."""


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
    steps: int = 16
    training: Descent = field(default_factory=lambda: Descent(epochs=1000, patience=60))
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
        weight = _weights(scale)

        def loss(
            network: nn.Module, rows: Tensor, context: Tensor, generator: torch.Generator
        ) -> Tensor:
            time = torch.rand(len(rows), 1, generator=generator)
            noise = torch.randn(rows.shape, generator=generator)
            at = (1.0 - time) * noise + time * rows
            error = _slope(network, weight, at, time, context) - (rows - noise)
            return (error * weight).square().mean()

        def judge(network: nn.Module, rows: Tensor, context: Tensor) -> float:
            random = torch.Generator().manual_seed(self.seed)
            z = torch.randn(_JUDGED, len(mean), generator=random)
            c = context[torch.arange(_JUDGED) % len(context)]
            made = _carried(network, weight, z, c, self.steps)
            return joined(*(t.numpy().astype(float) for t in (made * s, c, rows * s, context)))

        s = torch.tensor(scale, dtype=torch.float32)
        y, c = (x - mean) / scale, (given - c_mean) / c_scale
        generator = torch.Generator().manual_seed(self.seed)
        history = descend(velocity, loss, judge, y, c, self.training, generator)
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


def _weights(scale: Float[np.ndarray, " d"]) -> Float32[Tensor, " d"]:
    """Roots of the deviations, of mean square 1."""
    return torch.tensor(np.sqrt(scale / scale.mean()), dtype=torch.float32)


def _slope(
    network: nn.Module,
    weight: Float32[Tensor, " d"],
    y: Float32[Tensor, "n d"],
    time: Float32[Tensor, "n 1"],
    context: Float32[Tensor, "n k"],
) -> Float32[Tensor, "n d"]:
    """Velocity u at `y`."""
    angle = torch.pi * time * 2.0 ** torch.arange(_FREQUENCIES)
    added = network(torch.cat([weight * y, time, angle.sin(), angle.cos(), context], dim=1))
    return added + (2.0 * time - 1.0) / (time.square() + (1.0 - time).square()) * y


def _carried(
    network: nn.Module,
    weight: Float32[Tensor, " d"],
    y: Float32[Tensor, "n d"],
    context: Float32[Tensor, "n k"],
    steps: int,
) -> Float32[Tensor, "n d"]:
    """Rows at t = 1 of those at t = 0."""
    h = 1.0 / steps
    for i in range(steps):
        start, end = (torch.full((len(y), 1), (i + j) * h) for j in (0, 1))
        slope = _slope(network, weight, y, start, context)
        ahead = _slope(network, weight, y + h * slope, end, context)
        y = y + 0.5 * h * (slope + ahead)
    return y


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
        history: energy distance of draws to the held-out rows after each epoch.
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
        with torch.no_grad():
            y = _carried(self._velocity, _weights(self.scale), y, context, self.steps)
        return self.mean + self.scale * y.numpy().astype(float)

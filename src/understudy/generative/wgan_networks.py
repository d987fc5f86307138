"""The two networks of a Wasserstein GAN, on one vector of weights each.

    h_1 = W_1 x + b_1,    a_l = s(h_l),    h_(l+1) = W_(l+1) a_l + b_(l+1).

The critic is piecewise linear, s(h) = h for h > 0 and `SLOPE` h below: its gradient penalty has a
closed form. The generator is smooth, s(h) = h / (1 + exp(-h)), so that it carries what it has
learned at some conditions to others between them; with s of the critic it was farther from the law
there by far. Weights of a network are views of one vector, and so
are its gradients: an optimiser takes one step of one vector.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["SLOPE", "Critic", "Pushforward", "flatten", "gradient", "linear_layers"]

SLOPE = 0.2


def _layers(inputs: int, width: int, depth: int, outputs: int) -> nn.ModuleList:
    sizes = [inputs] + [width] * depth + [outputs]
    # Building draws weights from torch's global generator; they are overwritten, its state kept.
    with torch.random.fork_rng(devices=[]):
        return nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))


def _leaky(h: Float[Tensor, "n w"]) -> Float[Tensor, "n w"]:
    return nn.functional.leaky_relu(h, SLOPE)


def _through(
    layers: nn.ModuleList, x: Float[Tensor, "n i"], bend: Callable[[Tensor], Tensor]
) -> Float[Tensor, "n o"]:
    for layer in layers[:-1]:
        x = bend(layer(x))
    return layers[-1](x)


@final
class Critic(nn.Module):
    """(features, condition) -> a number."""

    def __init__(self, *, features: int, conditions: int, width: int, depth: int) -> None:
        super().__init__()
        self.features, self.conditions = features, conditions
        self.layers = _layers(features + conditions, width, depth, 1)

    def forward(
        self, features: Float[Tensor, "n f"], condition: Float[Tensor, "n k"]
    ) -> Float[Tensor, " n"]:
        """Value of each row."""
        return _through(self.layers, torch.cat([features, condition], dim=1), _leaky)[:, 0]


@final
class Pushforward(nn.Module):
    """(latent, condition) -> sample: mean + scale * network, column by column."""

    centre: Tensor
    scale: Tensor

    def __init__(
        self,
        *,
        latent: int,
        conditions: int,
        width: int,
        depth: int,
        centre: Float[Tensor, " d"],
        scale: Float[Tensor, " d"],
    ) -> None:
        super().__init__()
        self.register_buffer("centre", centre)
        # Deviations of the columns: from the start a column has about its energy, and the network
        # need not learn magnitudes that differ a hundredfold. With 100 POD coefficients of moving
        # pulses the distance in the greatest rate was a third smaller than with one scale for all.
        self.register_buffer("scale", scale)
        self.layers = _layers(latent + conditions, width, depth, len(centre))

    def forward(
        self, z: Float[Tensor, "n l"], condition: Float[Tensor, "n k"]
    ) -> Float[Tensor, "n d"]:
        """Samples in the unit of the data."""
        inputs = torch.cat([z, condition], dim=1)
        bent = _through(self.layers, inputs, nn.functional.silu)
        return torch.addcmul(self.centre, self.scale, bent)


def flatten(module: nn.Module) -> nn.Parameter:
    """One vector that holds all weights; afterwards parameters and gradients are its views."""
    flat = nn.utils.parameters_to_vector(module.parameters()).detach().clone()
    vector = nn.Parameter(flat)
    vector.grad = torch.zeros_like(flat)
    start = 0
    for parameter in module.parameters():
        part = slice(start, start + parameter.numel())
        parameter.data = flat[part].view(parameter.shape)
        parameter.grad = vector.grad[part].view(parameter.shape)
        start = part.stop
    return vector


def linear_layers(module: nn.Module) -> list[nn.Linear]:
    """Linear layers from the input to the output."""
    return [layer for layer in module.modules() if isinstance(layer, nn.Linear)]


def gradient(parameter: Tensor) -> Tensor:
    """Where the gradient of a parameter is written.

    Raises:
        ValueError: the network has not been flattened.
    """
    if parameter.grad is None:
        raise ValueError("network: expected flattened weights, got weights without gradients")
    return parameter.grad

"""The critic's loss and its gradient in closed form, without automatic differentiation.

For a batch of real features x, fake ones y and x^ = a x + (1 - a) y (Gulrajani et al. 2017, arXiv
1704.00028, eq. 3)

    L = mean f(y) - mean f(x) + lambda mean (|grad f(x^)| - 1)^2.

A critic that is linear between kinks has, with diagonal matrices D_l of slopes (1 or `SLOPE`),

    u_L = D_L w,    u_l = D_l W_(l+1)' u_(l+1),    grad f = W_1' u_1,

and within a piece the D_l are constant. With G = d penalty / d grad f = 2 lambda / B (1 - 1 / |g|)
g, d penalty / d u_1 = W_1 G, so that one chain upward, v_1 = D_1 W_1 G, v_l = D_l W_l v_(l-1),
gives everything:

    d penalty / d W_1 = u_1 G',    d penalty / d W_l = u_l v_(l-1)',    d penalty / d w = v_L,

and nothing for the biases. The mean values have d / d W_l = sum +-1/B u_l a_(l-1)', the same form,
with activations a in place of v. All three sets of rows are therefore stacked: one product a layer
forward, one backward, one for the gradient; and x^ needs no product at the first layer, where it
is the same average of the other two.
"""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from understudy.generative.wgan_networks import SLOPE, Critic, gradient, linear_layers

__all__ = ["CriticStep"]

_masked = torch.ops.aten.leaky_relu_backward.grad_input
"""Values times 1 where the activation is positive, `SLOPE` elsewhere."""


@final
class CriticStep:
    """Value and gradient for batches of one size; buffers are made once.

    The critic must have been flattened: gradients are written into those of its parameters.
    """

    def __init__(self, critic: Critic, batch: int, penalty: float) -> None:
        layers = linear_layers(critic)
        self.weights = [layer.weight.data for layer in layers]
        self.biases = [layer.bias.data for layer in layers]
        self.weight_gradients = [gradient(layer.weight) for layer in layers]
        self.bias_gradients = [gradient(layer.bias) for layer in layers]
        self.features, self.batch, self.penalty = critic.features, batch, penalty
        like = self.weights[0]
        widths = [len(w) for w in self.weights[:-1]]
        self.rows = like.new_zeros((3 * batch, like.shape[1]))
        self.values = [like.new_empty((3 * batch, width)) for width in widths]
        self.slopes = [like.new_empty((3 * batch, width)) for width in widths]
        self.above = [like.new_empty((batch, width)) for width in widths]
        sign = like.new_ones(3, batch)
        sign[0], sign[1] = -1.0 / batch, 1.0 / batch
        self.sign = sign.flatten()

    @torch.no_grad()
    def __call__(
        self,
        real: Float[Tensor, "b f"],
        fake: Float[Tensor, "b f"],
        condition: Float[Tensor, "b k"],
        mix: Float[Tensor, "b 1"],
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""], Float[Tensor, ""]]:
        """Loss, gap mean f(x) - mean f(y) and mean |grad f(x^)|; the gradient is in the critic.

        Args:
            real: features of data.
            fake: features of generated samples, of the same conditions.
            condition: of each pair.
            mix: a, shares of the real rows in x^.
        """
        b, f = self.batch, self.features
        between = slice(2 * b, None)
        self.rows[:b, :f], self.rows[b : 2 * b, :f] = real, fake
        self.rows[:b, f:], self.rows[b : 2 * b, f:] = condition, condition
        self._forward(2 * b, mix)
        score = torch.mv(self.values[-1][: 2 * b], self.weights[-1][0])
        gap = -torch.dot(score, self.sign[: 2 * b])
        self._backward(3 * b)
        slope = self.rows[between, :f]
        torch.mm(self.slopes[0][between], self.weights[0][:, :f], out=slope)
        norm = torch.linalg.vector_norm(slope, dim=1, keepdim=True).clamp_min_(1e-30)
        loss = self.penalty * (norm - 1.0).square().mean() - gap
        slope.mul_((2.0 * self.penalty / b) * (1.0 - 1.0 / norm))
        self._upward(slope)
        self._gradients()
        return loss, gap, norm.mean()

    @torch.no_grad()
    def pull(
        self, fake: Float[Tensor, "b f"], condition: Float[Tensor, "b k"]
    ) -> tuple[Float[Tensor, ""], Float[Tensor, "b f"]]:
        """The generator's loss - mean f(y) and its gradient with respect to the features y."""
        b, f = self.batch, self.features
        self.rows[:b, :f], self.rows[:b, f:] = fake, condition
        self._forward(b, None)
        score = torch.mv(self.values[-1][:b], self.weights[-1][0])
        self._backward(b)
        loss = torch.dot(score, self.sign[:b]) - self.biases[-1][0]
        return loss, torch.mm(self.slopes[0][:b], self.weights[0][:, :f])

    def _forward(self, n: int, mix: Float[Tensor, "b 1"] | None) -> None:
        """Activations of the first `n` rows, and of x^ where there is `mix`."""
        b, first = self.batch, self.values[0]
        torch.addmm(self.biases[0], self.rows[:n], self.weights[0].T, out=first[:n])
        if mix is not None:
            torch.lerp(first[b : 2 * b], first[:b], mix, out=first[2 * b :])
            n = 3 * b
        torch.nn.functional.leaky_relu_(first[:n], SLOPE)
        for layer in range(1, len(self.values)):
            below, value = self.values[layer - 1][:n], self.values[layer][:n]
            torch.addmm(self.biases[layer], below, self.weights[layer].T, out=value)
            torch.nn.functional.leaky_relu_(value, SLOPE)

    def _backward(self, n: int) -> None:
        """The u_l of the first `n` rows, times -1/b for real and 1/b for fake ones."""
        top = self.slopes[-1][:n]
        torch.mul(self.sign[:n, None], self.weights[-1], out=top)
        _masked(top, self.values[-1][:n], SLOPE, True, grad_input=top)
        for layer in range(len(self.slopes) - 2, -1, -1):
            slope = self.slopes[layer][:n]
            torch.mm(self.slopes[layer + 1][:n], self.weights[layer + 1], out=slope)
            _masked(slope, self.values[layer][:n], SLOPE, True, grad_input=slope)

    def _upward(self, pull: Float[Tensor, "b f"]) -> None:
        """The v_l of x^, in place of its activations, from G."""
        below, weight = pull, self.weights[0][:, : self.features]
        for layer, value in enumerate(self.values):
            torch.mm(below, weight.T, out=self.above[layer])
            below = value[2 * self.batch :]
            _masked(self.above[layer], below, SLOPE, True, grad_input=below)
            weight = self.weights[layer + 1]

    def _gradients(self) -> None:
        """Gradients of all weights, from stacked rows."""
        below = self.rows
        for layer, slope in enumerate(self.slopes):
            torch.mm(slope.T, below, out=self.weight_gradients[layer])
            torch.sum(slope[: 2 * self.batch], dim=0, out=self.bias_gradients[layer])
            below = self.values[layer]
        torch.mv(below.T, self.sign, out=self.weight_gradients[-1][0])

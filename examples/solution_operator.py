"""Two networks learn the solution operator of advection and diffusion, whose solution is known.

    u_t + u_x = 0.02 u_xx on the circle [0, 1): each Fourier mode turns and decays,
    u_k(t) = u_k(0) exp(-(2 pi i k + 0.02 (2 pi k)^2) t).

Initial fields are random sums of the first three modes on 32 points, answers are asked for at
t = 0.1, 0.2, 0.3. A Fourier neural operator has the symmetry of the circle, a DeepONet does not.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from understudy.figures import draw_lines
from understudy.nn import Training, fit, seeded
from understudy.operators import FNO, DeepONet
from understudy.operators.loss import relative_l2

POINTS, TIMES = torch.arange(32) / 32, torch.tensor([0.1, 0.2, 0.3])
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def batch(number: int, size: int = 32) -> Batch:
    """Points, initial values, queries (t, x) and the solution there."""
    random = torch.Generator().manual_seed(number)
    mode = torch.arange(1, 4)
    a = torch.complex(*torch.randn(2, size, 3, generator=random))
    rate = 2j * math.pi * mode + 0.02 * (2 * math.pi * mode) ** 2

    def u(t: float) -> Tensor:
        wave = torch.exp(2j * math.pi * mode * POINTS[:, None] - rate * t)
        return (a[:, None] * wave).sum(-1).real

    truth = torch.cat([u(float(t)) for t in TIMES], dim=1)
    place = torch.cartesian_prod(TIMES, POINTS)
    grid = POINTS[:, None].expand(size, -1, -1)
    return grid, u(0.0)[..., None], place.expand(size, -1, -1), truth[..., None]


def trained(network: nn.Module) -> nn.Module:
    """After the same number of steps on the same batches."""

    def loss(module: nn.Module, data: Batch) -> Tensor:
        return relative_l2(module(*data[:3]), data[3]).mean()

    fit(network, loss, batch, Training(steps=400, learning_rate=3e-3))
    return network


def networks() -> dict[str, nn.Module]:
    """Both, about as large."""
    with seeded(0):
        return {
            "FNO": FNO(features=1, knots=3, first=0.1, last=0.3, width=16, modes=5, layers=2),
            "DeepONet": DeepONet(sensors=32, features=1, queries=2, outputs=1, width=48, terms=32),
        }


@torch.no_grad()
def error(network: nn.Module) -> float:
    """Mean relative error on 200 new fields."""
    *inputs, truth = batch(10**6, 200)
    return float(relative_l2(network(*inputs), truth).mean())


if __name__ == "__main__":
    *inputs, truth = batch(10**6)
    curves = {"solution at t = 0.3": (POINTS.numpy(), truth[0, 64:, 0].numpy())}
    for name, network in networks().items():
        print(f"{name}: mean relative error {error(trained(network)):.4f}")
        with torch.no_grad():
            found = network(*inputs)[0, 64:, 0]
        curves[name] = (POINTS.numpy(), found.numpy())
    draw_lines(Path("solution_operator.png"), curves, "x", "u")

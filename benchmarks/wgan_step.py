"""A WGAN-GP iteration: a plain PyTorch loop of the official layout, and ours, CPU time of both.

100 coefficients and 17 features computed from them, networks of 3 x 192, batches of 128, five
steps of the critic and one of the generator. The plain loop passes real, fake and interpolated
rows one after the other, differentiates the penalty twice by autograd and steps with
`torch.optim.Adam`, as public code does. Both play with the same random numbers, and losses are
compared in float64: Adam's first step is nearly the sign of the gradient, which turns roundings of
single precision around zero into whole steps; what that does to the losses is printed too. One
thread; the loops take turns, and the median of their ratios is printed.
"""

import argparse
import json
import os
import time
from copy import deepcopy

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import torch
from torch import Tensor

from understudy.generative.descent import initialise
from understudy.generative.wgan_networks import Critic, Pushforward
from understudy.generative.wgan_settings import Training
from understudy.generative.wgan_training import Game

D, EXTRA, LATENT = 100, 17, 16


class Plain:
    """The loop that one writes from the paper."""

    def __init__(
        self, critic: Critic, pushforward: Pushforward, features: torch.nn.Module, spec: Training
    ) -> None:
        self.critic, self.pushforward, self.features, self.spec = (
            critic, pushforward, features, spec,
        )  # fmt: skip
        setting = {"lr": spec.learning_rate, "betas": spec.betas}
        self.critic_adam = torch.optim.Adam(critic.parameters(), **setting)
        self.generator_adam = torch.optim.Adam(pushforward.parameters(), **setting)

    def advance(self, real: Tensor, z: Tensor, mix: Tensor) -> tuple[float, float]:
        """One iteration; mean gap of the critic's steps and loss of the generator."""
        none, gaps = real.new_zeros(self.spec.batch, 0), []
        for parameter in self.critic.parameters():
            parameter.requires_grad_(True)
        for i in range(self.spec.critic_steps):
            self.critic_adam.zero_grad()
            with torch.no_grad():
                fake = self.features(self.pushforward(z[i], none))
            of_real = self.critic(real[i], none).mean()
            (-of_real).backward()
            of_fake = self.critic(fake, none).mean()
            of_fake.backward()
            between = (mix[i] * real[i] + (1 - mix[i]) * fake).requires_grad_()
            value = self.critic(between, none)
            (slope,) = torch.autograd.grad(
                value, between, torch.ones_like(value), create_graph=True, retain_graph=True
            )
            penalty = self.spec.penalty * ((slope.norm(2, dim=1) - 1) ** 2).mean()
            penalty.backward()
            self.critic_adam.step()
            gaps.append(float(of_real.detach() - of_fake.detach()))
        for parameter in self.critic.parameters():
            parameter.requires_grad_(False)
        self.generator_adam.zero_grad()
        loss = -self.critic(self.features(self.pushforward(z[-1], none)), none).mean()
        loss.backward()
        self.generator_adam.step()
        return float(np.mean(gaps)), float(loss.detach())


class Responses(torch.nn.Module):
    """Coefficients, and norms of linear maps of them, as stresses are."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(1)
        self.map = torch.randn(D, 3 * EXTRA, generator=random).to(dtype) / D**0.5

    def forward(self, x: Tensor) -> Tensor:
        """Features of each row, shape (n, D + EXTRA)."""
        response = (x @ self.map).view(len(x), EXTRA, 3)
        return torch.cat([x, response.square().sum(dim=2).add(1e-12).sqrt()], dim=1)


def players(dtype: torch.dtype, spec: Training, width: int) -> tuple[Game, Plain]:
    """Both loops from the same weights and data."""
    random = torch.Generator().manual_seed(0)
    energy = torch.arange(1, D + 1).to(dtype) ** -1.0
    x = torch.randn(1000, D, generator=random).to(dtype) * energy
    critic = Critic(features=D + EXTRA, conditions=0, width=width, depth=3)
    pushforward = Pushforward(
        latent=LATENT, conditions=0, width=width, depth=3, centre=0.0 * energy, scale=energy
    )
    for network in (critic, pushforward):
        initialise(network, random)
        network.to(dtype)
    features = Responses(dtype)
    plain = Plain(deepcopy(critic), deepcopy(pushforward), features, spec)
    none = x.new_zeros(len(x), 0)
    return Game(critic, pushforward, features(x), none, features, spec, random), plain


def numbers(game: Game, spec: Training) -> tuple[Tensor, Tensor, Tensor]:
    """Real rows, latent numbers and shares of the next iteration, as `Game.advance` draws them."""
    random = torch.Generator()
    random.set_state(game.random.get_state())
    steps, batch, like = spec.critic_steps, spec.batch, game.real
    index = torch.randint(len(like), (steps + 1, batch), generator=random)
    z = torch.empty((steps + 1) * batch, LATENT, dtype=like.dtype).normal_(generator=random)
    mix = torch.empty(steps, batch, 1, dtype=like.dtype).uniform_(generator=random)
    return like[index[:-1]], z.view(steps + 1, batch, -1), mix


def difference(dtype: torch.dtype, spec: Training, width: int, iterations: int) -> float:
    """Greatest relative difference of gap and generator loss over the first iterations."""
    game, plain = players(dtype, spec, width)
    worst = 0.0
    for iteration in range(1, iterations + 1):
        theirs = plain.advance(*numbers(game, spec))
        game.sums.zero_()
        game.advance(iteration)
        ours = (float(game.sums[0]), float(game.sums[2]))
        scale = max(abs(value) for value in theirs)
        worst = max(worst, *(abs(a - b) / scale for a, b in zip(ours, theirs, strict=True)))
    return worst


def main(
    width: int = 192, batch: int = 128, rounds: int = 10, turns: int = 10
) -> dict[str, float]:
    """Ratio of CPU time and differences of losses by name."""
    torch.set_num_threads(1)
    spec = Training(batch=batch)
    found = {
        "difference_single_5_iterations": difference(torch.float32, spec, width, 5),
        "difference_double_20_iterations": difference(torch.float64, spec, width, 20),
    }
    game, plain = players(torch.float32, spec, width)
    times = []
    for _ in range(rounds + 1):
        start = time.process_time()
        for _ in range(turns):
            plain.advance(*numbers(game, spec))
        middle = time.process_time()
        for _ in range(turns):
            game.advance(1)
        times.append((middle - start, time.process_time() - middle))
    theirs, ours = np.array(times[1:]).T / turns
    return found | {
        "plain_cpu_milliseconds": 1e3 * float(np.median(theirs)),
        "ours_cpu_milliseconds": 1e3 * float(np.median(ours)),
        "ratio_plain_over_ours": float(np.median(theirs / ours)),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = main()
    if given.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<36} {value:.4g}")

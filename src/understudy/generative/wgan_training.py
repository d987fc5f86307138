"""The two-player loop of a Wasserstein GAN with gradient penalty.

An iteration is some steps of the critic, then one of the generator (Gulrajani et al. 2017,
algorithm 1). All fake samples of the critic's steps are made in one pass, for the generator does
not change in between. Every `every` iterations a running average of the generator's weights is
judged by a quality that is fixed in advance, on rows held out; the best weights are kept, and
training stops when they have not become better for `patience` judgements.

The state is written to a checkpoint at each judgement: a fit that is interrupted goes on from
there and gives the same bits.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from understudy.generative.wgan_critic import CriticStep
from understudy.generative.wgan_networks import (
    Critic,
    Pushforward,
    flatten,
    gradient,
    linear_layers,
)
from understudy.generative.wgan_settings import History, Stopping, Training
from understudy.tensors import read_tensors, write_tensors

__all__ = ["Game", "play"]


@final
class Game:
    """Both players, their optimisers and the random numbers they play with.

    Args of the constructor are the networks with their initial weights, standardised conditions
    (N, k) and features (N, f) of the training rows, a map from samples to standardised features,
    and the generator of all random numbers.
    """

    def __init__(
        self,
        critic: Critic,
        pushforward: Pushforward,
        real: Float[Tensor, "N f"],
        condition: Float[Tensor, "N k"],
        features: Callable[[Tensor], Tensor],
        spec: Training,
        random: torch.Generator,
    ) -> None:
        self.pushforward, self.features, self.spec, self.random = (
            pushforward, features, spec, random,
        )  # fmt: skip
        self.real, self.condition = real, condition
        self.latent = linear_layers(pushforward)[0].in_features - condition.shape[1]
        self.vectors = [flatten(critic), flatten(pushforward)]
        self.average = self.vectors[1].detach().clone()
        self.adams = [
            torch.optim.Adam([v], lr=spec.learning_rate, betas=spec.betas, fused=True)
            for v in self.vectors
        ]
        self.step = CriticStep(critic, spec.batch, spec.penalty)
        self.sums = torch.zeros(3, dtype=torch.float64)
        self.kept = [v.detach().clone() for v in self.vectors]
        self.rows: list[list[float]] = []

    def advance(self, iteration: int) -> None:
        """One iteration, the first is 1."""
        rate = self.spec.rate(iteration)
        for adam in self.adams:
            adam.param_groups[0]["lr"] = rate
        steps, batch = self.spec.critic_steps, self.spec.batch
        like = self.real
        index = torch.randint(len(like), (steps + 1, batch), generator=self.random)
        z = torch.empty((steps + 1) * batch, self.latent, dtype=like.dtype)
        z.normal_(generator=self.random)
        mix = torch.empty(steps, batch, 1, dtype=like.dtype).uniform_(generator=self.random)
        real = like[index[:-1].flatten()].view(steps, batch, -1)
        given = self.condition[index.flatten()]
        many = steps * batch
        with torch.no_grad():
            fake = self.features(self.pushforward(z[:many], given[:many]))
        fakes, contexts = fake.view(steps, batch, -1), given.view(steps + 1, batch, -1)
        for i in range(steps):
            _, gap, norm = self.step(real[i], fakes[i], contexts[i], mix[i])
            self.adams[0].step()
            self.sums[0] += gap / steps
            self.sums[1] += norm / steps
        own = self.features(self.pushforward(z[many:], contexts[-1]))
        loss, pull = self.step.pull(own.detach(), contexts[-1])
        gradient(self.vectors[1]).zero_()
        own.backward(pull)
        self.adams[1].step()
        self.sums[2] += loss
        self.average.lerp_(self.vectors[1].detach(), self.spec.ema)

    def judge(self, iteration: int, quality: Callable[[Tensor], float]) -> bool:
        """Record a judgement of the averaged weights; whether it is the best so far."""
        done = max(1, iteration - int(self.rows[-1][0])) if self.rows else 1
        value = quality(self.average)
        best = not self.rows or value < min(row[1] for row in self.rows)
        self.rows.append([float(iteration), value, *(self.sums / done).tolist()])
        self.sums.zero_()
        if best:
            self.kept = [self.vectors[0].detach().clone(), self.average.clone()]
        return best

    @property
    def history(self) -> History:
        """All judgements."""
        columns = np.array(self.rows).T
        return History(
            iteration=columns[0], quality=columns[1], gap=columns[2], gradient_norm=columns[3],
            generator_loss=columns[4],
        )  # fmt: skip

    def save(self, path: Path, fingerprint: str) -> None:
        """Write all that the next iteration depends on."""
        header = {"fingerprint": fingerprint, "rows": json.dumps(self.rows)}
        write_tensors(path, self._tensors(), header)

    def resume(self, path: Path, fingerprint: str) -> None:
        """Put back what `save` wrote.

        Raises:
            ValueError: not a whole checkpoint, or one of another fit.
        """
        found, header = read_tensors(path)
        if header.get("fingerprint") != fingerprint:
            raise ValueError(
                f"{path}: expected a checkpoint of fit {fingerprint}, "
                f"got {header.get('fingerprint')}; remove it to begin anew"
            )
        self.random.set_state(found.pop("random"))
        self.rows = json.loads(header["rows"])
        with torch.no_grad():
            for name, tensor in self._tensors().items():
                if name != "random":
                    tensor.copy_(found[name])

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {"random": self.random.get_state(), "average": self.average}
        for i, (vector, adam, kept) in enumerate(
            zip(self.vectors, self.adams, self.kept, strict=True)
        ):
            tensors |= {f"weights.{i}": vector.detach(), f"kept.{i}": kept}
            state = adam.state[vector]
            if not state:
                state |= {
                    "step": torch.zeros(()),
                    "exp_avg": torch.zeros_like(vector),
                    "exp_avg_sq": torch.zeros_like(vector),
                }
            tensors |= {f"{name}.{i}": state[name] for name in state}
        return tensors


def play(
    game: Game,
    quality: Callable[[Tensor], float],
    stopping: Stopping,
    *,
    checkpoint: Path | None,
    fingerprint: str,
    progress: Callable[[int, int], None] | None,
) -> History:
    """Train until the iterations or the patience are spent; `game.kept` has the best weights.

    Args:
        game: the players.
        quality: of generator weights, lower is better.
        stopping: how often it is asked, and for how long it may not fall.
        checkpoint: file of the state at the last judgement; there: go on from it.
        fingerprint: of the specification and the data; a checkpoint must have it.
        progress: called with the iterations done and their greatest number.

    Raises:
        ValueError: the checkpoint is damaged or of another fit.
    """
    total = game.spec.iterations
    if checkpoint is not None and checkpoint.is_file():
        game.resume(checkpoint, fingerprint)
    else:
        game.judge(0, quality)
    for iteration in range(int(game.rows[-1][0]) + 1, total + 1):
        if len(game.rows) - 1 - game.history.best >= stopping.patience:
            break
        game.advance(iteration)
        if iteration % stopping.every == 0 or iteration == total:
            game.judge(iteration, quality)
            if checkpoint is not None:
                game.save(checkpoint, fingerprint)
        if progress is not None:
            progress(iteration, total)
    return game.history

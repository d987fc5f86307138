"""The fitted players of a Wasserstein GAN: normal numbers pushed forward to a sample."""

from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from understudy.generative.checks import asked
from understudy.generative.contract import Sampler
from understudy.generative.descent import restore
from understudy.generative.wgan_networks import Critic, Pushforward
from understudy.generative.wgan_settings import History

__all__ = ["Scales", "WGANSampler", "networks", "single"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Scales:
    """What standardises samples, conditions and features.

    Attributes:
        mean: of the samples, shape (d,).
        deviation: of the samples, shape (d,).
        condition_mean: shape (k,).
        condition_scale: deviations of the conditions, shape (k,).
        feature_mean: of what the critic sees, shape (f,).
        feature_scale: root of the total variance of the features, one number for all.
    """

    mean: Float[np.ndarray, " d"]
    deviation: Float[np.ndarray, " d"]
    condition_mean: Float[np.ndarray, " k"]
    condition_scale: Float[np.ndarray, " k"]
    feature_mean: Float[np.ndarray, " f"]
    feature_scale: float


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class WGANSampler(Sampler):
    """The players at their best judgement.

    Attributes:
        latent: number of latent variables.
        width: hidden units a layer.
        depth: hidden layers.
        scales: of the data.
        generator: averaged weights of the generator by name.
        critic: weights of the critic by name.
        history: all judgements.
    """

    latent: int
    width: int
    depth: int
    scales: Scales
    generator: dict[str, np.ndarray]
    critic: dict[str, np.ndarray]
    history: History
    _pushforward: Pushforward = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _, pushforward = networks(self.latent, self.width, self.depth, self.scales)
        restore(pushforward, self.generator)
        object.__setattr__(self, "_pushforward", pushforward)

    def generate(
        self, z: Float[np.ndarray, "n l"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Push latent numbers forward, a row a sample.

        Args:
            z: independent standard normal numbers give draws of the law.
            condition: a row for each row of `z`; None for a law without condition.

        Raises:
            ValueError: another number of latent columns; a condition as `sample` refuses it.
        """
        if z.shape[1] != self.latent:
            raise ValueError(f"latent: expected {self.latent} columns, got shape {z.shape}")
        given = asked(len(z), condition, len(self.scales.condition_mean))
        context = (given - self.scales.condition_mean) / self.scales.condition_scale
        torch.set_num_threads(1)
        with torch.no_grad():
            return self._pushforward(single(z), single(context)).numpy().astype(float)

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` rows; see the contract."""
        asked(n, condition, len(self.scales.condition_mean))
        return self.generate(rng.standard_normal((n, self.latent)), condition)


def single(values: np.ndarray) -> Tensor:
    """A copy in single precision."""
    return torch.tensor(values, dtype=torch.float32)


def networks(latent: int, width: int, depth: int, own: Scales) -> tuple[Critic, Pushforward]:
    """Critic and generator of these sizes, with weights that are not set."""
    conditions = len(own.condition_mean)
    critic = Critic(
        features=len(own.feature_mean), conditions=conditions, width=width, depth=depth
    )
    centre, scale = single(own.mean), single(own.deviation)
    pushforward = Pushforward(
        latent=latent, conditions=conditions, width=width, depth=depth, centre=centre, scale=scale
    )
    return critic, pushforward

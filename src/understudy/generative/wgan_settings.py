"""Settings of a Wasserstein GAN's training, and the record of it."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.generative.checks import positive

__all__ = ["History", "Stopping", "Training"]


@final
@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of the two players.

    Attributes:
        iterations: most steps of the generator.
        critic_steps: steps of the critic for each of them.
        batch: rows a step, drawn with replacement.
        learning_rate: of Adam, for both, at the beginning.
        decay: learning rate at the end over that at the beginning; geometric in between.
        betas: of Adam.
        penalty: lambda, relative to a gradient of 1 in features of unit total variance.
        ema: share of the new weights in their running average.
    """

    iterations: int = 4000
    critic_steps: int = 5
    batch: int = 128
    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.0, 0.9)
    penalty: float = 1.0
    ema: float = 0.005
    decay: float = 1.0

    def __post_init__(self) -> None:
        positive(
            iterations=self.iterations, critic_steps=self.critic_steps, batch=self.batch,
            learning_rate=self.learning_rate, penalty=self.penalty,
        )  # fmt: skip
        if not 0.0 < self.ema <= 1.0:
            raise ValueError(f"ema: expected in (0, 1], got {self.ema}")
        if not all(0.0 <= beta < 1.0 for beta in self.betas):
            raise ValueError(f"betas: expected in [0, 1), got {self.betas}")
        if not 0.0 < self.decay <= 1.0:
            raise ValueError(f"decay: expected in (0, 1], got {self.decay}")

    def rate(self, iteration: int) -> float:
        """Learning rate of an iteration."""
        return self.learning_rate * self.decay ** (iteration / self.iterations)


@final
@dataclass(frozen=True, kw_only=True)
class Stopping:
    """When training ends, and which weights stay.

    Attributes:
        validation: share of the rows that are held out; these alone are judged against.
        every: iterations between judgements.
        patience: judgements without a better one after which training stops.
        samples: generated rows of a judgement, always from the same latent numbers.
    """

    validation: float = 0.1
    every: int = 200
    patience: int = 10
    samples: int = 1000

    def __post_init__(self) -> None:
        positive(every=self.every, patience=self.patience, samples=self.samples)
        if not 0.0 < self.validation < 1.0:
            raise ValueError(f"validation: expected in (0, 1), got {self.validation}")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """What happened, a value a judgement; the first is before training, its means are 0.

    Attributes:
        iteration: steps of the generator done.
        quality: of the averaged generator, lower is better.
        gap: mean f(x) - mean f(y), averaged since the last judgement; an estimate of W1 in
            features.
        gradient_norm: mean |grad f(x^)|, averaged likewise.
        generator_loss: - mean f(y), averaged likewise.
    """

    iteration: Float[np.ndarray, " e"]
    quality: Float[np.ndarray, " e"]
    gap: Float[np.ndarray, " e"]
    gradient_norm: Float[np.ndarray, " e"]
    generator_loss: Float[np.ndarray, " e"]

    @property
    def best(self) -> int:
        """Position of the best judgement."""
        return int(np.argmin(self.quality))

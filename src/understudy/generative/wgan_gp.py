"""Wasserstein GAN with gradient penalty: latent normal numbers pushed forward to the law.

A generator g and a critic f play (Arjovsky et al. 2017; Gulrajani et al. 2017, arXiv 1704.00028,
eq. 3, algorithm 1), with F the features that the critic sees, x^ = a F(x) + (1 - a) F(g(z)),

    max_f  mean f(F(x)) - mean f(F(g(z))) - lambda mean (|grad f(x^)| - 1)^2,
    min_g  - mean f(F(g(z))),       z ~ N(0, I).

Without the penalty's slack the maximum over 1-Lipschitz f is the Wasserstein distance W1 of the
two laws of features. Features are divided by one number, their total deviation: distances stay
those of the energy, a column counts as much as it varies. Conditions are inputs of both networks.
"""

import hashlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from understudy.generative.checks import learned, positive, scales
from understudy.generative.contract import Generator
from understudy.generative.descent import arrays, initialise, restore
from understudy.generative.energy import joined
from understudy.generative.wgan_networks import Pushforward
from understudy.generative.wgan_sampler import Scales, WGANSampler, networks, single
from understudy.generative.wgan_settings import Stopping, Training
from understudy.generative.wgan_training import Game, play

__all__ = ["WGANGP"]


@final
@dataclass(frozen=True, kw_only=True)
class WGANGP(Generator):
    """Specification of the game.

    Attributes:
        latent: normal numbers that a sample is made of.
        width: hidden units a layer, of both networks.
        depth: hidden layers of both networks.
        training: settings of the players.
        stopping: when training ends.
        seed: of weights, split, batches and latent numbers.
    """

    latent: int = 16
    width: int = 192
    depth: int = 3
    training: Training = field(default_factory=Training)
    stopping: Stopping = field(default_factory=Stopping)
    seed: int = 0

    def __post_init__(self) -> None:
        positive(latent=self.latent, width=self.width, depth=self.depth)

    def fit(
        self,
        x: Float[np.ndarray, "N d"],
        condition: Float[np.ndarray, "m k"] | None = None,
        *,
        features: Callable[[Tensor], Tensor] | None = None,
        quality: Callable[[np.ndarray, np.ndarray], float] | None = None,
        start: "WGANSampler | None" = None,
        validation: tuple[np.ndarray, np.ndarray | None] | None = None,
        checkpoint: Path | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "WGANSampler":
        """Play the game.

        Args:
            x: samples, all columns in one unit, so that their squares add up to an energy.
            condition: a row a sample.
            features: differentiable map of float32 rows (n, d) to what the critic sees, (n, f);
                None: the samples themselves.
            quality: of generated rows against held-out rows, lower is better; None: the energy
                distance, of rows joined to their standardised conditions where there are any.
            start: a fit whose weights, scales and shapes of networks this one begins with.
            validation: samples and their conditions that are judged against; None: a share of `x`
                is held out for it.
            checkpoint: file that an interrupted fit goes on from; written at each judgement.
            progress: called with the iterations done and their greatest number.

        Raises:
            ValueError: as in the contract; a start of other shapes; features that are not finite;
                a checkpoint that is damaged or of another fit.
        """
        torch.set_num_threads(1)
        given = learned(x, condition)
        random = torch.Generator().manual_seed(self.seed)
        train, (held, held_given) = _split(self, x, given, validation, random)
        seen = features if features is not None else _identity
        own = _measured(x[train], given[train], seen) if start is None else start.scales
        critic, pushforward = networks(self.latent, self.width, self.depth, own)
        if start is None:
            initialise(critic, random)
            initialise(pushforward, random)
        else:
            _check_start(start, self, x.shape[1], given.shape[1])
            restore(critic, start.critic)
            restore(pushforward, start.generator)
        centre, scale = single(own.feature_mean), own.feature_scale
        context = (given - own.condition_mean) / own.condition_scale
        held_context = (held_given - own.condition_mean) / own.condition_scale
        judge = _judge(self, deepcopy(pushforward), quality, held, held_context)
        game = Game(
            critic,
            pushforward,
            (seen(single(x[train])) - centre) / scale,
            single(context[train]),
            lambda rows: (seen(rows) - centre) / scale,
            self.training,
            random,
        )
        history = play(
            game,
            judge,
            self.stopping,
            checkpoint=checkpoint,
            fingerprint=_fingerprint(self, start, x, given, held, held_given),
            progress=progress,
        )
        for network, kept in zip((critic, pushforward), game.kept, strict=True):
            nn.utils.vector_to_parameters(kept, network.parameters())
        return WGANSampler(
            latent=self.latent,
            width=self.width,
            depth=self.depth,
            scales=own,
            generator=arrays(pushforward),
            critic=arrays(critic),
            history=history,
        )


def _split(
    spec: WGANGP,
    x: Float[np.ndarray, "N d"],
    given: Float[np.ndarray, "N k"],
    validation: tuple[np.ndarray, np.ndarray | None] | None,
    random: torch.Generator,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Numbers of the rows to learn from, and the rows with conditions to judge against."""
    order = torch.randperm(len(x), generator=random).numpy()
    if validation is not None:
        rows, condition = validation
        if rows.shape[1] != x.shape[1] or (condition is None) != (given.shape[1] == 0):
            raise ValueError(
                f"validation: expected rows of {x.shape[1]} columns with conditions as in "
                f"training, got {rows.shape}"
            )
        return order, (rows, learned(rows, condition))
    out = min(max(1, round(spec.stopping.validation * len(x))), len(x) - 1)
    return order[out:], (x[order[:out]], given[order[:out]])


def _identity(rows: Tensor) -> Tensor:
    return rows


def _measured(
    x: Float[np.ndarray, "n d"],
    condition: Float[np.ndarray, "n k"],
    features: Callable[[Tensor], Tensor],
) -> Scales:
    with torch.no_grad():
        seen = features(single(x)).double().numpy()
    if not np.isfinite(seen).all():
        raise ValueError("features: expected finite values, got NaN or infinity")
    (mean, deviation), (condition_mean, condition_scale) = scales(x), scales(condition)
    return Scales(
        mean=mean,
        deviation=deviation,
        condition_mean=condition_mean,
        condition_scale=condition_scale,
        feature_mean=seen.mean(axis=0),
        feature_scale=float(np.sqrt(seen.var(axis=0).sum())) or 1.0,
    )


def _judge(
    spec: WGANGP,
    network: Pushforward,
    quality: Callable[[np.ndarray, np.ndarray], float] | None,
    x: Float[np.ndarray, "h d"],
    context: Float[np.ndarray, "h k"],
) -> Callable[[Tensor], float]:
    """Quality of a vector of generator weights, from latent numbers that are always the same."""
    random = torch.Generator().manual_seed(spec.seed)
    n = spec.stopping.samples
    z = torch.randn(n, spec.latent, generator=random)
    given = np.resize(context, (n, context.shape[1]))

    def judge(weights: Tensor) -> float:
        nn.utils.vector_to_parameters(weights, network.parameters())
        with torch.no_grad():
            made = network(z, single(given)).numpy().astype(float)
        if quality is not None:
            return float(quality(made, x))
        return joined(made, given, x, context)

    return judge


def _check_start(start: WGANSampler, spec: WGANGP, columns: int, conditions: int) -> None:
    own = (spec.latent, spec.width, spec.depth, columns, conditions)
    its = start.scales
    found = (start.latent, start.width, start.depth, len(its.mean), len(its.condition_mean))
    if own != found:
        raise ValueError(
            f"start: expected latent, width, depth, columns, conditions {own}, got {found}"
        )


def _fingerprint(spec: WGANGP, start: WGANSampler | None, *data: np.ndarray) -> str:
    """Of specification, data and start; features and quality are the caller's to keep."""
    content = hashlib.sha256(repr(spec).encode())
    first = (
        {}
        if start is None
        else start.generator | {f"critic.{k}": w for k, w in start.critic.items()}
    )
    for array in (*data, *first.values()):
        content.update(np.ascontiguousarray(array).tobytes())
    return content.hexdigest()[:16]
